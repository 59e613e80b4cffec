// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;

/** A kernel with its buffers, run on this thread as a worker would run it. */
public final class Execution implements AutoCloseable {

    private final ProcessingElement pe;
    private final ProcessingElement.WorkerScope scope;
    public final Kernel kernel;
    private final TensorBuffer[] outputs;
    private final List<TensorBuffer> buffers = new ArrayList<>();

    public Execution(ProcessingElement pe, LayerGraph graph) throws AccelException {
        this.pe = pe;
        scope = pe.openWorker();
        kernel = pe.prepare(graph);
        outputs = new TensorBuffer[graph.outputs().size()];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = new TensorBuffer(pe.memory());
            buffers.add(outputs[i]);
        }
    }

    /** A PE of its own, sharing nothing with other tests. */
    public static ProcessingElement newPe() {
        return CpuAccelerator.processingElements(1, 1, false, Backends.make()).get(0);
    }

    public static Execution of(LayerGraph graph) throws AccelException {
        return new Execution(newPe(), graph);
    }

    /** Prepares, runs once, closes. */
    public static List<Tensor> once(LayerGraph graph, Tensor... inputs) throws AccelException {
        try (Execution execution = of(graph)) {
            return execution.run(inputs);
        }
    }

    private TensorBuffer buffer(DType dtype) {
        TensorBuffer buffer = new TensorBuffer(dtype, pe.memory());
        buffers.add(buffer);
        return buffer;
    }

    /** Buffers holding the inputs, for several runs. */
    public TensorBuffer[] bind(Tensor... inputs) throws AccelException {
        TensorBuffer[] bound = new TensorBuffer[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            Tensor dense = inputs[i].toDense();
            bound[i] = buffer(dense.dtype());
            bound[i].resize(dense.sizes());
            bound[i].host().bytes().put(0, dense.bytes(), 0, (int) bound[i].sizeBytes());
        }
        return bound;
    }

    public void run(TensorBuffer[] inputs) throws AccelException {
        kernel.execute(inputs, outputs);
    }

    public List<Tensor> run(Tensor... inputs) throws AccelException {
        TensorBuffer[] bound = bind(inputs);
        byte[][] before = Arrays.stream(bound).map(Execution::contents).toArray(byte[][]::new);
        run(bound);
        for (int i = 0; i < bound.length; i++) {
            if (!Arrays.equals(before[i], contents(bound[i]))) {
                throw new AssertionError("the kernel changed its input " + i);
            }
        }
        return results();
    }

    public List<Tensor> results() {
        return Arrays.stream(outputs)
                .map(buffer -> Tensor.dense(
                        buffer.dtype(),
                        buffer.sizes(),
                        java.nio.ByteBuffer.allocateDirect((int) buffer.sizeBytes())
                                .put(contents(buffer))
                                .flip()))
                .collect(Collectors.toList());
    }

    private static byte[] contents(TensorBuffer buffer) {
        byte[] bytes = new byte[(int) buffer.sizeBytes()];
        buffer.host().bytes().get(0, bytes);
        return bytes;
    }

    @Override
    public void close() {
        kernel.close();
        buffers.forEach(TensorBuffer::close);
        scope.close();
    }
}
