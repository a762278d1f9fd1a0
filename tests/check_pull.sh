#!/bin/sh
# check_pull.sh: `aside pull` against a real web server on the loopback: two nginx servers, the
# repository and the store that it redirects to. Cuts, kills, wrong bytes, full disks, tokens.
set -u
aside=$(cd "${BUILD:-build}" && pwd)/aside
PATH=$PATH:/usr/sbin
for need in nginx sha256sum; do
    command -v $need >/dev/null 2>&1 || { echo "skipped pull: no $need here"; exit 0; }
done
dir=$(mktemp -d)
hub=$((20000 + $$ % 20000)) store=$((20001 + $$ % 20000))
failed=0

ok() { echo "ok $1"; }
bad() { echo "not ok $1"; failed=1; sed 's/^/    /' "$dir/err"; }
check() { name=$1; shift; if "$@"; then ok "$name"; else bad "$name"; fi; }

stop() { [ ! -f "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null; rm -rf "$dir"; }
trap stop EXIT

# What the repository says: entry PATH LOCAL-FILE [SHA-256]
entry() {
    sum=${3:-$(sha256sum <"$2" | cut -d' ' -f1)}
    printf '{"type":"file","path":"%s","size":%d,"lfs":{"oid":"%s"}}' "$1" "$(wc -c <"$2")" "$sum"
}

files=$dir/www/o/r/resolve/main api=$dir/www/api/models/o
mkdir -p "$files/sub" "$api/r/tree" "$api/bad/tree" "$api/parts/tree" "$dir/models" "$dir/tmp"
head -c 6000000 /dev/urandom >"$files/m-Q4_K_M.gguf"
head -c 9000 /dev/urandom >"$files/m-Q8_0.gguf"
for i in 1 2 3; do head -c 70000 /dev/urandom >"$files/sub/p-Q4_0-0000$i-of-00003.gguf"; done
mkdir -p "$dir/www/o/bad/resolve" "$dir/www/o/parts/resolve"
cp -r "$files" "$dir/www/o/bad/resolve/main"
cp -r "$files" "$dir/www/o/parts/resolve/main"
wrong=0000000000000000000000000000000000000000000000000000000000000000
echo "[$(entry m-Q4_K_M.gguf "$files/m-Q4_K_M.gguf"),$(entry m-Q8_0.gguf "$files/m-Q8_0.gguf")," \
    "$(entry ../../evil/.x.gguf "$files/m-Q8_0.gguf"),{\"path\":\"README.md\",\"size\":1}]" >"$api/r/tree/main"
echo "[$(entry m-Q8_0.gguf "$files/m-Q8_0.gguf" $wrong)]" >"$api/bad/tree/main"
{
    printf '['
    for i in 1 2 3; do
        p=sub/p-Q4_0-0000$i-of-00003.gguf
        entry $p "$files/$p"
        [ $i = 3 ] || printf ,
    done
    printf ']'
} >"$api/parts/tree/main"

user=
[ "$(id -u)" != 0 ] || user='user root;' # its workers must read our private folder

mkdir -p "$api/tiny/tree" "$dir/www/o/tiny/resolve/main"
cp tests/golden/qwen3-f16.gguf "$dir/www/o/tiny/resolve/main/tiny.gguf"
echo "[$(entry tiny.gguf tests/golden/qwen3-f16.gguf)]" >"$api/tiny/tree/main"

cat >"$dir/nginx.conf" <<EOF
$user pid $dir/pid; error_log $dir/error.log; worker_processes 1; daemon on;
events {}
http {
    client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp; fastcgi_temp_path $dir/tmp;
    uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;
    log_format all '\$server_port \$uri range="\$http_range" if="\$http_if_range" auth="\$http_authorization" \$status';
    access_log $dir/access.log all; gzip off;
    server {
        listen 127.0.0.1:$hub; root $dir/www; default_type application/json;
        location ~ ^/o/.*/resolve/ { return 302 http://localhost:$store\$uri; }
        location = /api/models/o/busy/tree/main { return 503; }
        location = /api/models/o/html/tree/main { return 200 '<html>sign in</html>'; }
        location = /api/models/o/private/tree/main {
            if (\$http_authorization != 'Bearer hf_secret') { return 401; }
            return 200 '[]';
        }
    }
    server { listen 127.0.0.1:$store; root $dir/www; limit_rate 3m; limit_rate_after 1m; }
}
EOF
server() { nginx -c "$dir/nginx.conf" -p "$dir" "$@" 2>"$dir/err"; }
server || { cat "$dir/err"; echo "skipped pull: nginx does not start here"; exit 0; }

HF_ENDPOINT=http://127.0.0.1:$hub ASIDE_MODELS=$dir/models HF_TOKEN=hf_secret
ASIDE_CONFIG=$dir/config no_proxy=127.0.0.1,localhost
export HF_ENDPOINT ASIDE_MODELS HF_TOKEN ASIDE_CONFIG no_proxy
pull() { "$aside" pull "$@" >"$dir/out" 2>"$dir/err"; }
says() { grep -q -- "$1" "$dir/err"; }
model=$dir/models/m-Q4_K_M.gguf
same() { cmp -s "$files/$(basename "$1")" "$1"; }
started() {
    for _ in $(seq 100); do
        size=$(stat -c %s "$model.part" 2>/dev/null || echo 0)
        [ "$size" -lt 500000 ] || return 0
        sleep 0.05
    done
    return 1
}

lists() { pull --list o/r && grep -q '^\* Q4_K_M .*fits' "$dir/out" && ! grep -q 'evil\|README' "$dir/out"; }
check "a repository's models are listed, dangerous names are not" lists

named() { pull o/r:q8_0 && same "$dir/models/m-Q8_0.gguf" && [ "$(cat "$dir/out")" = "$dir/models/m-Q8_0.gguf" ]; }
check "a named quantization is downloaded" named

killed() {
    "$aside" pull o/r >"$dir/out" 2>"$dir/err" &
    pid=$!
    started && kill -9 $pid
    wait $pid 2>/dev/null
    [ ! -e "$model" ] && [ -s "$model.part" ] || return 1
    pull o/r && same "$model" && [ ! -e "$model.part" ] && [ ! -e "$model.part.etag" ] &&
        grep -q "^$store .*m-Q4_K_M.*range=\"bytes=[1-9][0-9]*-\" if=\"[^ ]\{5,\} .* 206" "$dir/access.log"
}
check "after a kill the download goes on where it was" killed

token() { grep -q "^$hub .*auth=\"Bearer hf_secret\"" "$dir/access.log" && ! grep "^$store" "$dir/access.log" | grep -q hf_secret; }
check "the token goes to the repository, not to the store it redirects to" token

again() { pull o/r && [ "$(cat "$dir/out")" = "$model" ] && [ ! -s "$dir/err" ]; }
check "what is here is not downloaded again" again

verified() { "$aside" models verify m-Q4_K_M >"$dir/out" 2>"$dir/err" && grep -q 'as downloaded' "$dir/out"; }
check "what was downloaded can be verified" verified
damaged() { printf x | dd of="$model" bs=1 seek=77777 conv=notrunc 2>/dev/null; ! "$aside" models verify m-Q4_K_M 2>"$dir/err" && says damaged; }
check "damage is found" damaged
removed() { echo n | "$aside" models remove m-Q4_K_M 2>"$dir/err"; [ -e "$model" ] && "$aside" models remove --yes m-Q4_K_M 2>"$dir/err" && [ ! -e "$model" ] && [ ! -e "$model.sha256" ]; }
check "a model is removed, after asking" removed

cut() {
    "$aside" pull o/r >"$dir/out" 2>"$dir/progress" &
    pid=$!
    started
    server -s stop
    while [ -e "$dir/pid" ]; do sleep 0.05; done
    server
    wait $pid && same "$model" && rm "$model"
}
check "a connection that breaks is taken up again by itself" cut

interrupted() {
    "$aside" pull o/r >"$dir/out" 2>"$dir/err" &
    pid=$!
    started && kill -TERM $pid
    wait $pid
    [ $? = 130 ] && [ -s "$model.part" ] && says interrupted
}
check "an interrupt keeps the part and exits with 130" interrupted

changed() {
    head -c 700000 /dev/zero >"$model.part"
    printf '"0-0"' >"$model.part.etag"
    pull o/r && same "$model"
}
check "a part of an older file is not gone on with" changed
rm -f "$model"

full() { (ulimit -f 2000; "$aside" pull o/r >"$dir/out" 2>"$dir/err"); [ $? = 1 ] && says 'too large' && [ -s "$model.part" ] && [ ! -e "$model" ]; }
check "a full disk is one clear line, and what came is kept" full
after_full() { pull o/r && same "$model"; }
check "and goes on when there is room" after_full

broken() { rm -f "$dir"/models/m-Q8_0.gguf*; ! pull o/bad && says 'SHA-256' && [ ! -e "$dir/models/m-Q8_0.gguf" ] && [ ! -e "$dir/models/m-Q8_0.gguf.part" ]; }
check "wrong bytes are thrown away" broken

parts() {
    pull o/parts || return 1
    for i in 1 2 3; do cmp -s "$files/sub/p-Q4_0-0000$i-of-00003.gguf" "$dir/models/p-Q4_0-0000$i-of-00003.gguf" || return 1; done
    [ "$(cat "$dir/out")" = "$dir/models/p-Q4_0-00001-of-00003.gguf" ]
}
check "all parts of a model are downloaded" parts

runs() {
    "$aside" info -hf o/tiny >"$dir/out" 2>"$dir/err" && grep -q 'architecture *qwen3' "$dir/out" &&
        "$aside" models list >"$dir/out" 2>"$dir/err" && grep -q '^tiny.gguf .*qwen3 F16' "$dir/out" &&
        grep -q '^m-Q4_K_M.gguf .*cannot run: not a GGUF file' "$dir/out"
}
check "a pulled model opens; the list tells which do and why others do not" runs

errors() {
    ! pull o/none && says 'status 404' && ! pull o/busy && says 'status 503' &&
        ! pull o/html && says 'something else than a list' && ! pull o/private && says 'no GGUF files' &&
        ! pull o/r:Q7 && says 'no "Q7"' && ! pull nonsense && says 'OWNER/REPOSITORY' &&
        ! pull ../.. && says 'OWNER/REPOSITORY' && ! HF_TOKEN= pull o/private && says 'HF_TOKEN' &&
        ! HF_TOKEN=hf_other pull o/private && ! says hf_other
}
check "errors are one clear line" errors
offline() { ! HF_ENDPOINT=http://127.0.0.1:1 pull o/r && says offline && [ "$(wc -l <"$dir/err")" = 1 ]; }
check "offline is one clear line" offline
exit $failed
