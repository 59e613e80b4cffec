// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import java.util.Arrays;

/**
 * The most likely bits behind what was received of a {@link ConvolutionalCode}, in soft decision: the path through the trellis with the
 * largest correlation. O(states * bits).
 *
 * <p>A. J. Viterbi, Error bounds for convolutional codes and an asymptotically optimum decoding algorithm, IEEE Trans. Inf. Theory 13 (2),
 * 1967.
 */
final class ViterbiDecoder {

    private static final int STATES = ConvolutionalCode.STATES;

    private ViterbiDecoder() {}

    /**
     * Decodes from the first state back to it.
     *
     * @param received a number per coded bit, the larger the more likely it is 1, 0 if unknown
     * @param bits how many to decode, the tail included that brings the encoder back
     */
    static byte[] decode(float[] received, int bits) {
        float[] metrics = new float[STATES];
        float[] former = new float[STATES];
        Arrays.fill(metrics, Float.NEGATIVE_INFINITY);
        metrics[0] = 0;
        // Which of its two former states the best path into a state comes from.
        boolean[][] fromOdd = new boolean[bits][STATES];
        for (int step = 0; step < bits; step++) {
            float[] swapped = former;
            former = metrics;
            metrics = swapped;
            float first = received[2 * step];
            float second = received[2 * step + 1];
            for (int state = 0; state < STATES; state++) {
                int even = (state << 1) & (STATES - 1);
                int bit = state >>> (ConvolutionalCode.MEMORY - 1);
                float throughEven = former[even] + likelihood(even, bit, first, second);
                float throughOdd = former[even + 1] + likelihood(even + 1, bit, first, second);
                fromOdd[step][state] = throughOdd > throughEven;
                metrics[state] = Math.max(throughEven, throughOdd);
            }
        }
        return traceBack(fromOdd);
    }

    private static float likelihood(int state, int bit, float first, float second) {
        int coded = ConvolutionalCode.coded(state, bit);
        return ((coded & 2) == 0 ? -first : first) + ((coded & 1) == 0 ? -second : second);
    }

    private static byte[] traceBack(boolean[][] fromOdd) {
        byte[] bits = new byte[fromOdd.length];
        int state = 0;
        for (int step = bits.length - 1; step >= 0; step--) {
            bits[step] = (byte) (state >>> (ConvolutionalCode.MEMORY - 1));
            state = ((state << 1) & (STATES - 1)) + (fromOdd[step][state] ? 1 : 0);
        }
        return bits;
    }
}
