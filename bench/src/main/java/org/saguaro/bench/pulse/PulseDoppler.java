// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;

/**
 * The call structure of a Pulse Doppler application: for each of 128 pulses the transforms of echo and reference, beside each other, their
 * product, conjugated, and its inverse transform; when all pulses are there, 128 transforms beside each other. 640 calls.
 */
public final class PulseDoppler implements AutoCloseable {

    static final int PULSES = 128;
    static final int POINTS = 128;
    static final int CALLS = PULSES * 5;

    private final LayerSession session;
    private final List<DeviceTensor> echoes = new ArrayList<>();
    private final List<DeviceTensor> references = new ArrayList<>();
    private LayerScope scope;
    private List<DeviceTensor> pulses = List.of();
    private List<DeviceTensor> results = List.of();

    PulseDoppler(Layers layers, int number) {
        session = layers.open("pulse-doppler-" + number);
        Random random = new Random(number);
        for (int i = 0; i < PULSES; i++) {
            echoes.add(session.tensor(noise(random)));
            references.add(session.tensor(noise(random)));
        }
        scope = session.scope();
    }

    /** A tensor of {@link #POINTS} complex numbers. */
    public static Tensor noise(Random random) {
        ByteBuffer bytes = ByteBuffer.allocate(POINTS * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2 * POINTS; i++) {
            bytes.putFloat(4 * i, random.nextFloat() - 0.5f);
        }
        return Tensor.dense(DType.COMPLEX64, new long[] {POINTS}, bytes);
    }

    /** Issues the first part and returns. */
    void compress() {
        scope = session.scope();
        LayerScope batch = scope.batch();
        List<DeviceTensor> compressed = new ArrayList<>(PULSES);
        for (int i = 0; i < PULSES; i++) {
            DeviceTensor echo = batch.fft(echoes.get(i));
            DeviceTensor reference = batch.fft(references.get(i));
            compressed.add(batch.ifft(batch.multiplyConjugate(echo, reference)));
        }
        batch.flush();
        pulses = compressed;
    }

    /** Waits for the first part and issues the second one. */
    void filter() throws RequestException, InterruptedException {
        for (DeviceTensor pulse : pulses) {
            pulse.await();
        }
        LayerScope batch = scope.batch();
        List<DeviceTensor> filtered = new ArrayList<>(PULSES);
        for (DeviceTensor pulse : pulses) {
            filtered.add(batch.fft(pulse));
        }
        batch.flush();
        results = filtered;
    }

    /** Waits for the second part and gives all tensors but the inputs back. */
    void finish() throws RequestException, InterruptedException {
        for (DeviceTensor result : results) {
            result.await();
        }
        scope.close();
    }

    @Override
    public void close() {
        session.close();
    }
}
