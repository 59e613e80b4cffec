// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench;

import java.util.Arrays;
import java.util.Collection;

/** Some measurements of one thing, of any unit. */
public final class Sample {

    private final double[] sorted;

    public Sample(double... values) {
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    public Sample(Collection<Double> values) {
        this(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    public double median() {
        return quantile(0.5);
    }

    public double least() {
        return quantile(0);
    }

    /** The value that so large a share of all lies below; of 1 the largest. */
    public double quantile(double share) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))];
    }
}
