#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# steps.sh HOME WORK   checks the unpacked distribution in HOME on the machine that it runs on, a board for instance
#
# Starts the daemon, deploys every example, sends a request to each, compares the answers with PyTorch's recorded ones, looks at the memory that
# the process took, stops it; then 'saguaro check' on the same. Prints PASS or FAIL for each step and what it measured, ends with 1 if one failed.
# Its own files go to WORK. Runs with busybox as well: needs sh, awk, od, paste, sed and the like. JAVA_HOME names the Java as ever;
# PLATFORM the description of the machine (default: cpu).
set -u

home=$1
work=$2
platform=${PLATFORM:-cpu}
memory_limit_kb=$((1024 * 1024))
mkdir -p "$work" || exit 1

failures=0
pass() { echo "PASS $*"; }
fail() {
    echo "FAIL $*"
    failures=$((failures + 1))
}
now() { cut -d ' ' -f 1 /proc/uptime; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", b - a }'; }
saguaro() { sh "$home/bin/saguaro" "$@"; }

# An array's numbers, one a line. NumPy's files: magic, version, length of the header, header, data.
numbers() {
    header=$((10 + $(od -An -v -tu2 -j8 -N2 "$1")))
    case $(head -c $header "$1" | tail -c +11) in
        *"'<f4'"*) format=f4 ;;
        *"'<f8'"*) format=f8 ;;
        *"'<i4'"*) format=d4 ;;
        *"'<i8'"*) format=d8 ;;
        *"'|b1'"* | *"'|u1'"*) format=u1 ;;
        *) return 1 ;;
    esac
    od -An -v -w"${format#?}" -t$format -j$header "$1"
}

# The largest difference of two arrays, relative to the largest number expected; fails if it is above 1e-4, or the sizes differ.
compare() {
    numbers "$1" >"$work/expected.txt" && numbers "$2" >"$work/actual.txt" || {
        echo "unreadable"
        return 1
    }
    paste "$work/expected.txt" "$work/actual.txt" | awk '
        function magnitude(x) { return x < 0 ? -x : x }
        NF != 2 || $1 ~ /n/ || $2 ~ /n/ { bad = 1; exit }
        { d = magnitude($1 - $2); if (d > most) most = d; if (magnitude($1) > scale) scale = magnitude($1) }
        END {
            if (bad || NR == 0) { print "of other size or not finite"; exit 1 }
            difference = scale > 0 ? most / scale : most
            printf "%.1e\n", difference
            exit difference > 1e-4
        }'
}

trap 'saguaro stop >/dev/null 2>&1; exit 130' INT TERM

begin=$(now)
if saguaro start --timeout 900 --platform "$platform" >"$work/start.log" 2>&1; then
    ready=$(sed -n 's/.*ready after \([0-9]*\) ms.*/\1/p' "$home/var/log/saguaro.0.log" | tail -n 1)
    pass "start: ready after $(awk -v ms="$ready" 'BEGIN { printf "%.1f s", ms / 1000 }'), $(since "$begin") with the command itself"
else
    fail "start:"
    cat "$work/start.log"
    exit 1
fi
pid=$(saguaro status --json | sed -n 's/.*"pid" : \([0-9]*\).*/\1/p' | head -n 1)
echo "     memory with Felix up: $(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status") MB (VmRSS)"

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
    took=$(since "$step")
    [ -n "$answered" ] || answered=$(since "$begin")
    differences=
    same=true
    for expected in "$example"/output*.npy; do
        difference=$(compare "$expected" "$work/$name/$(basename "$expected")") || same=false
        differences="$differences $difference"
    done
    if $same; then
        pass "$name: deployed in $deployed, answer in $took, differences$differences"
    else
        fail "$name: the answer is not PyTorch's, differences$differences (at most 1e-4)"
    fi
done
if [ -n "$answered" ]; then
    echo "     first answer: $answered after the command 'start'"
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

set --
for model in "$home"/examples/*/model.pt2; do
    set -- "$@" "$(dirname "$model")"
done
if saguaro check --platform "$platform" "$@" >"$work/check.log" 2>&1; then
    pass "saguaro check:"
else
    fail "saguaro check:"
fi
sed 's/^/     /' "$work/check.log"

[ $failures -eq 0 ]
