#!/usr/bin/env bash
# Usage: scripts/check-usb.sh [PROGRAM]
#
# Boots Debian's kernel in QEMU, without KVM, with udev, pcscd and libccid, plugs in a USB reader with an emulated card,
# and has PROGRAM (.build/debug/tessera, which is the card as well) meet them: scripts/usb/guest is the list of checks. The
# rules in udev/ are tried there, too. Prints a table; exits with 1 when a check failed, 2 when the guest did not end.
# LIMIT=SECONDS in the environment is what boot and checks may take, 300 by default: a busy machine needs more.
set -eu
cd "$(dirname "$0")/.."

card=.build/debug/tessera
program=${1:-$card}
folder=.build/usb
limit=${LIMIT:-300}

fail() {
    printf 'check-usb: error: %s\ncheck-usb: hint: %s\n' "$1" "$2" >&2
    exit 2
}
for file in "$card" "$program"; do
    [ -x "$file" ] || fail "there is no $file" "run: scripts/build.sh --product tessera"
done

scripts/logged.sh "image: making the guest" .build/logs/usb-image.log scripts/usb/image.sh "$program" "$folder"

run=$(mktemp -d "${TMPDIR:-/tmp}/tessera-usb.XXXXXX")
processes=""
end() {
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$processes" ] || kill $processes 2>/dev/null || true
    wait
    cp "$run"/*.log "$folder/" 2>/dev/null || true
    rm -rf "$run"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 20000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    fail "no free port was found" "end what listens on so many"
}
card_port=$(free_port)
slow_port=$(free_port)
socket="host=127.0.0.1,server=on,wait=off"
mkfifo "$run/monitor.in" "$run/monitor.out"
touch "$run/console.log" "$run/slow.log"

qemu-system-x86_64 -machine pc,accel=tcg -smp 2 -m 1536 -nodefaults -no-user-config -display none -no-reboot \
    -kernel "$folder/vmlinuz" -initrd "$folder/initrd" -append "console=ttyS0 quiet no_timer_check panic=-1 rdinit=/init" \
    -serial "file:$run/console.log" -chardev "pipe,id=monitor,path=$run/monitor" -mon chardev=monitor,mode=readline \
    -chardev "socket,id=card,port=$card_port,$socket" -chardev "socket,id=slow,port=$slow_port,$socket" \
    -device qemu-xhci,id=usb >"$run/qemu.log" 2>&1 &
machine=$!
processes=$machine
cat "$run/monitor.out" >"$run/monitor.log" &
processes="$processes $!"
exec 4>"$run/monitor.in"

# Usage: insert_card LOG ARGUMENT...: an emulated card, which waits for QEMU's reader.
insert_card() {
    "$card" emulate smartcard --vscard "127.0.0.1:$2" "${@:3}" >"$run/$1.log" 2>&1 &
    processes="$processes $!"
    for _ in {1..300}; do
        if grep -q "waits for" "$run/$1.log"; then return; fi
        sleep 0.1
    done
    cat "$run/$1.log" "$run/qemu.log" >&2
    fail "the emulated card does not reach QEMU" "look at what it says above"
}
started=$SECONDS
insert_card card "$card_port" --keys rsa2048
# GENERAL AUTHENTICATE, the command that signs.
insert_card slow "$slow_port" --keys p256 --slow 87:8

# Follows the console and does what the guest asks for.
read_lines=0
waits_for_busy=""
file=""
printf 'check-usb: the guest boots\n' >&2
while [ $((SECONDS - started)) -lt "$limit" ]; do
    while IFS= read -r line; do
        line=${line%$'\r'}
        read_lines=$((read_lines + 1))
        case $line in
            "@monitor "*) printf '%s\n' "${line#@monitor }" >&4 ;;
            "@unplug-when-busy "*) waits_for_busy=${line#@unplug-when-busy } ;;
            "@check ok "*) printf '  ok      %s\n' "${line#@check ok }" ;;
            "@check FAILED "*) printf '  FAILED  %s\n' "${line#@check FAILED }" ;;
            "@file "*) file=$run/$(basename "${line#@file }") && : >"$file" ;;
            "@end") file="" ;;
            "@done") break 2 ;;
            *) [ -z "$file" ] || printf '%s\n' "$line" >>"$file" ;;
        esac
    # Only lines that are complete.
    done < <(head -n "$(wc -l <"$run/console.log")" "$run/console.log" | tail -n "+$((read_lines + 1))")
    if [ -n "$waits_for_busy" ] && grep -q "takes its time" "$run/slow.log"; then
        printf 'device_del %s\n' "$waits_for_busy" >&4
        waits_for_busy=""
    fi
    kill -0 "$machine" 2>/dev/null || break
    sleep 0.1
done

if ! grep -q "^@done" "$run/console.log"; then
    tail -n 20 "$run/console.log" "$run/qemu.log" >&2
    fail "the guest did not come to its end within $limit s" "everything is in $folder/console.log; on a busy machine: LIMIT=900 make check-usb"
fi

# The signature, judged outside.
for name in message message.sig signer.pem; do base64 -d "$run/$name" >"$run/$name.decoded"; done
signature=FAILED
if openssl x509 -in "$run/signer.pem.decoded" -pubkey -noout >"$run/key.pem" 2>>"$run/openssl.log" \
    && openssl dgst -sha256 -verify "$run/key.pem" -signature "$run/message.sig.decoded" "$run/message.decoded" \
        >>"$run/openssl.log" 2>&1; then
    signature=ok
fi
printf '  %-7s openssl verifies the signature made in the guest\n' "$signature"
failed=$(grep -c "^@check FAILED" "$run/console.log" || true)
[ "$signature" = ok ] || failed=$((failed + 1))
printf 'check-usb: %s checks, %s failed, %s s\n' "$(($(grep -c "^@check" "$run/console.log") + 1))" "$failed" "$((SECONDS - started))"
if [ "$failed" -ne 0 ]; then
    printf 'check-usb: hint: everything that the guest said is in %s\n' "$folder/console.log" >&2
    exit 1
fi
