// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.fidelity;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * Instances with the structure of Pulse Doppler on a few pulses: transforms of echo and reference, their product, its inverse; when all are
 * there, a transform for each. Every instance has a thread and a session of its own.
 */
final class Radar implements Traffic.Server, AutoCloseable {

    private static final String NAME = "radar";
    private static final int PULSES = 16;
    private static final int POINTS = 1024;
    private static final int RECORDED = 21;

    private final Layers layers;
    private final List<Tensor> noise = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> new Thread(task, "bench-radar"));
    private long workNanos = 1;
    private @Nullable LayerSession reference;

    Radar(Layers layers) {
        this.layers = layers;
        Random random = new Random(1);
        for (int i = 0; i < 2 * PULSES; i++) {
            noise.add(noise(random));
        }
    }

    private static Tensor noise(Random random) {
        ByteBuffer bytes = ByteBuffer.allocate(POINTS * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2 * POINTS; i++) {
            bytes.putFloat(4 * i, random.nextFloat() - 0.5f);
        }
        return Tensor.dense(DType.COMPLEX64, new long[] {POINTS}, bytes);
    }

    private void instance(LayerSession session) throws RequestException, InterruptedException {
        List<DeviceTensor> compressed = new ArrayList<>();
        try (LayerScope batch = session.batch()) {
            for (int i = 0; i < PULSES; i++) {
                DeviceTensor echo = batch.fft(batch.tensor(noise.get(2 * i)));
                DeviceTensor reference = batch.fft(batch.tensor(noise.get(2 * i + 1)));
                compressed.add(batch.ifft(batch.multiplyConjugate(echo, reference)));
            }
            batch.flush();
            for (DeviceTensor pulse : compressed) {
                pulse.await();
            }
            List<DeviceTensor> filtered = new ArrayList<>();
            for (DeviceTensor pulse : compressed) {
                filtered.add(batch.fft(pulse));
            }
            batch.flush();
            for (DeviceTensor result : filtered) {
                result.await();
            }
        }
    }

    /** Returns the number of its session. */
    long run() throws RequestException, InterruptedException {
        try (LayerSession session = layers.open(NAME)) {
            instance(session);
            return session.number();
        }
    }

    /** Records some instances, of which the one counts in which the application's own time is the median. */
    void record() throws RequestException, InterruptedException {
        List<LayerSession> sessions = new ArrayList<>();
        for (int i = 0; i < RECORDED; i++) {
            LayerSession session = layers.open(NAME, LayerOptions.DEFAULT.withRecording());
            sessions.add(session);
            instance(session);
            session.awaitCalls();
        }
        sessions.sort(Comparator.comparingLong(Radar::ownNanos));
        reference = sessions.remove(RECORDED / 2);
        sessions.forEach(LayerSession::close);
    }

    private static long ownNanos(LayerSession session) {
        return session.profile().tasks().stream()
                .mapToLong(TaskProfile::delayNanos)
                .sum();
    }

    /** With what the cost model believes now. After {@link #record}. */
    ApplicationProfile profile() {
        return Objects.requireNonNull(reference, "nothing is recorded").profile();
    }

    void workNanos(long nanos) {
        workNanos = nanos;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public long workNanos() {
        return workNanos;
    }

    @Override
    public void send(Traffic.End end) {
        threads.execute(() -> {
            long number = Traffic.End.NONE;
            try {
                number = run();
            } catch (RequestException | RejectedExecutionException e) {
                System.err.println("an instance has no result: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                end.ended(number);
            }
        });
    }

    @Override
    public void close() {
        threads.shutdown();
        if (reference != null) {
            reference.close();
        }
    }
}
