// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;

/** Finds out how much later an echo comes than the pulse that was sent. */
final class RadarCorrelator implements AutoCloseable {

    private static final int POINTS = 512;

    private final LayerSession session;
    private final DeviceTensor pulse;

    RadarCorrelator(Layers layers, float[] sent) {
        session = layers.open("radar-correlator");
        pulse = session.tensor(complex(sent));
    }

    /** The delay in samples: one chain of six calls, issued at once; only the last one's result comes to the host. */
    long delayOf(float[] received) throws RequestException, InterruptedException {
        try (LayerScope scope = session.scope()) {
            DeviceTensor echo = scope.tensor(complex(received));
            DeviceTensor product = scope.multiplyConjugate(scope.fft(echo), scope.fft(pulse));
            DeviceTensor correlation = scope.abs(scope.ifft(product));
            return scope.argmax(correlation, 0).read().bytes().getLong(0);
        }
    }

    @Override
    public void close() {
        session.close();
    }

    private static Tensor complex(float[] samples) {
        ByteBuffer bytes =
                ByteBuffer.allocate(POINTS * DType.COMPLEX64.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < samples.length; i++) {
            bytes.putFloat(8 * i, samples[i]);
        }
        return Tensor.dense(DType.COMPLEX64, new long[] {POINTS}, bytes);
    }
}
