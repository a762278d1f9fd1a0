#!/bin/sh
# run.sh BUILD: runs every test program and script, and closes with one line of totals.
# A test program prints cmocka's output; a script (tests/check_*.sh) prints "ok NAME", "not ok NAME"
# or "skipped NAME: why" lines. Either fails by its exit status.
set -u
build=$1
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

count() { grep -c "$1" "$log" || true; }

for t in "$build"/tests/test_* tests/check_*.sh; do
    case "$t" in *.o | *.d | *'*'*) continue ;; esac
    case "$t" in
    *.sh) BUILD=$build sh "$t" >"$log" 2>&1 ;;
    *) "$t" >"$log" 2>&1 ;;
    esac
    status=$?
    p=$(count '^\[       OK \]\|^ok ') f=$(count '^\[  FAILED  \] [a-z]\|^not ok ') s=$(count '^\[  SKIPPED \] [a-z]\|^skipped ')
    [ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    printf '%-40s %4d passed %3d failed %3d skipped\n' "$(basename "$t")" "$p" "$f" "$s"
    grep '^skipped ' "$log"
    [ "$f" = 0 ] || sed 's/^/    /' "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
