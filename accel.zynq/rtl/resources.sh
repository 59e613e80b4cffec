#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Turns yosys statistics (see synth.sh) into the table of resources.md: resources.sh CAPTION=FILE[,FILE]... ...
# LUTs: logic, plus 8 per RAM32M16 or RAM64M8, plus one per shift register. BRAM in blocks of 36 Kbit.
set -euo pipefail
echo "| | LUT | FF | DSP48E2 | BRAM36 |"
echo "|---|---|---|---|---|"
echo "| ZU9EG has | 274,080 | 548,160 | 2,520 | 912 |"
for entry in "$@"; do
    caption=${entry%%=*} files=${entry#*=}
    # shellcheck disable=SC2086
    awk -v caption="$caption" '
        function share(n, of) { return sprintf("%d (%.1f %%)", n, 100 * n / of) }
        FNR == 1 { hierarchical = 0; total = 0; while ((getline line < FILENAME) > 0) if (line ~ /design hierarchy/) hierarchical = 1; close(FILENAME) }
        /design hierarchy/ { total = 1 }
        !hierarchical || total {
            if ($1 ~ /^LUT[1-6]$/ || $1 ~ /^SRL/) lut += $2
            if ($1 ~ /^RAM(32M16|64M8)$/) lut += 8 * $2
            if ($1 ~ /^FD[RSCP]E$/) ff += $2
            if ($1 == "DSP48E2") dsp += $2
            if ($1 == "RAMB36E2") bram += $2
            if ($1 == "RAMB18E2") bram += $2 / 2
        }
        END { printf "| %s | %s | %s | %s | %s |\n", caption, share(lut, 274080), share(ff, 548160), share(dsp, 2520), share(bram, 912) }
    ' ${files//,/ }
done
