// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/**
 * What becomes of the sums. Scales and biases are per output channel and go with the weights.
 *
 * @param kind of the output's elements
 * @param clampLow INT8: the least value; FLOAT32: the bits of the least value
 * @param clampHigh likewise, the largest
 * @param zeroPoint INT8: added after scaling
 * @param padValue what stands outside the image: the input's zero point; -128 for max pooling
 */
public record ConvFormat(Kind kind, int clampLow, int clampHigh, int zeroPoint, int padValue) {

    /** Elements of the output. */
    public enum Kind {
        /** {@code clamp((sum * multiplier rounded and shifted right) + zero point)}. */
        INT8(1),
        /** {@code clamp((float) sum * scale)}. */
        FLOAT32(4),
        /** The sum. */
        INT32(4);

        private final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }

        /** Of one element. */
        public int bytes() {
            return bytes;
        }
    }

    public ConvFormat {
        if (padValue < Byte.MIN_VALUE
                || padValue > Byte.MAX_VALUE
                || zeroPoint < Byte.MIN_VALUE
                || zeroPoint > Byte.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "zero points " + padValue + " and " + zeroPoint + ", expected values of int8");
        }
    }

    /** The sums as they are. */
    public static ConvFormat int32() {
        return new ConvFormat(Kind.INT32, 0, 0, 0, 0);
    }

    /** Scaled to float32, then clamped; infinities clamp nothing. */
    public static ConvFormat float32(float low, float high) {
        return new ConvFormat(Kind.FLOAT32, Float.floatToRawIntBits(low), Float.floatToRawIntBits(high), 0, 0);
    }

    /** Requantised to int8, then clamped. Scales are {@link #requantise}. */
    public static ConvFormat int8(int low, int high, int zeroPoint) {
        return new ConvFormat(Kind.INT8, low, high, zeroPoint, 0);
    }

    /** This with another value outside the image. */
    public ConvFormat padded(int value) {
        return new ConvFormat(kind, clampLow, clampHigh, zeroPoint, value);
    }

    /**
     * The multiplier of an INT8 output's channel that comes closest to {@code scale}: {@code shift << 16 | mantissa}, to a precision of 2^-16.
     *
     * @param scale 0 up to 65535
     */
    public static int requantise(double scale) {
        if (!(scale >= 0 && scale <= 65535)) {
            throw new IllegalArgumentException("an output scale of " + scale + ", expected 0 to 65535");
        }
        int shift = 0;
        double mantissa = scale;
        while (shift < 47 && mantissa * 2 <= 65535) {
            mantissa *= 2;
            shift++;
        }
        return shift << 16 | (int) Math.rint(mantissa);
    }
}
