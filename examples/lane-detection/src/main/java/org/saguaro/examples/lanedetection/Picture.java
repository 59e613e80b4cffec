// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

/** A colour picture. */
final class Picture {

    static final int ROWS = 128;
    static final int COLUMNS = 256;
    static final int CHANNELS = 3;

    private final byte[] samples;

    /** @param samples red, green and blue of each pixel, row by row; kept, not copied */
    Picture(byte[] samples) {
        this.samples = samples;
    }

    /** Luma as of ITU-R BT.601, 0 to 255, row by row. */
    float[] grey() {
        float[] grey = new float[ROWS * COLUMNS];
        for (int i = 0; i < grey.length; i++) {
            int at = CHANNELS * i;
            grey[i] = (float) (0.299 * Byte.toUnsignedInt(samples[at])
                    + 0.587 * Byte.toUnsignedInt(samples[at + 1])
                    + 0.114 * Byte.toUnsignedInt(samples[at + 2]));
        }
        return grey;
    }
}
