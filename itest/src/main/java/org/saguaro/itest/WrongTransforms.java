// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** A broken device: says that its inverse Fourier transforms have succeeded, but what it leaves is its input. */
final class WrongTransforms implements ProcessingElement {

    static final String ID = "broken0";

    private final AtomicLong executions = new AtomicLong();

    /** How many inverse transforms it has got wrong. */
    long executions() {
        return executions.get();
    }

    @Override
    public PeDescriptor descriptor() {
        return new PeDescriptor(ID, "broken", 1, 1e9, 4e9, 1_000);
    }

    @Override
    public HostMemory memory() {
        return HostMemory.get();
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        if (!layer.op().isAten("fft_ifft")) {
            return Support.no(Support.Cause.OPERATOR, "runs fft_ifft, found " + layer.op());
        }
        return graph.value(layer.outputs().get(0)).type() instanceof TensorSpec result
                        && result.shape().isStatic()
                        && graph.value(layer.inputs().get(0)).type().equals(result)
                ? Support.yes()
                : Support.no(Support.Cause.SHAPE, "input and result must be of one size known in advance");
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        long[] sizes = segment.tensor(segment.inputs().get(0)).shape().sizes();
        return new Kernel() {
            @Override
            public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                executions.incrementAndGet();
                outputs[0].resize(DType.COMPLEX64, sizes);
                ByteBuffer source = inputs[0].host().bytes();
                outputs[0].host().bytes().put(0, source, 0, Math.toIntExact(outputs[0].sizeBytes()));
            }

            @Override
            public void close() {
                // Owns nothing.
            }
        };
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }
}
