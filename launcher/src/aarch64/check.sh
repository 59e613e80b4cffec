#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check.sh [ARCHIVE.tar.gz [CACHE]]   runs the distribution for aarch64 on this machine, each process under qemu-aarch64-static
#
# Unpacks the archive that 'mvn package -Paarch64' made, starts the daemon, deploys every example, sends a request to each, compares the
# answers with PyTorch's recorded ones, and stops it; then 'saguaro check' on the same. Prints what it measured and PASS or FAIL for each step;
# ends with 0, 1 if a step failed, or 77 and a line that begins with SKIP where something is missing. What root.sh downloads is kept in CACHE
# (default: target/aarch64 beside the archive). Times are those of an emulator; the memory is the process's, the emulator's own included.
set -u

here=$(cd "$(dirname "$0")" && pwd -P)
archive=${1:-$here/../../target/saguaro-linux-aarch64.tar.gz}
cache=${2:-$(dirname "$archive")/aarch64}
memory_limit_kb=$((1024 * 1024))

if [ ! -f "$archive" ]; then
    echo "SKIP: no $archive; 'mvn package -Paarch64 -pl launcher -am -DskipTests' makes it"
    exit 77
fi
"$here/root.sh" "$cache" || exit
cache=$(cd "$cache" && pwd -P)
export JAVA_HOME="$cache/java"
work=$cache/check
home=$work/saguaro-linux-aarch64

failures=0
pass() { echo "PASS $*"; }
fail() {
    echo "FAIL $*"
    failures=$((failures + 1))
}
now() { date +%s%3N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", (b - a) / 1000 }'; }
saguaro() { sh "$home/bin/saguaro" "$@"; }

# An array's numbers, one a line. NumPy's files: magic, version, length of the header, header, data.
numbers() {
    header=$(od -An -v -tu2 -j8 -N2 "$1" | tr -d ' ')
    case $(head -c $((10 + header)) "$1" | tr -d '\000' | sed -n "s/.*'descr': '\([^']*\)'.*/\1/p" | tail -n 1) in
        '<f4') format=f4 ;;
        '<f8') format=f8 ;;
        '<i8') format=d8 ;;
        '<i4') format=d4 ;;
        *) format=u1 ;;
    esac
    od -An -v -w"$(echo $format | tr -d fdu)" -t$format -j$((10 + header)) "$1"
}

# Largest difference of two arrays, relative to the largest number expected; fails if it is above 1e-4, or the sizes differ.
compare() {
    numbers "$1" >"$work/expected.txt" && numbers "$2" >"$work/actual.txt" || return 1
    paste "$work/expected.txt" "$work/actual.txt" | awk '
        NF != 2 { print "arrays of different sizes"; bad = 1; exit }
        { d = $1 - $2; if (d < 0) d = -d; if (d > most) most = d; m = $1 < 0 ? -$1 : $1; if (m > scale) scale = m; if (d != d) nan = 1 }
        END { if (bad) exit 1; if (scale == 0) scale = 1; printf "%.1e", most / scale; exit nan || most / scale > 1e-4 }'
}

# A daemon of an earlier run that was interrupted would hold the folder.
[ ! -x "$home/bin/saguaro" ] || saguaro stop >/dev/null 2>&1
rm -rf "$work"
mkdir -p "$work"
tar -xzf "$archive" -C "$work" || exit 1
echo "archive: $(du -m "$archive" | cut -f 1) MB, unpacked $(du -sm "$home" | cut -f 1) MB"
trap 'saguaro stop >/dev/null 2>&1; exit 130' INT TERM

begin=$(now)
if saguaro start --timeout 300 >"$work/start.log" 2>&1; then
    ready=$(sed -n 's/.*ready after \([0-9]*\) ms.*/\1/p' "$home"/var/log/saguaro*.log | tail -n 1)
    pass "start: ready after ${ready:-?} ms, $(since "$begin") with the command itself"
else
    fail "start:"
    cat "$work/start.log"
    exit 1
fi
pid=$(saguaro status --json | sed -n 's/.*"pid" : \([0-9]*\).*/\1/p' | head -n 1)
echo "memory with Felix up: $(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status") MB (VmRSS)"

answered=
for model in "$home"/examples/*/model.pt2; do
    example=$(dirname "$model")
    name=$(basename "$example")
    step=$(now)
    saguaro deploy "$model" >"$work/$name.deploy" 2>&1 || {
        fail "$name: is not deployed: $(tail -n 3 "$work/$name.deploy")"
        continue
    }
    deployed=$(since "$step")
    step=$(now)
    saguaro shell infer --output "$work/$name" "$name" "$example/input.npy" >"$work/$name.infer" 2>&1 || {
        fail "$name: gives no answer: $(tail -n 3 "$work/$name.infer")"
        continue
    }
    [ -n "$answered" ] || answered=$(since "$begin")
    worst=
    same=true
    for expected in "$example"/output*.npy; do
        difference=$(compare "$expected" "$work/$name/$(basename "$expected")") || same=false
        worst="$worst $difference"
    done
    if $same; then
        pass "$name: deployed in $deployed, answer in $(since "$step"), differences$worst"
    else
        fail "$name: the answer differs from PyTorch's:$worst (at most 1e-4)"
    fi
done
if [ -n "$answered" ]; then
    echo "first answer: $answered after the start command"
else
    fail "no answer"
fi

peak=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
if [ -z "$peak" ]; then
    fail "the daemon has ended: $(tail -n 5 "$home/var/log/console.log")"
elif [ "$peak" -lt $memory_limit_kb ]; then
    pass "memory: $((peak / 1024)) MB at most (VmHWM), below 1024 MB"
else
    fail "memory: $((peak / 1024)) MB at most (VmHWM), 1024 MB are allowed"
fi
if saguaro stop >"$work/stop.log" 2>&1; then
    pass "stop: $(cat "$work/stop.log")"
else
    fail "stop: $(cat "$work/stop.log")"
fi

# shellcheck disable=SC2046  # A list of folders without spaces.
if saguaro check $(dirname "$home"/examples/*/model.pt2) >"$work/check.log" 2>&1; then
    pass "saguaro check:"
else
    fail "saguaro check:"
fi
sed 's/^/  /' "$work/check.log"

[ $failures -eq 0 ] || exit 1
