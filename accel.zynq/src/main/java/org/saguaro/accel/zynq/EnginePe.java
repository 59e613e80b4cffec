// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Shaped;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.zynq.kernel.KernelMaker;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** One engine of an overlay. Its tensors live in host memory: the logic shares DRAM with the CPU. */
class EnginePe implements Shaped {

    /** The hardware that the overlays of a device are ways to use. */
    static final String GROUP = "pl";

    private final PeDescriptor descriptor;
    private final PeShape shape;
    private final KernelMaker kernels;

    EnginePe(PeDescriptor descriptor, String overlay, KernelMaker kernels) {
        this.descriptor = descriptor;
        this.kernels = kernels;
        shape = new PeShape(GROUP, overlay);
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
