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
    /** Of an engine's peak. */
    private static final double UTILISATION = 0.7;

    /** So many products of 8-bit digits make one of float32, in which kernels are prepared unless less is asked for. */
    private static final double FLOAT32_PASSES = 6;

    private final Fpga fpga;

    private EnginePes(Fpga fpga) {
        this.fpga = fpga;
    }

    /**
     * All of them; the engines of the overlay that is loaded are asked how large they are.
     *
     * @throws AccelException {@code DEVICE_LOST} if one does not answer
     */
    static List<EnginePe> of(Fpga fpga) throws AccelException {
        EnginePes maker = new EnginePes(fpga);
        List<EnginePe> pes = new ArrayList<>();
        for (Overlay overlay : fpga.overlays()) {
            for (int i = 0; i < overlay.engines().size(); i++) {
                pes.add(maker.pe(overlay, i));
            }
        }
        return pes;
    }

    private EnginePe pe(Overlay overlay, int index) throws AccelException {
        EngineDescription engine = overlay.engines().get(index);
        String id = fpga.overlays().size() == 1 ? engine.name() : overlay.name() + "." + engine.name();
        return switch (engine.kind()) {
            case CONV -> conv(overlay, index, id);
            case FFT -> {
                EngineSlot<FftEngine> slot = new EngineSlot<>(fpga, overlay, index, FftEngine::new);
                KernelMaker kernels = new FftKernels(settings(slot, id), slot);
                yield signal(slot, id, "zynq-fft", FftKernels.OPERATIONS_PER_BUTTERFLY, kernels);
            }
            case ZIP -> {
                EngineSlot<ZipEngine> slot = new EngineSlot<>(fpga, overlay, index, ZipEngine::new);
                KernelMaker kernels = new ZipKernels(settings(slot, id), slot);
                yield signal(slot, id, "zynq-zip", ZipKernels.OPERATIONS_PER_PRODUCT, kernels);
            }
        };
    }

    private EnginePe conv(Overlay overlay, int index, String id) throws AccelException {
        EngineSlot<ConvEngine> slot = new EngineSlot<>(fpga, overlay, index, ConvEngine::new);
        ConvArray array = overlay.equals(fpga.overlay()) ? slot.engine().array() : ConvArray.OVERLAY;
        ConvKernels kernels = new ConvKernels(settings(slot, id), slot, array, fpga.weights());
        double peak = 2.0 * array.macsPerCycle();
        // Engines of other sizes are other types: they take other times.
        String type = array.equals(ConvArray.OVERLAY) ? "zynq-conv" : "zynq-conv" + array.lanes();
        PeDescriptor descriptor = descriptor(overlay, id, type, peak / FLOAT32_PASSES);
        return isAlone()
                ? new ConvPe(descriptor, slot, peak, kernels)
                : new ReconfigurablePe.Conv(descriptor, slot, peak, kernels);
    }

    private EnginePe signal(EngineSlot<? extends Engine> slot, String id, String type, double peak, KernelMaker kernels)
            throws AccelException {
        if (slot.overlay().equals(fpga.overlay())) {
            slot.engine().ensureReady();
        }
        PeDescriptor descriptor = descriptor(slot.overlay(), id, type, peak);
        return isAlone()
                ? new EnginePe(descriptor, slot, peak, kernels)
                : new ReconfigurablePe(descriptor, slot, peak, kernels);
    }

    private boolean isAlone() {
        return fpga.overlays().size() == 1;
    }

    private KernelSettings settings(EngineSlot<? extends Engine> slot, String id) {
        return new KernelSettings(id, fpga.pool(), slot.overlay().clockHz(), fpga.isSimulated(), slot);
    }

    private static PeDescriptor descriptor(Overlay overlay, String id, String type, double operationsPerCycle) {
        return new PeDescriptor(
                id,
                type,
                1,
                UTILISATION * operationsPerCycle * overlay.clockHz(),
                (double) BEAT_BYTES * overlay.clockHz(),
                LAUNCH_NANOS);
    }
}
