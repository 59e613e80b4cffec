// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.layers;

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

/** Supports everything and computes nothing: what is left is the runtime's. Its results have their first operand's sizes. */
final class EmptyElement implements ProcessingElement {

    private final PeDescriptor descriptor;

    EmptyElement(String id) {
        descriptor = new PeDescriptor(id, "empty", 1, 1e12, 1e12, 100);
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
        long[] sizes = segment.tensor(segment.inputs().get(0)).shape().sizes();
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                outputs[0].resize(sizes);
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
