// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaPool;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.engine.EngineSettings;
import org.saguaro.accel.zynq.kernel.WeightStore;

/** One device with the overlays it may hold, and which it holds now. Thread-safe. */
final class Fpga implements AutoCloseable {

    /** What the logic holds. */
    private record Loaded(Overlay overlay, List<EnginePort> ports) {}

    private final FpgaDevice device;
    private final boolean simulated;
    private final EngineSettings settings;
    private final List<Overlay> overlays;
    private final DmaPool pool;
    private final WeightStore weights;
    private volatile @Nullable Loaded loaded;
    private final long openedNanos = System.nanoTime();
    private volatile int loads;
    private volatile long lastLoadNanos;
    private volatile @Nullable String lastError;

    /**
     * @param device closed with this
     * @param simulated whether its time is counted in cycles
     * @param overlays that may be loaded, one or more
     */
    Fpga(FpgaDevice device, boolean simulated, EngineSettings settings, List<Overlay> overlays) {
        this.device = device;
        this.simulated = simulated;
        this.settings = settings;
        this.overlays = List.copyOf(overlays);
        pool = new DmaPool(device.name(), device.memory());
        weights = new WeightStore(pool);
    }

    String name() {
        return device.name();
    }

    boolean isSimulated() {
        return simulated;
    }

    EngineSettings settings() {
        return settings;
    }

    List<Overlay> overlays() {
        return overlays;
    }

    DmaPool pool() {
        return pool;
    }

    WeightStore weights() {
        return weights;
    }

    /** The overlay that the logic holds; null if that is not known. */
    @Nullable
    Overlay overlay() {
        Loaded now = loaded;
        return now == null ? null : now.overlay();
    }

    /** Since the device was opened. */
    double secondsOpen() {
        return (System.nanoTime() - openedNanos) / 1e9;
    }

    /** How often an overlay was loaded. */
    int loads() {
        return loads;
    }

    /** What went wrong last; null if nothing did. */
    @Nullable
    String lastError() {
        return lastError;
    }

    void failed(AccelException failure) {
        lastError = failure.getMessage();
    }

    /**
     * Loads an overlay, unless it is loaded.
     *
     * @throws AccelException {@code DEVICE_LOST} if it cannot be loaded
     */
    synchronized void load(Overlay wanted) throws AccelException {
        if (wanted.equals(overlay())) {
            return;
        }
        loaded = null;
        long begun = System.nanoTime();
        try {
            loaded = new Loaded(wanted, device.load(wanted));
        } catch (DeviceException e) {
            AccelException failure = new AccelException(
                    AccelException.Category.DEVICE_LOST,
                    device.name() + ": overlay " + wanted.name() + ": " + e.getMessage(),
                    e);
            failed(failure);
            throw failure;
        }
        lastLoadNanos = System.nanoTime() - begun;
        loads++;
    }

    /** What loading takes: measured, or as the manifest says; of a simulated device always the latter. */
    long loadNanos(Overlay overlay) {
        return simulated || loads == 0 ? overlay.loadNanos() : lastLoadNanos;
    }

    /** What the last load took; 0 if there was none. */
    long lastLoadMillis() {
        return TimeUnit.NANOSECONDS.toMillis(lastLoadNanos);
    }

    /**
     * The way to an engine.
     *
     * @throws AccelException {@code DEVICE_LOST} if the logic holds another overlay
     */
    EnginePort port(Overlay overlay, int index) throws AccelException {
        Loaded now = loaded;
        if (now != null && now.overlay().equals(overlay)) {
            return now.ports().get(index);
        }
        throw new AccelException(
                AccelException.Category.DEVICE_LOST,
                device.name() + ": the programmable logic holds "
                        + (now == null
                                ? "no known overlay"
                                : "overlay " + now.overlay().name()) + ", not "
                        + overlay.name());
    }

    @Override
    public void close() {
        loaded = null;
        device.close();
    }
}
