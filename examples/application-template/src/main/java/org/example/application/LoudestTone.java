// SPDX-License-Identifier: Apache-2.0
package org.example.application;

import org.osgi.service.component.annotations.Component;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/** Finds the loudest of two tones: a Fourier transform and its magnitudes on whatever processing elements there are, the rest here. */
@Component(property = LayerApplication.NAME_PROPERTY + "=loudest-tone")
public final class LoudestTone implements LayerApplication {

    static final int POINTS = 256;
    private static final int[] TONES = {5, 40, 99};

    @Override
    public long inputBits() {
        return (long) POINTS * Float.SIZE;
    }

    @Override
    public int samples() {
        return TONES.length;
    }

    @Override
    public Outcome run(LayerSession session, int sample) throws RequestException, InterruptedException {
        int tone = TONES[sample];
        // Whatever is made in the scope is freed with it. Calls of a batch become ready together; reading lets them go.
        try (LayerScope batch = session.batch()) {
            DeviceTensor signal = batch.tensor(Tensor.of(signal(tone), POINTS));
            DeviceTensor magnitudes = batch.abs(batch.fft(signal));
            int loudest = loudest(magnitudes.read().toFloats());
            return new Outcome("tone " + loudest, "tone " + tone, loudest == tone);
        }
    }

    /** A loud tone and one half as loud, an octave above. */
    static float[] signal(int tone) {
        float[] signal = new float[POINTS];
        for (int i = 0; i < POINTS; i++) {
            double turn = 2 * Math.PI * tone * i / POINTS;
            signal[i] = (float) (Math.sin(turn) + 0.5 * Math.sin(2 * turn));
        }
        return signal;
    }

    /** Where the first half is largest; the second half mirrors it. */
    static int loudest(float[] magnitudes) {
        int loudest = 0;
        for (int i = 1; i < magnitudes.length / 2; i++) {
            if (magnitudes[i] > magnitudes[loudest]) {
                loudest = i;
            }
        }
        return loudest;
    }
}
