#!/bin/sh
# compare.sh FILE.gguf...: llama.cpp and aside in pairs on the same files, and the ratios.
# LLAMA_BENCH names llama-bench (or ik_llama.cpp's); THREADS, PROMPT, GEN, DEPTHS, PAIRS as wanted.
# Runs of the two alternate, so that a busy machine slows both; every pair gives one ratio.
set -eu
threads=${THREADS:-2} prompt=${PROMPT:-512} gen=${GEN:-32} depths=${DEPTHS:-0,2048} pairs=${PAIRS:-3}
aside=${ASIDE:-build/aside}

if [ -z "${LLAMA_BENCH:-}" ] || [ ! -x "${LLAMA_BENCH:-}" ]; then
    echo "skipped compare: set LLAMA_BENCH to a llama-bench"
    exit 0
fi

# test, depth, tokens a second
peer() {
    "$LLAMA_BENCH" -m "$1" -t "$threads" -p "$prompt" -n "$gen" -d "$depths" -r 1 -o csv 2>/dev/null |
        python3 -c 'import csv, sys
for r in csv.DictReader(sys.stdin):
    print("prefill" if int(r["n_prompt"]) else "decode", r.get("n_depth", 0), r["avg_ts"])'
}

ours() {
    "$aside" bench -m "$1" -t "$threads" -p "$prompt" -n "$gen" -d "$depths" -r 1 --json |
        python3 -c 'import json, sys
for line in sys.stdin:
    r = json.loads(line)
    print(r["test"], r["depth"], r["best_tok_s"])'
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for file in "$@"; do
    : >"$log"
    i=0
    while [ $i -lt "$pairs" ]; do
        peer "$file" | sed "s/^/$i peer /" >>"$log"
        ours "$file" | sed "s/^/$i ours /" >>"$log"
        i=$((i + 1))
    done
    python3 - "$log" "$file" <<'PY'
import collections, os, statistics, sys
runs = collections.defaultdict(dict)
for line in open(sys.argv[1]):
    i, who, test, depth, speed = line.split()
    runs[(test, int(depth))].setdefault(i, {})[who] = float(speed)
print(os.path.basename(sys.argv[2]))
print(f"  {'':<22}{'peer':>9}{'aside':>9}   ratios")
for (test, depth), by in sorted(runs.items(), key=lambda x: (x[0][0] != "prefill", x[0][1])):
    both = [p for p in by.values() if len(p) == 2]
    if not both: continue
    ratios = sorted(p["ours"] / p["peer"] for p in both)
    peer, ours = (statistics.median(p[w] for p in both) for w in ("peer", "ours"))
    print(f"  {test + ' at ' + str(depth):<22}{peer:>9.1f}{ours:>9.1f}   "
          + " ".join(f"{r:.2f}" for r in ratios) + f"  median {statistics.median(ratios):.2f}")
PY
done
