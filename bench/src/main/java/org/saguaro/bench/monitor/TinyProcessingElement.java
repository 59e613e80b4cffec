// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.monitor;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** Its kernels do nothing, for a given time: what is measured is the runtime. */
final class TinyProcessingElement implements ProcessingElement {

    private static final long[] SIZES = {1};

    private final PeDescriptor descriptor;
    private final long kernelNanos;

    /** @param kernelNanos time that a kernel keeps its thread busy; 0: none at all */
    TinyProcessingElement(String id, long kernelNanos) {
        this.kernelNanos = kernelNanos;
        descriptor = new PeDescriptor(id, "tiny", 1, 1e9, 1e9, 0);
    }

    @Override
    public PeDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public DeviceMemory memory() {
        return HostMemory.get();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return Support.yes();
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                for (TensorBuffer output : outputs) {
                    output.resize(SIZES);
                }
                if (kernelNanos > 0) {
                    long end = System.nanoTime() + kernelNanos;
                    while (System.nanoTime() - end < 0) {
                        Thread.onSpinWait();
                    }
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }
}
