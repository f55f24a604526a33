#!/usr/bin/env bash
# Usage: scripts/check-units.sh [FOLDER]
#
# Lets systemd judge its units in FOLDER (systemd/): every line is known, and the service of the machine is exposed less than
# 2.0 of 10 by systemd's own measure. Needs no running systemd.
set -eu
cd "$(dirname "$0")/.."
folder=$(cd "${1:-systemd}" && pwd)
most=20  # tenths
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'check-units: error: %s\ncheck-units: hint: %s\n' "$1" "$2" >&2
    exit 1
}
command -v systemd-analyze >/dev/null || fail "systemd-analyze is missing" "scripts/setup.sh check installs it"

# Usage: judge FILE COMMAND...: the command succeeds and says nothing; an unknown line is only told, and does not fail it.
judge() {
    local file=$1
    shift
    if ! "$@" >"$work/said" 2>&1 || [ -s "$work/said" ]; then
        cat "$work/said" >&2
        fail "$file: systemd does not take it as it is" "systemd.exec(5), sysusers.d(5) and tmpfiles.d(5) name what there is"
    fi
}

for unit in tessera.service tessera-user.service; do
    # The program need not be installed here.
    sed 's|^ExecStart=/usr/local/bin/tessera|ExecStart=/bin/true|' "$folder/$unit" >"$work/$unit"
done
judge tessera.service systemd-analyze verify --man=no "$work/tessera.service"
XDG_RUNTIME_DIR=$work judge tessera-user.service systemd-analyze --user verify --man=no "$work/tessera-user.service"

for unit in tessera.service tessera-user.service; do
    grep -qx 'LimitCORE=0' "$folder/$unit" || fail "$unit lets memory be dumped" "keep LimitCORE=0: a PIN may be in it"
done
if grep -qE '^PrivateUsers=(yes|true|on|1)' "$folder/tessera.service"; then
    fail "tessera.service hides who opens the socket" "leave PrivateUsers= out: SO_PEERCRED would name nobody"
fi
if ! systemd-analyze security --offline=true --no-pager --threshold=$most "$folder/tessera.service" >"$work/said" 2>&1; then
    grep '✗' "$work/said" >&2 || cat "$work/said" >&2
    fail "tessera.service is exposed more than $((most / 10)).$((most % 10))" "the lines above say to what"
fi
echo "check-units: $(sed -n 's/^→ //p' "$work/said")"

mkdir -p "$work/root/etc"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$work/root/etc/passwd"
printf 'root:x:0:\n' >"$work/root/etc/group"
systemd-sysusers --root="$work/root" "$folder/sysusers.d/tessera.conf" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "sysusers.d/tessera.conf is not taken" "see sysusers.d(5)"; }
grep -q '^tessera:' "$work/root/etc/passwd" || fail "sysusers.d/tessera.conf makes no user tessera" "see sysusers.d(5)"
systemd-tmpfiles --root="$work/root" --create "$folder/tmpfiles.d/tessera.conf" >"$work/said" 2>&1 || { cat "$work/said" >&2; fail "tmpfiles.d/tessera.conf is not taken" "see tmpfiles.d(5)"; }
[ "$(stat -c %a "$work/root/etc/tessera")" = 750 ] || fail "tmpfiles.d/tessera.conf makes no folder for its group" "see tmpfiles.d(5)"
