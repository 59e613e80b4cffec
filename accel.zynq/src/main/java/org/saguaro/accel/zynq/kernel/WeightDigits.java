// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import org.saguaro.accel.zynq.kernel.Product.WeightOrder;

/** The weights of a product as integers with a scale per output channel, in digits. Reused for weights that change; then it makes no garbage. */
final class WeightDigits {

    private final int outputs;
    private final int inputs;
    private final int taps;
    private final int limbs;
    private final byte[][] digits;
    private final double[] scales;
    private final double[] corrections;

    /**
     * @param outputs output channels
     * @param inputs input channels of a group
     * @param taps elements of the kernel
     */
    WeightDigits(int outputs, int inputs, int taps, int limbs) {
        this.outputs = outputs;
        this.inputs = inputs;
        this.taps = taps;
        this.limbs = limbs;
        digits = new byte[limbs][outputs * inputs * taps];
        scales = new double[outputs];
        corrections = new double[outputs];
    }

    /**
     * Takes the weights over.
     *
     * @param first element in {@code bytes}
     * @return whether all are finite; if not, nothing here may be used
     */
    boolean take(ByteBuffer bytes, int first, WeightOrder order) {
        for (int output = 0; output < outputs; output++) {
            int base = first + output * order.perOutput();
            int largest = 0;
            for (int input = 0; input < inputs; input++) {
                largest = Math.max(largest, Floats.largestBits(bytes, base + input * order.perInput(), taps));
            }
            if (largest >= Floats.NOT_FINITE) {
                return false;
            }
            double magnitude = Float.intBitsToFloat(largest);
            int limit = Limbs.limit(limbs);
            scales[output] = magnitude / limit;
            double inverse = magnitude == 0 ? 0 : limit / magnitude;
            int sum = 0;
            int at = output * inputs * taps;
            for (int input = 0; input < inputs; input++) {
                int from = base + input * order.perInput();
                for (int tap = 0; tap < taps; tap++, at++) {
                    int q = Quantised.round(bytes.getFloat((from + tap) * Float.BYTES) * inverse);
                    sum += q;
                    for (int limb = 0; limb < limbs - 1; limb++) {
                        int rest = Limbs.upper(q);
                        digits[limb][at] = (byte) (q - Limbs.RADIX * rest);
                        q = rest;
                    }
                    digits[limbs - 1][at] = (byte) q;
                }
            }
            corrections[output] = (double) Strip.SHIFT * sum;
        }
        return true;
    }

    /** Digits of that order, by output channel, input channel of the group, tap. */
    byte[] digits(int limb) {
        return digits[limb];
    }

    /** What an integer counts, per output channel. */
    double[] scales() {
        return scales;
    }

    /**
     * What the sum of an output channel is too large by where the activations' zero is {@link Strip#SHIFT}; meant for one limb. This object's, like the
     * scales: they stay as they are unless other weights are taken.
     */
    double[] corrections() {
        return corrections;
    }
}
