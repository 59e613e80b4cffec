// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorTest {

    private static final float[] SIX = {0, 1, 2, 3, 4, 5};

    @Test
    void holdsWhatItWasMadeOf() {
        Tensor tensor = Tensor.of(SIX, 2, 3);

        assertThat(tensor.spec()).hasToString("float32[2, 3]");
        assertThat(tensor.strides()).containsExactly(3, 1);
        assertThat(tensor.isDense()).isTrue();
        assertThat(tensor.toFloats()).containsExactly(SIX);
        assertThat(tensor.toDense()).isSameAs(tensor);
    }

    @Test
    void turnsATransposedViewIntoRows() {
        Tensor transposed = view(new long[] {3, 2}, new long[] {1, 3});

        assertThat(transposed.isDense()).isFalse();
        assertThat(transposed.toFloats()).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(transposed.toDense().strides()).containsExactly(2, 1);
    }

    @Test
    void repeatsABroadcastDimension() {
        assertThat(view(new long[] {2, 3}, new long[] {0, 1}).toFloats()).containsExactly(0, 1, 2, 0, 1, 2);
    }

    @Test
    void ignoresTheStrideOfADimensionOfOne() {
        assertThat(view(new long[] {1, 6}, new long[] {77, 1}).isDense()).isTrue();
    }

    @Test
    void mayHaveNoElements() {
        Tensor empty = view(new long[] {3, 0, 2}, new long[] {9, 9, 9});

        assertThat(empty.elementCount()).isZero();
        assertThat(empty.isDense()).isTrue();
        assertThat(empty.toFloats()).isEmpty();
    }

    @Test
    void aScalarHasOneElement() {
        assertThat(Tensor.of(new long[] {42}).toDoubles()).containsExactly(42);
        assertThat(Tensor.of(new long[] {42}).rank()).isZero();
    }

    @Test
    void givesItsBytesReadOnlyAndByThemselves() {
        Tensor tensor = Tensor.of(SIX, 6);
        ByteBuffer bytes = tensor.bytes();
        bytes.position(8);

        assertThat(tensor.bytes().position()).isZero();
        assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThatExceptionOfType(ReadOnlyBufferException.class).isThrownBy(() -> bytes.put(0, (byte) 1));
    }

    @Test
    void startsAtThePositionOfTheBufferAndEndsAtItsLimit() {
        ByteBuffer buffer = sixFloats();
        buffer.position(8).limit(16);

        assertThat(Tensor.dense(DType.FLOAT32, new long[] {2}, buffer).toFloats())
                .containsExactly(2, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.dense(DType.FLOAT32, new long[] {3}, buffer))
                .withMessageContaining("needs 12 bytes, found 8");
    }

    @Test
    void refusesViewsThatReachOutside() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view(new long[] {2, 3}, new long[] {4, 1}))
                .withMessageContaining("needs 28 bytes, found 24");
        assertThatIllegalArgumentException().isThrownBy(() -> view(new long[] {2}, new long[] {-1}));
        assertThatIllegalArgumentException().isThrownBy(() -> view(new long[] {-2}, new long[] {1}));
        assertThatIllegalArgumentException().isThrownBy(() -> view(new long[] {2}, new long[] {1, 1}));
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> view(new long[] {1L << 40, 1L << 40}, new long[] {1L << 40, 1}));
    }

    @Test
    void refusesSizesThatDoNotHoldTheValues() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tensor.of(SIX, 5))
                .withMessageContaining("do not hold 6 values");
    }

    @ParameterizedTest
    @CsvSource({
        "UINT8, ff, 255",
        "INT8, ff, -1",
        "BOOL, 02, 1",
        "INT16, feff, -2",
        "INT32, 01000080, -2147483647",
        "INT64, ffffffffffffffff, -1",
        "FLOAT16, 003c, 1",
        "BFLOAT16, c0bf, -1.5",
        "FLOAT32, 0000c03f, 1.5",
        "FLOAT64, 000000000000e0bf, -0.5"
    })
    void readsEveryElementType(DType dtype, String littleEndianHex, double expected) {
        byte[] bytes = HexFormat.of().parseHex(littleEndianHex);

        assertThat(Tensor.dense(dtype, new long[0], ByteBuffer.wrap(bytes)).toDoubles())
                .containsExactly(expected);
    }

    @Test
    void hasNoRealElementsIfComplex() {
        Tensor complex = Tensor.dense(DType.COMPLEX64, new long[] {1}, ByteBuffer.allocate(8));

        assertThatIllegalStateException().isThrownBy(complex::toDoubles).withMessageContaining("complex64");
    }

    @ParameterizedTest
    @CsvSource({
        "0x0000, 0.0",
        "0x8000, -0.0",
        "0x3c00, 1.0",
        "0xc000, -2.0",
        "0x7bff, 65504.0",
        "0x0400, 6.103515625E-5",
        "0x0001, 5.9604644775390625E-8",
        "0x83ff, -6.097555160522461E-5",
        "0x7c00, Infinity",
        "0xfc00, -Infinity",
        "0x7e00, NaN"
    })
    void convertsHalfPrecision(String bits, float expected) {
        float converted = Tensor.halfToFloat(Integer.decode(bits).shortValue());

        // Compares bits, so that the sign of zero counts.
        assertThat(Float.floatToIntBits(converted)).isEqualTo(Float.floatToIntBits(expected));
    }

    /** Every finite half is sign * mantissa * 2^exponent, computed here with doubles. */
    @Test
    void convertsAllFiniteHalves() {
        for (int bits = 0; bits < 0x7c00; bits++) {
            int exponent = bits >> 10;
            double expected = exponent == 0
                    ? (bits & 0x3ff) * Math.pow(2, -24)
                    : (0x400 + (bits & 0x3ff)) * Math.pow(2, exponent - 25);
            assertThat((double) Tensor.halfToFloat((short) bits))
                    .as("half 0x%04x", bits)
                    .isEqualTo(expected);
        }
    }

    private static Tensor view(long[] sizes, long[] strides) {
        return new Tensor(DType.FLOAT32, sizes, strides, sixFloats());
    }

    private static ByteBuffer sixFloats() {
        ByteBuffer buffer = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(SIX);
        return buffer;
    }
}
