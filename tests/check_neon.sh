#!/bin/sh
# Builds the engine's inner loops for aarch64, runs their tests under qemu, and compiles everything
# else of ours as far as the libraries' headers allow.
set -u
build=${BUILD:-build}/neon
cc=aarch64-linux-gnu-gcc
flags="-std=c11 -O2 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -pthread -fno-math-errno -ffp-contract=off"
neon="-march=armv8.2-a+dotprod+fp16"

command -v $cc >/dev/null 2>&1 || { echo "skipped neon: no $cc"; exit 0; }
rm -rf "$build" && mkdir -p "$build"

objects=
for f in base/mem.c base/err.c base/rng.c engine/quant.c engine/quant_write.c engine/pool.c \
    engine/matmul.c engine/attention.c engine/kernels/*.c; do
    case "$f" in *_avx*.c | *_amx.c) continue ;; *_neon.c) extra=$neon ;; *) extra= ;; esac
    o=$build/$(basename "$f" .c).o
    $cc $flags $extra -c -o "$o" "$f" || { echo "not ok compile $f"; exit 1; }
    objects="$objects $o"
done
echo "ok the kernels compile for aarch64"

failed=0
for t in test_kernels test_attention; do
    $cc $flags -Itests/cross -static -o "$build/$t" "tests/$t.c" $objects -lm ||
        { echo "not ok link $t"; exit 1; }
    if ! command -v qemu-aarch64 >/dev/null 2>&1; then
        echo "skipped $t on neon: no qemu-aarch64"
    elif qemu-aarch64 -cpu max "$build/$t" >"$build/$t.log" 2>&1; then
        sed -n 's/^ok /ok neon: /p' "$build/$t.log"
    else
        tail -5 "$build/$t.log"
        echo "not ok $t on neon"
        failed=1
    fi
done

# No library of the other machine is needed for reading the headers of this one.
packages="ncursesw readline sqlite3 openblas libutf8proc libpcre2-8 md4c libcjson libcurl"
headers="$(pkg-config --cflags $packages 2>/dev/null) -idirafter /usr/include
    -idirafter /usr/include/$(cc -print-multiarch)"
rest=ok
for f in base/*.c engine/*.c engine/*/*.c ui/*.c history/*.c app/*.c; do
    case "$f" in *_avx*.c | *_amx.c | engine/kernels/*) continue ;; esac
    $cc $flags $headers -DASIDE_VERSION='""' -DASIDE_PREFIX='""' -fsyntax-only "$f" || rest="not ok"
done
echo "$rest everything else compiles for aarch64"
[ "$rest" = ok ] && exit $failed
exit 1
