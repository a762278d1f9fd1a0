#!/bin/sh
# run.sh BUILD: the measurements that need nothing but this tree: prefill and decode beside the
# machine's read bandwidth, start to first token, keystroke to screen, the interface's cost.
# MODEL=FILE measures that file (it needs a chat template for the interface); without it a small
# random one of a real shape is written to BUILD/bench.
set -eu
build=$1
aside=$build/aside
model=${MODEL:-$build/bench/qwen2-0.1b-Q4_K_M.gguf}
[ -f "$model" ] || "$build/bench/make_model" qwen2-0.1b Q4_K_M "$model"

echo "== prefill and decode: aside bench -m $model"
"$aside" bench -m "$model"
echo
echo "== start to first token, built-in model and $model (whole program, median of 5)"
for m in builtin "$model"; do
    for _ in 1 2 3 4 5; do
        start=$(date +%s%N)
        "$aside" ask -m "$m" --no-save -n 1 hello >/dev/null 2>&1 </dev/null
        echo $((($(date +%s%N) - start) / 1000000))
    done | sort -n | sed -n "3s|.*|$m: & ms|p"
done
echo
echo "== the interface: bench_interface $aside $model"
"$build/bench/bench_interface" "$aside" "$model" 3
