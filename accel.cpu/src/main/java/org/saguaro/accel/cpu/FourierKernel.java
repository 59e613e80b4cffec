// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.nio.ByteBuffer;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;

/**
 * {@code fft_fft} and {@code fft_ifft} of complex64 over the last dimension, of 2^k points, in Java: a call of libtorch costs more than a
 * small transform. Works on the buffers where they are.
 */
final class FourierKernel extends SignalKernel {

    private final FourierTransform transform;
    private final int points;

    FourierKernel(String device, String name, long[] sizes, boolean inverse) {
        super(device, name, 1, sizes);
        points = Math.toIntExact(sizes[sizes.length - 1]);
        transform = new FourierTransform(points, inverse);
    }

    @Override
    void compute(TensorBuffer[] inputs, TensorBuffer output) throws AccelException {
        ByteBuffer source = inputs[0].host().bytes();
        ByteBuffer target = output.host().bytes();
        int rowBytes = points * DType.COMPLEX64.sizeBytes();
        int end = Math.toIntExact(output.sizeBytes());
        for (int row = 0; row < end; row += rowBytes) {
            float[] re = transform.re();
            float[] im = transform.im();
            for (int i = 0; i < points; i++) {
                re[i] = source.getFloat(row + 8 * i);
                im[i] = source.getFloat(row + 8 * i + 4);
            }
            transform.run();
            re = transform.re();
            im = transform.im();
            for (int i = 0; i < points; i++) {
                target.putFloat(row + 8 * i, re[i]);
                target.putFloat(row + 8 * i + 4, im[i]);
            }
        }
    }
}
