#!/usr/bin/env bash
# Usage: scripts/fuzz.sh [SECONDS [TARGET...]]
#
# Fuzzes what reads bytes of strangers, SECONDS (60) a target, coverage-guided by libFuzzer. What was found stays in
# .build/fuzz/TARGET and is where the next run starts; a crash is written to fixtures/crashes, for a test to keep.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- apdu tlv atr exchange card trace vpcd vscard ocsp state piv piv-rsa pkcs15 iso-pkcs15 ias-classic \
    classic-v3 eid base45 payload pairing handheld ticket picture ocra-suite uri pskc

# lld, because gold, SwiftPM's choice, does not read this runtime's debug information.
scripts/build.sh --package-path Fuzz -Xswiftc -sanitize=fuzzer -Xswiftc -parse-as-library -Xswiftc -use-ld=lld
for target in "$@"; do
    corpus=.build/fuzz/$target
    mkdir -p "$corpus" fixtures/crashes
    Fuzz/.build/debug/tessera-fuzz seed "$target" "$corpus"
    echo "fuzz: $target for $seconds s"
    SWIFT_BACKTRACE=enable=no Fuzz/.build/debug/tessera-fuzz "$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=1024 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="fixtures/crashes/$target-" "$corpus" 2>&1 | tail -n 12
done
