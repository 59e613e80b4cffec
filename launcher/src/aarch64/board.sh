#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# board.sh [ARCHIVE.tar.gz [CACHE]]   checks the distribution for aarch64 on QEMU's ZCU102: a kernel, a memory card, four Cortex-A53
#
# Makes a memory card with Debian's Java, the distribution and steps.sh, boots Debian's arm64 kernel on qemu-system-aarch64 -M xlnx-zcu102 with the
# board's device tree, and shows the serial console: steps.sh on the CPU, then check and demo with the RTL of our engines simulated as programmable
# logic, where this machine can build that for aarch64. Then the board powers off. No superuser is needed. Ends with 0, 1 if a step failed, or 77 and a line that
# begins with SKIP where something is missing. Downloads and images are kept in CACHE (default: aarch64/ beside the archive).
# Memory: 2 GB, half of the board's; QEMU 7.2 tells the kernel a wrong address of the upper half. Times are those of an emulator.
set -u

here=$(cd "$(dirname "$0")" && pwd -P)
archive=${1:-$here/../../target/saguaro-linux-aarch64.tar.gz}
cache=${2:-$(dirname "$archive")/aarch64}
rtl=$here/../../../accel.zynq/rtl
minutes=60

skip() {
    echo "SKIP: $*"
    exit 77
}
[ -f "$archive" ] || skip "no $archive; 'mvn package -Paarch64 -pl launcher -am -DskipTests' makes it"
command -v qemu-system-aarch64 >/dev/null || skip "no qemu-system-aarch64: apt-get install qemu-system-arm"
command -v fdtput >/dev/null || skip "no fdtput: apt-get install device-tree-compiler"
PATH=$PATH:/sbin:/usr/sbin
command -v mke2fs >/dev/null || skip "no mke2fs: apt-get install e2fsprogs"
sh "$here/root.sh" "$cache" kernel || exit
cache=$(cd "$cache" && pwd -P)
work=$cache/board
rm -rf "$work"
mkdir -p "$work"

# The device tree: without the firmware of the power management unit, which QEMU does not have, there are no clocks. The
# console and the card reader get a fixed one.
cp "$cache"/kernel/usr/lib/linux-image-*/xilinx/zynqmp-zcu102-rev1.0.dtb "$work/board.dtb" || exit 1
fdtput -c "$work/board.dtb" /fixed-clock
fdtput -t s "$work/board.dtb" /fixed-clock compatible fixed-clock
fdtput -t u "$work/board.dtb" /fixed-clock '#clock-cells' 0
fdtput -t u "$work/board.dtb" /fixed-clock clock-frequency 100000000
fdtput -t u "$work/board.dtb" /fixed-clock phandle 200
for device in serial@ff000000 mmc@ff170000; do
    fdtput -t u "$work/board.dtb" /axi/$device clocks 200 200
    for property in power-domains iommus pinctrl-0 pinctrl-names; do
        fdtput -d "$work/board.dtb" /axi/$device $property 2>/dev/null
    done
done

# The first programs: load the card's drivers, go on from the card. Drivers that are not found are built into the kernel.
mkdir -p "$work/initrd/bin" "$work/initrd/dev" "$work/initrd/proc" "$work/initrd/sys" "$work/initrd/card" "$work/initrd/modules"
busybox=$(ls "$cache/root/bin/busybox")
cp "$busybox" "$work/initrd/bin/"
for module in crc32c_generic sdhci sdhci-pltfm cqhci sdhci-of-arasan crc16 mbcache jbd2 ext4; do
    for file in $(find "$cache"/kernel/lib/modules "$cache"/kernel/usr/lib/modules -name "$module.ko*" 2>/dev/null); do
        case $file in
            *.xz) xz -dc "$file" >"$work/initrd/modules/$module.ko" ;;
            *) cp "$file" "$work/initrd/modules/" ;;
        esac
        echo $module.ko >>"$work/initrd/modules/order"
    done
done
cat >"$work/initrd/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do
    insmod /modules/$module
done
n=0
while [ ! -b /dev/mmcblk0 ] && [ $n -lt 100 ]; do
    n=$((n + 1))
    sleep 0.1
done
if mount -t ext4 /dev/mmcblk0 /card; then
    mount --move /proc /card/proc
    mount --move /sys /card/sys
    mount --move /dev /card/dev
    chroot /card /bin/sh /opt/board
else
    echo "FAIL the memory card is not there"
fi
poweroff -f
END
chmod +x "$work/initrd/init"
(cd "$work/initrd" && find . | "$(command -v qemu-aarch64-static || command -v qemu-aarch64)" "$busybox" cpio -o -H newc 2>/dev/null | gzip -1 >"$work/initrd.gz")

