#!/usr/bin/env bash
# Usage: scripts/logged.sh LABEL LOG COMMAND [ARGUMENT...]
#
# Runs COMMAND with all of its output in the file LOG, and shows on standard error how far it is: one line that
# redraws on a terminal, one line a phase elsewhere. LABEL reads "step: what is done". When COMMAND fails, its errors
# follow (or, where it names none, the end of LOG). The exit code is that of COMMAND.
set -eu

[ $# -ge 3 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 64; }
label=$1
step=${label%%:*}
log=$2
shift 2
mkdir -p "$(dirname "$log")"
: >"$log"

redraws=no
if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then redraws=yes; fi

last_line() {
    tail -c 1000 "$log" | tr '\r' '\n' | tr -d '\000-\011\013-\037' | awk 'NF { line = $0 } END { print line }'
}

# What a line of apt-get or of swift says about where the work is.
phase_of() {
    case $1 in
        Get:* | Fetch* | Updat* | Creating\ working* | Working\ copy* | Computi* | Compute*) echo downloading ;;
        Selecting* | Preparing* | Unpacking*) echo unpacking ;;
        Setting\ up* | Processing\ triggers*) echo configuring ;;
        Building\ for* | \[*/*\]*) echo compiling ;;
        Another\ instance* | Waiting\ for*) echo "waiting for another one to end" ;;
    esac
}

show_progress() {
    local line phase shown='' columns
    while sleep 1 && kill -0 $$ 2>/dev/null; do
        line=$(last_line)
        if [ "$redraws" = yes ]; then
            columns=$(stty size <&2 2>/dev/null | awk '{ print $2 + 0 }')
            [ "${columns:-0}" -gt 10 ] || columns=80
            line="$step: $(($(date +%s) - started)) s: $line"
            printf '\r\033[K%s' "${line:0:columns-1}" >&2
        else
            phase=$(phase_of "$line") # often none, which the list of those shown always holds
            case ",$shown," in
                *",$phase,"*) ;;
                *)
                    shown="$shown,$phase"
                    printf '%s: %s\n' "$step" "$phase" >&2
                    ;;
            esac
        fi
    done
}

# COMMAND stays in the foreground, so that an interrupt reaches it; the progress ends with this script.
started=$(date +%s)
printf '%s\n' "$label" >&2
show_progress &
progress=$!
clear_progress() {
    kill "$progress" 2>/dev/null || true
    wait "$progress" 2>/dev/null || true
    [ "$redraws" = no ] || printf '\r\033[K' >&2
}
trap 'clear_progress; trap - EXIT; exit 130' INT
trap 'clear_progress; trap - EXIT; exit 143' TERM
trap clear_progress EXIT

code=0
"$@" >"$log" 2>&1 || code=$?
clear_progress
trap - EXIT

if [ "$code" -eq 0 ]; then
    printf '%s: done in %s s\n' "$step" "$(($(date +%s) - started))" >&2
    exit 0
fi
printf '%s: failed with exit code %s\n' "$step" "$code" >&2
# An error of swift stands there twice: in a line of its own, and drawn below the source that it is about.
errors='^[^|`]*error: |^E: '
if grep -qE "$errors" "$log"; then
    grep -E "$errors" "$log" | awk '!seen[$0]++' | head -n 20 | sed 's/^/    /' >&2
else
    tail -n 20 "$log" | sed 's/^/    /' >&2
fi
exit "$code"
