// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.accel.api.CycleCounter;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Shaped;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.zynq.engine.Engine;
import org.saguaro.accel.zynq.kernel.KernelMaker;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** One engine of an overlay. Its tensors live in host memory: the logic shares DRAM with the CPU. */
class EnginePe implements Shaped, CycleCounter {

    /** The hardware that the overlays of a device are ways to use. */
    static final String GROUP = "pl";

    private final PeDescriptor descriptor;
    private final PeShape shape;
    private final EngineSlot<? extends Engine> slot;
    private final double peak;
    private final KernelMaker kernels;

    /** @param peak operations per cycle that the engine can do at most */
    EnginePe(PeDescriptor descriptor, EngineSlot<? extends Engine> slot, double peak, KernelMaker kernels) {
        this.descriptor = descriptor;
        this.slot = slot;
        this.peak = peak;
        this.kernels = kernels;
        shape = new PeShape(GROUP, slot.overlay().name());
    }

    @Override
    public final PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public final DeviceMemory memory() {
        return HostMemory.get();
    }

    @Override
    public final PeShape shape() {
        return shape;
    }

    @Override
    public final Support supports(LayerGraph graph, Layer layer) {
        return kernels.supports(graph, layer);
    }

    @Override
    public final Kernel prepare(LayerGraph segment) throws AccelException {
        return kernels.prepare(segment, Precision.FLOAT32);
    }

    @Override
    public final CycleCount cycleCount() {
        return slot.count(peak);
    }

    final EngineSlot<? extends Engine> slot() {
        return slot;
    }

    final KernelMaker kernels() {
        return kernels;
    }

    @Override
    public final WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }

    @Override
    public String toString() {
        return descriptor.id();
    }
}
