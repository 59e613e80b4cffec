// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

final class DifferenceTest {

    @Test
    void relativeIsAgainstTheLargestExpectedValue() throws CommandException {
        Difference difference = Difference.between(floats(1.5f, -3.75f), floats(1, -4));

        assertThat(difference).isEqualTo(new Difference(0.5, 0.125));
    }

    @Test
    void nanAndInfinityMustBeWhereTheyAreExpected() throws CommandException {
        float inf = Float.POSITIVE_INFINITY;

        assertThat(Difference.between(floats(Float.NaN, inf, 2), floats(Float.NaN, inf, 2)))
                .isEqualTo(Difference.NONE);
        assertThat(Difference.between(floats(Float.NaN), floats(1)).relative()).isInfinite();
        assertThat(Difference.between(floats(1), floats(Float.NaN)).isWithin(1e-4, DType.FLOAT32))
                .isFalse();
        assertThat(Difference.between(floats(inf, 1), floats(-inf, 1)).isWithin(1e-4, DType.FLOAT32))
                .isFalse();
    }

    @Test
    void anythingElseThanZeroIsFarFromZeros() throws CommandException {
        assertThat(Difference.between(floats(0, 0), floats(0, 0))).isEqualTo(Difference.NONE);
        assertThat(Difference.between(floats(1e-30f), floats(0)).relative()).isInfinite();
    }

    @Test
    void integersMustBeEqualEvenBeyondTheReachOfDoubles() throws CommandException {
        long big = 1L << 60;
        Difference difference = Difference.between(Tensor.of(new long[] {big + 1}, 1), Tensor.of(new long[] {big}, 1));

        assertThat(difference.absolute()).isEqualTo(1);
        assertThat(difference.isWithin(1e-4, DType.INT64)).isFalse();
        assertThat(Difference.NONE.isWithin(0, DType.INT64)).isTrue();
    }

    @Test
    void shortElementTypesMayDifferMore() {
        assertThat(Difference.tolerance(1e-4, DType.FLOAT32)).isEqualTo(1e-4);
        assertThat(Difference.tolerance(1e-4, DType.FLOAT16)).isEqualTo(5e-3);
        assertThat(Difference.tolerance(1e-4, DType.BFLOAT16)).isEqualTo(4e-2);
        assertThat(Difference.isExact(DType.BOOL)).isTrue();
    }

    @Test
    void complexNumbersDifferByTheirDistance() throws CommandException {
        Difference difference = Difference.between(complex(3, 4, 0, 0), complex(0, 0, 6, 8));

        assertThat(difference.absolute()).isEqualTo(10);
        assertThat(difference.relative()).isEqualTo(1);
    }

    @Test
    void typeAndShapeMustBeTheExpectedOnes() {
        assertThatThrownBy(() -> Difference.between(floats(1, 2), Tensor.of(new float[] {1, 2}, 1, 2)))
                .isInstanceOf(CommandException.class)
                .hasMessage("found float32[2], expected float32[1, 2]");
        assertThatThrownBy(() -> Difference.between(floats(1), Tensor.of(new long[] {1}, 1)))
                .hasMessage("found float32[1], expected int64[1]");
    }

    private static Tensor floats(float... values) {
        return Tensor.of(values, values.length);
    }

    private static Tensor complex(float... parts) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * parts.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(parts);
        return Tensor.dense(DType.COMPLEX64, new long[] {parts.length / 2}, bytes);
    }
}
