#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a bench: bench/run.sh COMMAND [OPTIONS], with the class path and the JVM options that libtorch needs
# (lib.pytorch/README.md). `./saguaro bench` builds what this needs, and calls it.
set -eu

bench=$(cd "$(dirname "$0")" && pwd -P)
if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; else java=java; fi
[ -f "$bench/target/classpath" ] || {
    echo "bench/run.sh: bench is not built; run ./saguaro bench instead" >&2
    exit 1
}
# A cache of its own, so that a bench never meets natives of another version half extracted.
export OPENBLAS_NUM_THREADS=1
# The collector is the distribution's: others ask more of each write of a reference.
# shellcheck disable=SC2086  # SAGUARO_JAVA_OPTS is a list of words.
exec "$java" \
    -XX:+UseSerialGC \
    -Dorg.bytedeco.javacpp.maxbytes=0 \
    -Dorg.bytedeco.javacpp.maxphysicalbytes=0 \
    -Dorg.bytedeco.javacpp.nopointergc=true \
    -Dorg.bytedeco.javacpp.cachedir="$bench/target/natives" \
    -Dsaguaro.bench="$bench" \
    ${SAGUARO_JAVA_OPTS:-} \
    -cp "$bench/target/classes:$(cat "$bench/target/classpath")" \
    org.saguaro.bench.Main "$@"
