// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.osgi.service.component.annotations.Component;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerApplication;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/**
 * Compresses the echoes of 128 pulses, each by transforms of echo and pulse beside each other, their product and its inverse transform;
 * then transforms every range cell over the pulses. The whole graph is issued at once and stays where it is computed, the corner turn
 * between both parts too; only the magnitudes come to the host, where the largest one is looked for.
 *
 * <p>M. A. Richards, Fundamentals of Radar Signal Processing, 2nd ed., McGraw-Hill 2014, chapters 4 and 5.
 */
@Component(property = LayerApplication.NAME_PROPERTY + "=pulse-doppler")
public final class PulseDoppler implements LayerApplication {

    private static final TensorSpec CELL = TensorSpec.of(DType.COMPLEX64, Radar.PULSES);

    private final Recordings recordings = new Recordings();

    @Override
    public long inputBits() {
        return (long) Radar.PULSES * Radar.POINTS * DType.COMPLEX64.sizeBytes() * Byte.SIZE;
    }

    @Override
    public int samples() {
        return Recordings.SAMPLES;
    }

    @Override
    public Outcome run(LayerSession session, int sample) throws RequestException, InterruptedException {
        try (LayerScope batch = session.batch()) {
            DeviceTensor cells = turned(batch, compressed(batch, recordings.echoes(sample)));
            RangeDopplerMap map =
                    new RangeDopplerMap(magnitudes(batch, cells).read().toFloats());
            return new Inspection(recordings.target(sample), recordings.profiles(sample)).of(map);
        }
    }

    /** Pulses after the matched filter, one behind the other. */
    private DeviceTensor compressed(LayerScope scope, List<Tensor> echoes) {
        DeviceTensor pulse = scope.tensor(recordings.pulse());
        List<DeviceTensor> pulses = new ArrayList<>(Radar.PULSES);
        for (Tensor echo : echoes) {
            DeviceTensor received = scope.fft(scope.tensor(echo));
            DeviceTensor sent = scope.fft(pulse);
            pulses.add(scope.ifft(scope.multiplyConjugate(received, sent)));
        }
        return scope.concat(0, pulses);
    }

    /** The corner turn and the transforms of range cells over the pulses: rows are ranges, columns velocities. */
    private static DeviceTensor turned(LayerScope scope, DeviceTensor compressed) {
        List<DeviceTensor> cells = scope.operator("aten.unbind.int")
                .tensor("self", scope.reshape(compressed, Radar.PULSES, Radar.POINTS))
                .integer("dim", 1)
                .makes(Collections.nCopies(Radar.POINTS, CELL).toArray(TensorSpec[]::new))
                .call(Radar.POINTS);
        List<DeviceTensor> spectra = new ArrayList<>(Radar.POINTS);
        for (DeviceTensor cell : cells) {
            spectra.add(scope.fft(cell));
        }
        return scope.reshape(scope.concat(0, spectra), Radar.POINTS, Radar.PULSES);
    }

    /** With velocity 0 in the middle. */
    private static DeviceTensor magnitudes(LayerScope scope, DeviceTensor cells) {
        return scope.abs(scope.fftShift(cells, 1));
    }
}
