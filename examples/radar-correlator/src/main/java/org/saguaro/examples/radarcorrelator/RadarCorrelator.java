// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.radarcorrelator;

import org.osgi.service.component.annotations.Component;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/**
 * Finds how much later an echo comes than the pulse that was sent: where their correlation, the inverse transform of the product of their
 * transforms, is largest. Four calls, issued at once.
 */
@Component(property = LayerApplication.NAME_PROPERTY + "=radar-correlator")
public final class RadarCorrelator implements LayerApplication {

    private final Recordings recordings = new Recordings();

    @Override
    public long inputBits() {
        return (long) Recordings.POINTS * DType.COMPLEX64.sizeBytes() * Byte.SIZE;
    }

    @Override
    public int samples() {
        return Recordings.SAMPLES;
    }

    @Override
    public Outcome run(LayerSession session, int sample) throws RequestException, InterruptedException {
        Correlation expected = recordings.correlation(sample);
        try (LayerScope batch = session.batch()) {
            DeviceTensor echo = batch.fft(batch.tensor(recordings.echo(sample)));
            DeviceTensor pulse = batch.fft(batch.tensor(recordings.pulse()));
            Tensor correlation =
                    batch.ifft(batch.multiplyConjugate(echo, pulse)).read();
            return recordings.target(sample).outcome(Correlation.of(correlation), expected);
        }
    }
}
