#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Synthesises one engine with yosys for UltraScale+ and leaves its statistics in OUT.
#   synth.sh ENGINE OUT.txt [PARAMETER VALUE]...
# Hierarchical, so that the array's 32 equal lane pairs are mapped once. TWIDDLES is the folder of fft_twiddle.svh.
set -euo pipefail
engine=$1 out=$(realpath -m "$2")
shift 2
set_parameters=""
while [ $# -ge 2 ]; do
    set_parameters="$set_parameters chparam -set $1 $2 $engine;"
    shift 2
done
cd "$(dirname "$0")"
yosys -q -l "${out%.txt}.log" -p "
    read_verilog -sv -Isrc -I${TWIDDLES:-../target/rtl} src/*.sv; $set_parameters
    hierarchy -check -top $engine;
    synth_xilinx -family xcup -noiopad -noclkbuf -top $engine;
    tee -o $out stat -tech xilinx"
