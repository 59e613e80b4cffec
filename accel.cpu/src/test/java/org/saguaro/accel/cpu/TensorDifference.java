// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import org.saguaro.model.api.Tensor;

/** How far two tensors are apart. */
public final class TensorDifference {

    private TensorDifference() {}

    /** Largest difference of elements, relative to the largest element; infinite for different sizes or NaN. */
    public static double relative(Tensor actual, Tensor expected) {
        double[] a = actual.toDoubles();
        double[] e = expected.toDoubles();
        if (a.length != e.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 1e-12;
        double difference = 0;
        for (int i = 0; i < e.length; i++) {
            largest = Math.max(largest, Math.abs(e[i]));
            double d = Math.abs(a[i] - e[i]);
            difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
        }
        return difference / largest;
    }
}
