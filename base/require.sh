#!/bin/sh
# require.sh PKG...: makes sure that pkg-config knows every PKG. What is missing is installed with
# apt-get where we may (root, or sudo); elsewhere the one line to type is printed, and we fail.
set -eu

missing=
if command -v pkg-config >/dev/null 2>&1; then
    for p in "$@"; do
        pkg-config --exists "$p" 2>/dev/null || missing="$missing $p"
    done
else
    missing="$*"
fi
[ -n "$missing" ] || exit 0

# pkg-config's name -> the package of apt, dnf, pacman and brew
names() {
    for p in $missing; do
        case "$1:$p" in
        apt:ncursesw) echo libncurses-dev ;; apt:readline) echo libreadline-dev ;;
        apt:sqlite3) echo libsqlite3-dev ;; apt:openblas) echo libopenblas-dev ;;
        apt:libutf8proc) echo libutf8proc-dev ;; apt:libpcre2-8) echo libpcre2-dev ;;
        apt:md4c) echo libmd4c-dev ;; apt:libcjson) echo libcjson-dev ;;
        apt:libcurl) echo libcurl4-openssl-dev ;; dnf:libcurl) echo libcurl-devel ;;
        pacman:libcurl | brew:libcurl) echo curl ;;
        apt:cmocka) echo libcmocka-dev ;; apt:vterm) echo libvterm-dev ;;
        dnf:ncursesw) echo ncurses-devel ;; dnf:readline) echo readline-devel ;;
        dnf:sqlite3) echo sqlite-devel ;; dnf:openblas) echo openblas-devel ;;
        dnf:libutf8proc) echo utf8proc-devel ;; dnf:libpcre2-8) echo pcre2-devel ;;
        dnf:md4c) echo md4c-devel ;; dnf:libcjson) echo cjson-devel ;;
        dnf:cmocka) echo libcmocka-devel ;; dnf:vterm) echo libvterm-devel ;;
        pacman:ncursesw | brew:ncursesw) echo ncurses ;; pacman:sqlite3) echo sqlite ;;
        brew:sqlite3) echo sqlite ;; *:libutf8proc) echo utf8proc ;; *:libpcre2-8) echo pcre2 ;;
        *:libcjson) echo cjson ;; *:vterm) echo libvterm ;;
        *) echo "$p" ;;
        esac
    done
    case "$1" in apt) echo pkg-config ;; dnf) echo pkgconf ;; pacman) echo pkgconf ;; brew) echo pkg-config ;; esac
}

if command -v apt-get >/dev/null 2>&1; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    if [ -z "$sudo" ] || { command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; then
        echo "installing:" $(names apt) >&2
        $sudo apt-get update -qq </dev/null >&2
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(names apt) </dev/null >&2
        exit 0
    fi
    line="sudo apt-get install $(names apt | tr '\n' ' ')"
elif command -v dnf >/dev/null 2>&1; then
    line="sudo dnf install $(names dnf | tr '\n' ' ')"
elif command -v pacman >/dev/null 2>&1; then
    line="sudo pacman -S --needed $(names pacman | tr '\n' ' ')"
elif command -v brew >/dev/null 2>&1; then
    line="brew install $(names brew | tr '\n' ' ')"
else
    line="(no known package manager) install:$missing"
fi
echo "aside needs:$missing" >&2
echo "type:  $line" >&2
exit 1
