// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.engine.Engine;
import org.saguaro.accel.zynq.engine.EngineSettings;
import org.saguaro.accel.zynq.kernel.EngineSource;
import org.saguaro.accel.zynq.kernel.WorkLog;

/** The place of an engine in an overlay: the engine that is there while the overlay is loaded. Used by the PE's worker thread, but for the figures. */
final class EngineSlot<E extends Engine> implements EngineSource<E>, WorkLog {

    /** Makes the driver of an engine. */
    @FunctionalInterface
    interface Driver<E> {
        E drive(EnginePort port, DmaRegion memory, EngineSettings settings);
    }

    private final Fpga fpga;
    private final Overlay overlay;
    private final int index;
    private final Driver<E> driver;
    private final LongAdder cycles = new LongAdder();
    private final LongAdder commands = new LongAdder();
    private final LongAdder operations = new LongAdder();
    private @Nullable EnginePort port;
    private @Nullable E engine;

    EngineSlot(Fpga fpga, Overlay overlay, int index, Driver<E> driver) {
        this.fpga = fpga;
        this.overlay = overlay;
        this.index = index;
        this.driver = driver;
    }

    @Override
    public E engine() throws AccelException {
        EnginePort current = fpga.port(overlay, index);
        E known = engine;
        if (known == null || current != port) {
            known = driver.drive(current, fpga.pool().region(), fpga.settings());
            engine = known;
            port = current;
        }
        return known;
    }

    @Override
    public void done(int ended, long took, long needed) {
        commands.add(ended);
        cycles.add(took);
        operations.add(needed);
    }

    @Override
    public void failed(AccelException failure) {
        fpga.failed(failure);
    }

    /** Brings the engine about; does nothing if it is there. */
    void loadOverlay() throws AccelException {
        fpga.load(overlay);
    }

    /** What that is expected to take. */
    long overlayLoadNanos() {
        return fpga.loadNanos(overlay);
    }

    EngineDescription description() {
        return overlay.engines().get(index);
    }

    Overlay overlay() {
        return overlay;
    }

    /**
     * What the engine has done since the device was opened.
     *
     * @param peak operations per cycle that it can do at most
     */
    CycleCount count(double peak) {
        return new CycleCount(
                commands.sum(),
                cycles.sum(),
                operations.sum(),
                peak,
                overlay.clockHz(),
                overlay.clockAssumed(),
                fpga.isSimulated());
    }
}
