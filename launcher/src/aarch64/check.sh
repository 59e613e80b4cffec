#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh [ARCHIVE.tar.gz [CACHE]]   checks the distribution for aarch64 on this machine, with every process under qemu-aarch64-static
#
# Unpacks the archive that 'mvn package -Paarch64' makes and takes it through steps.sh. Ends with 0, 1 if a step failed, or 77 and a line that
# begins with SKIP where something is missing. What root.sh downloads is kept in CACHE (default: aarch64/ beside the archive).
# Times are those of an emulator; the memory is the process's, the emulator's own included.
set -u

here=$(cd "$(dirname "$0")" && pwd -P)
archive=${1:-$here/../../target/saguaro-linux-aarch64.tar.gz}
cache=${2:-$(dirname "$archive")/aarch64}

if [ ! -f "$archive" ]; then
    echo "SKIP: no $archive; 'mvn package -Paarch64 -pl launcher -am -DskipTests' makes it"
    exit 77
fi
sh "$here/root.sh" "$cache" || exit
cache=$(cd "$cache" && pwd -P)
export JAVA_HOME="$cache/java"
# The optimising compiler costs an emulator twice the time that it saves.
export SAGUARO_JAVA_OPTS="${SAGUARO_JAVA_OPTS:--XX:TieredStopAtLevel=1}"
home=$cache/check/saguaro-linux-aarch64

# A daemon of an earlier check that was killed would hold the folder.
[ ! -x "$home/bin/saguaro" ] || sh "$home/bin/saguaro" stop >/dev/null 2>&1
rm -rf "$cache/check"
mkdir -p "$cache/check" && tar -xzf "$archive" -C "$cache/check" || exit 1
echo "     archive $(du -m "$archive" | cut -f 1) MB, unpacked $(du -sm "$home" | cut -f 1) MB"
exec sh "$here/steps.sh" "$home" "$cache/check/work"
