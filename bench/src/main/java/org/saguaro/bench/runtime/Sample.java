// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.Arrays;

/** Some measurements in nanoseconds. */
final class Sample {

    private final long[] sorted;

    /** Of the first {@code count} values. */
    Sample(long[] values, int count) {
        sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
    }

    /** The value that a share of all do not exceed, in microseconds. */
    double micros(double share) {
        long rank = (long) Math.ceil(share * sorted.length) - 1;
        return sorted[(int) Math.min(sorted.length - 1L, Math.max(0, rank))] / 1e3;
    }
}
