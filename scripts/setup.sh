#!/usr/bin/env bash
# Usage: scripts/setup.sh build|check|test|usb|ci
#
# Installs the Debian packages that are missing: `build` what building and running need, `check` also what the package's
# traits and the units of systemd need, `test` also the programs that the tests use as judges, `usb` instead of these what
# the virtual machine of `make check-usb` needs, `ci` what a bare machine needs before make can start. With `test`, judges
# from PyPI go into .build/venv. Does nothing when all are there.
set -eu
cd "$(dirname "$0")/.."

libraries="libpcsclite-dev libqrencode-dev libzbar-dev libgd-dev libraqm-dev libfreetype-dev fonts-dejavu-core zlib1g-dev libsqlite3-dev libssl-dev"
traits="libpq-dev"
toolchain="ca-certificates binutils libstdc++-12-dev libcurl4 libncurses6 libxml2"
judges="pcscd libccid vsmartcard-vpcd opensc yubico-piv-tool yubikey-manager gnutls-bin libengine-pkcs11-openssl openssh-client"
judges="$judges oathtool pskctool zbar-tools qrencode openssl sqlite3 postgresql python3-venv librsvg2-bin tesseract-ocr tesseract-ocr-eng"
judges="$judges pinentry-curses curl chromium chromium-driver zsh fish mandoc groff"
judges="$judges openjdk-17-jdk-headless nodejs node-typescript golang-go mono-mcs"
judges="$judges libjackson2-databind-java libjakarta-annotation-api-java libjsr305-java golang-gopkg-validator.v2-dev"
judges="$judges libnewtonsoft-json5.0-cil libmono-system-net-http4.0-cil libmono-system-componentmodel-dataannotations4.0-cil"
judges="$judges libmono-system-runtime-serialization4.0-cil libmono-system-web4.0-cil"
checkers="systemd"
pypi="pyhpke==0.6.5 oath==1.4.5 python-pskc==1.4 zxing-cpp==3.1.1 pillow==13.0.0 prometheus-client==0.23.1"
pypi="$pypi schemathesis==4.32.5 openapi-generator-cli==7.26.0 selenium==4.51.0 python-stdnum==2.2"
machine="qemu-system-x86 binutils cpio dpkg openssl"
logs=.build/logs

purpose=${1:-}
case $purpose in
    build) wanted="$toolchain $libraries" ;;
    check) wanted="$toolchain $libraries $traits $checkers" ;;
    test) wanted="$toolchain $libraries $traits $judges $checkers" ;;
    usb) wanted="$toolchain $libraries $machine" ;;
    ci) wanted="ca-certificates git make" ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac

fail() {
    printf 'setup: error: %s\nsetup: hint: %s\n' "$1" "$2" >&2
    exit 1
}

command -v swift >/dev/null \
    || fail "swift is not on the PATH" "install Swift 6.3 from https://www.swift.org/install/linux/ and add its usr/bin to PATH"
command -v apt-get >/dev/null \
    || fail "this system has no apt-get, so nothing can be installed here" \
        "install the development files of libpcsclite, libqrencode, zbar, gd, raqm, FreeType, zlib, SQLite 3 and OpenSSL 3, and DejaVu Sans, then run: swift build"

# The judges from PyPI; installed again when the list has changed.
python_judges() {
    [ "$(cat .build/venv/judges 2>/dev/null)" != "$pypi" ] || return 0
    # shellcheck disable=SC2086 # a list of names
    if ! scripts/logged.sh "setup: making .build/venv" "$logs/venv.log" python3 -m venv .build/venv \
        || ! scripts/logged.sh "setup: installing $pypi" "$logs/pip.log" .build/venv/bin/pip install --disable-pip-version-check $pypi; then
        fail "$pypi could not be installed; everything that was said is in $logs/venv.log and $logs/pip.log" \
            "check the network and the index that pip uses, then run this again"
    fi
    echo "$pypi" >.build/venv/judges
}
finish() {
    [ "$purpose" != test ] || python_judges
    exit 0
}

missing=""
for package in $wanted; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=absent
    [ "$status" = installed ] || missing="$missing $package"
done
missing=${missing# }
[ -n "$missing" ] || finish

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null \
        || fail "$missing: not installed, and installing needs root or sudo" "as root, run: apt-get install $missing"
    # The password is asked for here, where a person sees the question, and only where one can be asked.
    if [ -t 0 ]; then sudo -v; else sudo -n true; fi \
        || fail "$missing: not installed, and sudo refused" "as root, run: apt-get install $missing"
    as_root="sudo"
fi

# Usage: apt LABEL ARGUMENT of apt-get...; the first of these names the log.
apt() {
    # shellcheck disable=SC2086 # an empty $as_root must vanish
    scripts/logged.sh "$1" "$logs/apt-$2.log" \
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 "${@:2}" </dev/null
}
update() {
    apt "setup: updating the package lists" update \
        || fail "apt-get update failed; everything it said is in $logs/apt-update.log" \
            "check the network and the files in /etc/apt, then run this again"
}
# shellcheck disable=SC2086 # a list of names
install() {
    apt "setup: installing $missing" install --no-install-recommends $missing
}

# The lists are fetched when they do not know a package, and once more when what they promise is gone from the mirror.
updated=no
# shellcheck disable=SC2086 # a list of names
if ! apt-get install --simulate --no-install-recommends $missing >/dev/null 2>&1; then
    update
    updated=yes
fi
if ! install; then
    if [ "$updated" = no ]; then
        update
        install && finish
    fi
    fail "apt-get install failed; everything that apt-get said is in $logs/apt-*.log" \
        "check what it names above, the network, and the files in /etc/apt, then run this again"
fi
finish
