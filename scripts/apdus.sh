#!/usr/bin/env bash
# Usage: scripts/apdus.sh
#
# Counts the APDUs from connect to one signature, for Tessera and for OpenSC, on the same emulated cards in the same run.
# The counter is pcscd itself (its --apdu log), in a mount namespace of its own. "cold": nothing is known of the card, the
# certificate is read. "warm": the second signature of one program on a card that never left its reader. "cached": a new
# program, the certificate in its cache.
set -eu
cd "$(dirname "$0")/.."

tessera=$PWD/.build/debug/tessera
module=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
port=40961
folder=$(mktemp -d "${TMPDIR:-/tmp}/tessera-apdus.XXXXXX")
daemon=""
card=""
clean_up() {
    [ -z "$card" ] || kill -TERM "$card" 2>/dev/null || true
    [ -z "$daemon" ] || kill -TERM "$daemon" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

mkdir "$folder/run" "$folder/readers"
number=$(printf '0x%X' "$port")
cat >"$folder/readers/vpcd" <<STANZA
FRIENDLYNAME "Tessera"
DEVICENAME /dev/null:$number
LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so
CHANNELID $number
STANZA
export PCSCLITE_CSOCK_NAME=$folder/run/pcscd.comm XDG_CACHE_HOME=$folder/cache
# shellcheck disable=SC2016 # expanded by the inner shell
unshare -m sh -c 'mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1/run" /run/pcscd &&
    exec /usr/sbin/pcscd --foreground --apdu --config "$1/readers"' sh "$folder" >"$folder/log" 2>&1 </dev/null &
daemon=$!

# Usage: wait_for COMMAND...: until it succeeds, at most 20 seconds.
wait_for() {
    for _ in $(seq 200); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    printf 'apdus: error: this did not succeed: %s\n' "$*" >&2
    return 1
}
count() { grep -a -c 'APDU: ' "$folder/log" || true; }

# Usage: apdus COMMAND...: how many APDUs it takes; "none" behind the number when it fails.
apdus() {
    before=$(count)
    ending=""
    "$@" >"$folder/out" 2>&1 || ending=" (failed)"
    # The daemon writes its log a moment later than it answers.
    sleep 0.3
    printf '%s%s' "$(($(count) - before))" "$ending"
}
sign() { printf '123456\n%.0s' "$@" | "$tessera" card sign --no-cache "$@"; }
sign_cached() { printf '123456\n' | "$tessera" card sign "$@"; }
opensc() {
    pkcs11-tool --module "$module" --login --pin 123456 --sign "$@" --input-file "$folder/digest" --output-file "$folder/signature"
}

printf 'first' >"$folder/one"
printf 'second' >"$folder/two"
openssl dgst -sha256 -binary "$folder/one" >"$folder/hash"
{ printf '\060\061\060\015\006\011\140\206\110\001\145\003\004\002\001\005\000\004\040'; cat "$folder/hash"; } >"$folder/info"

printf '%-44s %8s %8s %8s %16s\n' "card" "cold" "warm" "cached" "OpenSC"
# Usage: row NAME MECHANISM ID of OpenSC's key OPTION of "tessera emulate smartcard"...
row() {
    name=$1 mechanism=$2 id=$3
    shift 3
    "$tessera" emulate smartcard --vpcd "localhost:$port" "$@" >"$folder/card" 2>&1 &
    card=$!
    wait_for grep -q 'is in the slot' "$folder/card"
    wait_for "$tessera" card info
    case $mechanism in
        RSA-PKCS) cp "$folder/info" "$folder/digest" ;;
        *) cp "$folder/hash" "$folder/digest" ;;
    esac
    cold=$(apdus sign "$folder/one")
    both=$(apdus sign "$folder/one" "$folder/two")
    case $cold$both in
        *failed*) warm="-" ;;
        *) warm=$((both - cold)) ;;
    esac
    sign_cached "$folder/one" >/dev/null 2>&1 || true
    cached=$(apdus sign_cached "$folder/one")
    theirs=$(apdus opensc --mechanism "$mechanism" --id "$id")
    printf '%-44s %8s %8s %8s %16s\n' "$name" "$cold" "$warm" "$cached" "$theirs"
    kill -TERM "$card"
    wait "$card" 2>/dev/null || true
    card=""
    # The reader notices that the card is gone at its next look.
    sleep 1
}

wait_for test -S "$PCSCLITE_CSOCK_NAME"
row "PIV, RSA 2048, short" RSA-PKCS 02 --no-extended
row "PIV, RSA 2048, extended" RSA-PKCS 02
row "PIV, P-256, short" ECDSA 02 --keys p256 --no-extended
row "PKCS#15, RSA 2048" RSA-PKCS 02 --application pkcs15
row "PKCS#15, P-256" ECDSA 02 --application pkcs15 --keys p256
row "IAS Classic, RSA 2048, T=0" RSA-PKCS 02 --application ias-classic --transport t0
row "Classic V3, RSA 2048, T=0" RSA-PKCS 02 --application classic-v3 --transport t0
row "IAS Classic, RSA 2048, T=1" RSA-PKCS 02 --application ias-classic --transport t1
