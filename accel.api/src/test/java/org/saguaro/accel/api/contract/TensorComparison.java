// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** Whether a result is close enough to the reference. */
final class TensorComparison {

    private TensorComparison() {}

    /**
     * Same type, same sizes, and every element within {@code tolerance}, absolute below 1 and relative above; NaN and the
     * infinities must be met exactly.
     */
    static void assertClose(String what, Tensor found, Tensor expected, double tolerance) {
        assertThat(found.dtype()).as("element type of %s", what).isEqualTo(expected.dtype());
        assertThat(found.sizes()).as("sizes of %s", what).isEqualTo(expected.sizes());
        double[] is = parts(found);
        double[] should = parts(expected);
        for (int i = 0; i < should.length; i++) {
            boolean close = Double.compare(is[i], should[i]) == 0
                    || Math.abs(is[i] - should[i]) <= tolerance * Math.max(1, Math.abs(should[i]));
            if (!close) {
                fail(
                        "%s: element %d of %s should be %s (within %s), found %s",
                        what, i, Arrays.toString(expected.sizes()), should[i], tolerance, is[i]);
            }
        }
    }

    /** The elements; of a complex tensor real and imaginary parts in turn. */
    private static double[] parts(Tensor tensor) {
        return switch (tensor.dtype()) {
            case COMPLEX64 -> parts(tensor, DType.FLOAT32);
            case COMPLEX128 -> parts(tensor, DType.FLOAT64);
            default -> tensor.toDoubles();
        };
    }

    private static double[] parts(Tensor tensor, DType part) {
        long[] sizes = {2 * tensor.elementCount()};
        return Tensor.dense(part, sizes, tensor.toDense().bytes()).toDoubles();
    }
}
