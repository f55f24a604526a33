#!/usr/bin/env bash
# Usage: scripts/usb/image.sh PROGRAM FOLDER
#
# Makes the guest of `make check-usb` in FOLDER: `vmlinuz` and `initrd`, from Debian's own packages (kernel, udev, pcscd,
# libccid, polkitd, busybox, opensc), PROGRAM with its libraries, and scripts/usb/guest. Nothing is installed: packages
# are downloaded to FOLDER/packages, once, and unpacked beside it.
set -eu
[ $# -eq 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 64; }
program=$(realpath "$1")
cd "$(dirname "$0")/../.."
here=$PWD
mkdir -p "$2"
folder=$(realpath "$2")
tree=$folder/tree  # the packages, unpacked
image=$folder/image # what the guest gets of it
wanted="linux-image-amd64 udev pcscd libccid polkitd dbus-daemon busybox-static opensc"

# An empty list of installed packages makes apt name all that they depend on, whatever this machine has.
download() {
    mkdir -p "$folder/packages"
    : >"$folder/none-installed"
    # shellcheck disable=SC2086 # a list of names
    packages=$(apt-get -s -o Dir::State::status="$folder/none-installed" --no-install-recommends install $wanted \
        | awk '/^Inst / { sub(/\[.*\] /, ""); print $2 "=" substr($3, 2) }')
    if [ "$packages" = "$(cat "$folder/complete" 2>/dev/null)" ]; then return; fi
    rm -rf "$tree" "$folder/packages"
    mkdir -p "$tree" "$folder/packages"
    # shellcheck disable=SC2086 # a list of names
    (cd "$folder/packages" && apt-get download $packages)
    for package in "$folder"/packages/*.deb; do dpkg-deb --extract "$package" "$tree"; done
    printf '%s\n' "$packages" >"$folder/complete"
}

# Usage: libraries FILE...: copies what the files are linked with, from the packages or else from this machine.
libraries() {
    local found="$tree/lib/x86_64-linux-gnu:$tree/usr/lib/x86_64-linux-gnu:$tree/lib/systemd:$tree/usr/lib/x86_64-linux-gnu/systemd"
    for file in "$@"; do
        "$tree/lib64/ld-linux-x86-64.so.2" --library-path "$found" --list "$file"
    done | awk '$2 == "=>" && $1 !~ /^\// { if ($3 !~ /^\//) { print "missing: " $1 >"/dev/stderr"; exit 1 } print $1, $3 }' | sort -u \
        | while read -r name path; do cp -L "$path" "$image/lib/x86_64-linux-gnu/$name"; done
}

# Usage: copy PATH...: copies files and folders of the packages to the same place in the guest.
copy() {
    for path in "$@"; do
        mkdir -p "$image/$(dirname "$path")"
        cp -a "$tree/$path" "$image/$path"
    done
}

download
rm -rf "$image"
mkdir -p "$image"/{bin,dev,etc,lib/x86_64-linux-gnu,lib64,proc,run,sys,tmp,usr/bin,usr/lib/x86_64-linux-gnu,usr/sbin,var/lib}

programs="bin/busybox bin/udevadm usr/sbin/pcscd usr/bin/dbus-daemon usr/bin/pkcheck usr/lib/polkit-1/polkitd usr/bin/opensc-tool"
driver=usr/lib/pcsc/drivers/ifd-ccid.bundle
# shellcheck disable=SC2086 # a list of names
copy $programs lib/systemd/systemd-udevd lib/udev etc/udev $driver etc/libccid_Info.plist \
    usr/share/dbus-1/system.conf usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf usr/share/polkit-1/actions
cp "$tree/lib64/ld-linux-x86-64.so.2" "$image/lib64/"
for program_of_package in $programs; do
    [ "$program_of_package" = bin/busybox ] || libraries "$tree/$program_of_package"
done
libraries "$tree/$driver/Contents/Linux/libccid.so" "$program"
# Found by name at run time: users by the C library, and the client side of pcscd by OpenSC.
cp -L "$tree"/lib/x86_64-linux-gnu/libnss_files.so.2 "$tree"/usr/lib/x86_64-linux-gnu/libpcsclite.so.1 "$image/lib/x86_64-linux-gnu/"
strip -o "$image/usr/bin/tessera" "$program"
find "$image/lib/x86_64-linux-gnu" -name '*.so*' -exec strip --strip-unneeded {} + 2>/dev/null || true

kernel=$(basename "$tree"/boot/vmlinuz-*)
version=${kernel#vmlinuz-}
cp "$tree/boot/$kernel" "$folder/vmlinuz"
for module in common/usb-common core/usbcore host/xhci-hcd host/xhci-pci; do
    cp "$tree/lib/modules/$version/kernel/drivers/usb/$module.ko" "$image/lib/"
done

# What is under test.
mkdir -p "$image/tessera"
cp -r "$here"/udev/*.rules "$here/udev/polkit" "$here/scripts/usb/guest" "$here"/scripts/usb/*.policy "$image/tessera/"
ln -s /tessera/guest "$image/init"
chmod 755 "$image/tessera/guest"

(cd "$image" && find . -print0 | cpio --null --create --format=newc --quiet --owner=0:0) >"$folder/initrd"
printf 'kernel %s, initrd %s MB\n' "$version" "$(($(stat -c %s "$folder/initrd") / 1000000))"
