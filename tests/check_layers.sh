#!/bin/sh
# engine, ui and history never include one another; base includes nothing of ours; only app joins.
set -u
status=0
forbid() { # forbid FOLDER PATTERN
    found=$(grep -rnE "^#include \"($2)/" "$1" --include='*.c' --include='*.h')
    if [ -n "$found" ]; then
        echo "not ok $1 includes what it must not: $found"
        status=1
    else
        echo "ok $1 includes no other layer"
    fi
}
forbid base 'app|engine|ui|history'
forbid engine 'app|ui|history'
forbid ui 'app|engine|history'
forbid history 'app|engine|ui'
exit $status
