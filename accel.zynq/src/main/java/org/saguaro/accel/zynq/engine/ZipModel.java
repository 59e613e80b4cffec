// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/** What the ZIP engine must compute, bit for bit but for the payload of NaN. */
public final class ZipModel {

    private ZipModel() {}

    /**
     * Element by element.
     *
     * @param a re, im, re, im, ...
     * @param b as long
     */
    public static float[] compute(ZipEngine.Operation operation, float[] a, float[] b) {
        float[] result = new float[a.length];
        for (int i = 0; i < a.length; i += 2) {
            float re = a[i];
            float im = a[i + 1];
            switch (operation) {
                case ADD -> {
                    result[i] = re + b[i];
                    result[i + 1] = im + b[i + 1];
                }
                case SUBTRACT -> {
                    result[i] = re - b[i];
                    result[i + 1] = im - b[i + 1];
                }
                case MULTIPLY -> {
                    result[i] = re * b[i] - im * b[i + 1];
                    result[i + 1] = im * b[i] + re * b[i + 1];
                }
                case MULTIPLY_CONJUGATE -> {
                    result[i] = re * b[i] + im * b[i + 1];
                    result[i + 1] = im * b[i] - re * b[i + 1];
                }
            }
        }
        return result;
    }
}
