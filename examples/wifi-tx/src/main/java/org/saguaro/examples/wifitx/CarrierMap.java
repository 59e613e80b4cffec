// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

/**
 * Which subcarrier carries what: QPSK on 108 of them, pilots on 6, nothing around zero frequency and at the edges. Spectra are real and
 * imaginary parts in turns, from frequency 0 upwards, negative frequencies in the second half.
 */
final class CarrierMap {

    private static final int OUTERMOST = 58;
    private static final int INNERMOST = 2;
    private static final int[] PILOT_CARRIERS = {-53, -25, -11, 11, 25, 53};
    private static final int[] PILOT_PATTERN = {1, 1, 1, -1, -1, 1};
    /** The signal fields of a real frame use up the first polarities. */
    private static final int POLARITIES_BEFORE_DATA = 3;

    private static final int POLARITY_PERIOD = 127;
    private static final int[] POLARITY = polarity();
    private static final int[] DATA_BINS = dataBins();
    /** Makes the mean power of the waveform 1; the inverse transform divides by the number of points. */
    private static final double AMPLITUDE =
            FrameFormat.POINTS / Math.sqrt(FrameFormat.DATA_CARRIERS + (double) FrameFormat.PILOTS);

    private CarrierMap() {}

    /**
     * The spectrum of a symbol.
     *
     * @param interleaved the bits of the whole frame
     */
    static float[] spectrum(byte[] interleaved, int symbol) {
        float[] spectrum = new float[2 * FrameFormat.POINTS];
        float part = (float) (AMPLITUDE / Math.sqrt(2));
        int bit = symbol * FrameFormat.CODED_BITS_PER_SYMBOL;
        for (int bin : DATA_BINS) {
            spectrum[2 * bin] = interleaved[bit++] == 0 ? -part : part;
            spectrum[2 * bin + 1] = interleaved[bit++] == 0 ? -part : part;
        }
        for (int i = 0; i < PILOT_CARRIERS.length; i++) {
            spectrum[2 * bin(PILOT_CARRIERS[i])] = (float) (AMPLITUDE * pilot(i, symbol));
        }
        return spectrum;
    }

    /** What was received of each bit of a symbol, as {@link ViterbiDecoder} takes it; put behind one another from {@code at} on. */
    static void demap(float[] spectrum, float[] received, int at) {
        int next = at;
        for (int bin : DATA_BINS) {
            received[next++] = spectrum[2 * bin];
            received[next++] = spectrum[2 * bin + 1];
        }
    }

    private static int pilot(int index, int symbol) {
        return POLARITY[(symbol + POLARITIES_BEFORE_DATA) % POLARITY_PERIOD]
                * PILOT_PATTERN[(index + symbol) % PILOT_PATTERN.length];
    }

    private static int bin(int carrier) {
        return Math.floorMod(carrier, FrameFormat.POINTS);
    }

    private static int[] polarity() {
        Scrambler ones = new Scrambler(POLARITY_PERIOD);
        int[] polarity = new int[POLARITY_PERIOD];
        for (int i = 0; i < polarity.length; i++) {
            polarity[i] = 1 - 2 * ones.next();
        }
        return polarity;
    }

    private static int[] dataBins() {
        int[] bins = new int[FrameFormat.DATA_CARRIERS];
        int next = 0;
        for (int carrier = -OUTERMOST; carrier <= OUTERMOST; carrier++) {
            if (Math.abs(carrier) >= INNERMOST && !isPilot(carrier)) {
                bins[next++] = bin(carrier);
            }
        }
        return bins;
    }

    private static boolean isPilot(int carrier) {
        for (int pilot : PILOT_CARRIERS) {
            if (pilot == carrier) {
                return true;
            }
        }
        return false;
    }
}
