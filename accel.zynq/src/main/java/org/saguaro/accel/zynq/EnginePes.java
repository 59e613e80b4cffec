// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.engine.ConvArray;
import org.saguaro.accel.zynq.engine.ConvEngine;
import org.saguaro.accel.zynq.engine.Engine;
import org.saguaro.accel.zynq.engine.FftEngine;
import org.saguaro.accel.zynq.engine.ZipEngine;
import org.saguaro.accel.zynq.kernel.ConvKernels;
import org.saguaro.accel.zynq.kernel.FftKernels;
import org.saguaro.accel.zynq.kernel.KernelMaker;
import org.saguaro.accel.zynq.kernel.KernelSettings;
import org.saguaro.accel.zynq.kernel.ZipKernels;

/** The processing elements of a device: one per engine of every overlay. */
final class EnginePes {

    /** Bytes of a beat on an engine's memory port. */
    private static final int BEAT_BYTES = 16;
    /** About forty register writes, an interrupt and its system calls. */
    private static final long LAUNCH_NANOS = 30_000;
    /** Of the array's peak, and by how many passes float32 is slower than one of 8 bits. */
    private static final double UTILISATION = 0.7;

    private static final double FLOAT32_PASSES = 6;
    /** A butterfly has ten operations; loading and storing take a third of the time. */
    private static final double FFT_OPERATIONS_PER_CYCLE = 7;
    /** Of a complex product. */
    private static final double ZIP_OPERATIONS_PER_CYCLE = 6;

    /** A processing element and the figures of its engine. */
    record Entry(EnginePe pe, EngineSlot<? extends Engine> slot) {}

    private final Fpga fpga;

    private EnginePes(Fpga fpga) {
        this.fpga = fpga;
    }

    /**
     * All of them; the engines of the overlay that is loaded are asked how large they are.
     *
     * @throws AccelException {@code DEVICE_LOST} if one does not answer
     */
    static List<Entry> of(Fpga fpga) throws AccelException {
        EnginePes maker = new EnginePes(fpga);
        List<Entry> entries = new ArrayList<>();
        for (Overlay overlay : fpga.overlays()) {
            for (int i = 0; i < overlay.engines().size(); i++) {
                entries.add(maker.entry(overlay, i));
            }
        }
        return entries;
    }

    private Entry entry(Overlay overlay, int index) throws AccelException {
        EngineDescription engine = overlay.engines().get(index);
        String id = fpga.overlays().size() == 1 ? engine.name() : overlay.name() + "." + engine.name();
        return switch (engine.kind()) {
            case CONV -> conv(overlay, index, id);
            case FFT -> {
                EngineSlot<FftEngine> slot = new EngineSlot<>(fpga, overlay, index, FftEngine::new);
                checkIfLoaded(slot);
                yield signal(slot, id, "zynq-fft", FFT_OPERATIONS_PER_CYCLE, new FftKernels(settings(slot, id), slot));
            }
            case ZIP -> {
                EngineSlot<ZipEngine> slot = new EngineSlot<>(fpga, overlay, index, ZipEngine::new);
                checkIfLoaded(slot);
                yield signal(slot, id, "zynq-zip", ZIP_OPERATIONS_PER_CYCLE, new ZipKernels(settings(slot, id), slot));
            }
        };
    }

    private Entry conv(Overlay overlay, int index, String id) throws AccelException {
        EngineSlot<ConvEngine> slot = new EngineSlot<>(fpga, overlay, index, ConvEngine::new);
        ConvArray array = overlay.equals(fpga.overlay()) ? slot.engine().array() : ConvArray.OVERLAY;
        ConvKernels kernels = new ConvKernels(settings(slot, id), slot, array, fpga.weights());
        double operationsPerSecond = 2.0 * array.macsPerCycle() * overlay.clockHz() * UTILISATION / FLOAT32_PASSES;
        // Engines of other sizes are other types: they take other times.
        String type = array.equals(ConvArray.OVERLAY) ? "zynq-conv" : "zynq-conv" + array.lanes();
        PeDescriptor descriptor = descriptor(overlay, id, type, operationsPerSecond);
        EnginePe pe = isAlone()
                ? new ConvPe(descriptor, overlay.name(), kernels)
                : new ReconfigurablePe.Conv(descriptor, fpga, overlay, kernels);
        return new Entry(pe, slot);
    }

    private Entry signal(
            EngineSlot<? extends Engine> slot, String id, String type, double operationsPerCycle, KernelMaker kernels) {
        Overlay overlay = slot.overlay();
        PeDescriptor descriptor = descriptor(overlay, id, type, operationsPerCycle * overlay.clockHz());
        EnginePe pe = isAlone()
                ? new EnginePe(descriptor, overlay.name(), kernels)
                : new ReconfigurablePe(descriptor, fpga, overlay, kernels);
        return new Entry(pe, slot);
    }

    private boolean isAlone() {
        return fpga.overlays().size() == 1;
    }

    private void checkIfLoaded(EngineSlot<? extends Engine> slot) throws AccelException {
        if (slot.overlay().equals(fpga.overlay())) {
            slot.engine().ensureReady();
        }
    }

    private KernelSettings settings(EngineSlot<? extends Engine> slot, String id) {
        return new KernelSettings(id, fpga.pool(), slot.overlay().clockHz(), fpga.isSimulated(), slot);
    }

    private static PeDescriptor descriptor(Overlay overlay, String id, String type, double operationsPerSecond) {
        return new PeDescriptor(
                id, type, 1, operationsPerSecond, (double) BEAT_BYTES * overlay.clockHz(), LAUNCH_NANOS);
    }
}
