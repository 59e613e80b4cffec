// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
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
 * A PE whose kernels last as long as they are told to and compute next to nothing, whatever the operator: the first element of each output is
 * one more than the sum of the inputs' first elements, as float32. Outputs have the first input's sizes.
 */
public final class TinyElement implements ProcessingElement {

    private final PeDescriptor descriptor;
    private final Predicate<Layer> supported;
    private final long kernelNanos;

    private final @Nullable Pulse pulse;

    /** @param kernelNanos how long a kernel computes; 0: it only adds */
    public TinyElement(String id, String type, Predicate<Layer> supported, long kernelNanos) {
        this(id, type, supported, kernelNanos, null);
    }

    /** @param pulse hears every kernel; null if nobody does */
    TinyElement(String id, String type, Predicate<Layer> supported, long kernelNanos, @Nullable Pulse pulse) {
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
        long[] sizes = segment.tensor(segment.inputs().get(0)).shape().sizes();
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                long start = kernelNanos > 0 || pulse != null ? System.nanoTime() : 0;
                if (pulse != null) {
                    pulse.beat(start);
                }
                float sum = 1;
                for (TensorBuffer input : inputs) {
                    sum += input.host().bytes().getFloat(0);
                }
                for (TensorBuffer output : outputs) {
                    output.resize(sizes);
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