# The programmable logic, simulated on the board: the RTL library for aarch64, reached through JNA.
library=
if command -v verilator >/dev/null && command -v aarch64-linux-gnu-g++ >/dev/null; then
    echo "building the RTL library for aarch64 ..."
    if make -C "$rtl" shim BUILD="$cache/rtl" CXX=aarch64-linux-gnu-g++ AR=aarch64-linux-gnu-ar >"$work/rtl.log" 2>&1; then
        library=$cache/rtl/libsaguaro_rtl.so
    else
        echo "FAIL the RTL library cannot be built, see $work/rtl.log"
        exit 1
    fi
else
    echo "without the programmable logic: apt-get install verilator g++-aarch64-linux-gnu"
fi

# The card.
card=$work/card
cp -al "$cache/root" "$card"
mkdir -p "$card/dev" "$card/proc" "$card/sys" "$card/tmp" "$card/root" "$card/opt"
for applet in $("$(command -v qemu-aarch64-static || command -v qemu-aarch64)" "$busybox" --list); do
    [ -e "$card/bin/$applet" ] || [ -e "$card/sbin/$applet" ] || ln -s busybox "$card/bin/$applet"
done
tar -xzf "$archive" -C "$card/opt" || exit 1
cp "$here/steps.sh" "$card/opt/"
home=/opt/saguaro-linux-aarch64
if [ -n "$library" ]; then
    mkdir "$card/opt/rtl"
    cp "$library" "$rtl"/../overlays/conv-fft-zip.json "$card/opt/rtl/"
    ls "$card$home"/bundle/*accel.zynq*.jar >/dev/null 2>&1 || cp "$rtl"/../target/accel.zynq-*-SNAPSHOT.jar "$card$home/bundle/" || exit 1
    cat >"$card$home/platforms/board-rtl.json" <<END
{
  "description": "QEMU's ZCU102, with its programmable logic in simulation.",
  "configurations": {
    "org.saguaro.runtime.core": { "calibration.file": "\${saguaro.state}/calibration-board.json" },
    "org.saguaro.accel.zynq": { "transport": "rtl", "library": "/opt/rtl/libsaguaro_rtl.so", "overlays": ["/opt/rtl/conv-fft-zip.json"] }
  }
}
END
fi
cat >"$card/opt/board" <<END
export HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin JAVA_HOME=/usr/lib/jvm/$(basename "$(dirname "$(readlink "$cache/java/release")")")
# The optimising compiler costs an emulator twice the time that it saves.
export SAGUARO_JAVA_OPTS=-XX:TieredStopAtLevel=1
mount -t tmpfs tmpfs /tmp
ifconfig lo 127.0.0.1 up
date -s @$(date +%s) >/dev/null
echo "     \$(tr -d '\\000' </proc/device-tree/model): \$(nproc) CPUs, \$(awk '/MemTotal/ { print int(\$2 / 1024) }' /proc/meminfo) MB, Linux \$(uname -r), up after \$(cut -d ' ' -f 1 /proc/uptime) s"
cd /root
sh /opt/steps.sh $home /root/cpu
result=\$?
if [ -f $home/platforms/board-rtl.json ]; then
    for command in "check $home/examples/digits-vgg" "demo --no-signals --seconds 5 --rate 0.5"; do
        begin=\$(cut -d ' ' -f 1 /proc/uptime)
        if sh $home/bin/saguaro \$command --platform board-rtl >/root/rtl.log 2>&1; then
            verdict=PASS
        else
            verdict=FAIL
            result=1
        fi
        echo "\$verdict on the simulated programmable logic: saguaro \$command, \$(awk -v a=\$begin '{ printf "%.1f s", \$1 - a }' /proc/uptime)"
        sed 's/^/     /' /root/rtl.log
    done
fi
sync
echo "     power off after \$(cut -d ' ' -f 1 /proc/uptime) s"
[ \$result -eq 0 ] && echo "BOARD: all steps passed" || echo "BOARD: a step failed"
END
mke2fs -q -t ext4 -E root_owner=0:0 -d "$card" "$work/card.img" 2G >"$work/card.log" 2>&1 || {
    echo "FAIL the memory card cannot be made, see $work/card.log"
    exit 1
}
rm -rf "$card"

echo "booting; the console is in $work/console.log, at most $minutes minutes ..."
QEMU_AUDIO_DRV=none timeout --foreground ${minutes}m qemu-system-aarch64 -M xlnx-zcu102 -m 2G -nographic -no-reboot \
    -kernel "$cache"/kernel/boot/vmlinuz-* -dtb "$work/board.dtb" -initrd "$work/initrd.gz" \
    -append "console=ttyPS0,115200 rdinit=/init loglevel=1 panic=1" \
    -drive if=sd,index=1,format=raw,file="$work/card.img" </dev/null 2>&1 | sed -u 's/\r$//' | tee "$work/console.log"
if grep -q '^BOARD: all steps passed' "$work/console.log"; then
    rm -f "$work/card.img"
    exit 0
fi
echo "FAIL the board did not get through all steps, see $work/console.log"
exit 1
