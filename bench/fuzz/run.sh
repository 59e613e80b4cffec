#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes the readers of models: bench/fuzz/run.sh [ARCHIVES [SEED [FIRST]]]
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd -P)
cd "$root"
exec mvn -q -Pfuzz -pl model.torch -am test \
    -Dsaguaro.fuzz.archives="${1:-20000}" \
    -Dsaguaro.fuzz.seed="${2:-20240527}" \
    -Dsaguaro.fuzz.first="${3:-0}"
