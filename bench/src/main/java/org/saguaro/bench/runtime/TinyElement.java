// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.function.Predicate;
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

/**
 * A PE whose kernels add one to the sum of their inputs, whatever the operator, and last as long as they are told to.
 */
public final class TinyElement implements ProcessingElement {

    private static final long[] ONE = {1};

    private final PeDescriptor descriptor;
    private final Predicate<Layer> supported;
    private final long kernelNanos;

    private final Pulse pulse;

    /**
     * @param kernelNanos how long a kernel computes; 0: it only adds
     * @param pulse hears every kernel
     */
    public TinyElement(String id, String type, Predicate<Layer> supported, long kernelNanos, Pulse pulse) {
        descriptor = new PeDescriptor(id, type, 1, 1e9, 1e9, kernelNanos);
        this.supported = supported;
        this.kernelNanos = kernelNanos;
        this.pulse = pulse;
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
        return supported.test(layer)
                ? Support.yes()
                : Support.no(Support.Cause.OPERATOR, "not among the operators of " + descriptor.type());
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                long start = System.nanoTime();
                pulse.beat(start);
                float sum = 1;
                for (TensorBuffer input : inputs) {
                    sum += input.host().bytes().getFloat(0);
                }
                for (TensorBuffer output : outputs) {
                    output.resize(ONE);
                    output.host().bytes().putFloat(0, sum);
                }
                while (kernelNanos > 0 && System.nanoTime() - start < kernelNanos) {
                    Thread.onSpinWait();
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
