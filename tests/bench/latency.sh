#!/bin/sh
# latency.sh [ASIDE] [N]: what a person waits for, measured from the start of the program on N
# questions of the test split (the built-in model, all families in turn): until the first byte of
# the thought or answer, and until the answer is there. Medians and 9 in 10, in milliseconds.
set -eu
aside=${1:-build/aside} n=${2:-58}
export XDG_CONFIG_HOME=$(mktemp -d)
trap 'rm -r "$XDG_CONFIG_HOME"' EXIT
python3 - "$aside" "$n" "$(dirname "$aside")/aside-train" <<'PY'
import os, re, selectors, statistics, subprocess, sys, time
aside, n, train = sys.argv[1], int(sys.argv[2]), sys.argv[3]
listed = subprocess.run([train, "problems", "--split", "test", "--n", "4", "--seed", "20250101"],
                        capture_output=True, text=True, check=True).stdout
# the first turn of each problem: a line "[family] question" that follows an empty one
asked = re.findall(r"(?:\A|\n\n)\[[a-z-]+\] (.+)\n", listed)
asked = [asked[i] for k in range(4) for i in range(k, len(asked), 4)][:n]
first, whole = [], []
for question in asked:
    start = time.monotonic()
    p = subprocess.Popen([aside, "ask", "--temp", "0", question], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with selectors.DefaultSelector() as s:
        s.register(p.stdout, selectors.EVENT_READ)
        s.register(p.stderr, selectors.EVENT_READ)
        seen = None
        while s.get_map():
            for key, _ in s.select():
                data = os.read(key.fd, 65536)
                if data and seen is None: seen = time.monotonic() - start
                if not data: s.unregister(key.fileobj)
    if p.wait() != 0 or seen is None: sys.exit("no answer to: " + question)
    first.append(seen * 1e3)
    whole.append((time.monotonic() - start) * 1e3)
def line(name, x):
    x = sorted(x)
    print(f"{name:12} median {statistics.median(x):7.1f} ms   9 in 10 {x[len(x) * 9 // 10]:7.1f} ms")
print(f"{len(asked)} questions, program started anew for each")
line("first token", first)
line("answer", whole)
PY
