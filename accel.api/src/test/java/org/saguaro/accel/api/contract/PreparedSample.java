// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** A sample's kernel on one PE, with tensors in the PE's memory. {@link #execute} belongs on a worker thread. */
final class PreparedSample implements AutoCloseable {

    private final Sample sample;
    private final DeviceMemory memory;
    private final Kernel kernel;
    private final TensorBuffer[] inputs;
    private final TensorBuffer[] outputs;

    PreparedSample(ProcessingElement pe, Sample sample) throws AccelException {
        this.sample = sample;
        memory = pe.memory();
        kernel = pe.prepare(sample.graph());
        LayerGraph graph = sample.graph();
        inputs = graph.inputs().stream()
                .map(id -> buffer(graph.value(id).type()))
                .toArray(TensorBuffer[]::new);
        outputs = graph.outputs().stream()
                .map(output -> ((Argument.Ref) output).value())
                .map(id -> buffer(graph.value(id).type()))
                .toArray(TensorBuffer[]::new);
    }

    private TensorBuffer buffer(ValueType type) {
        if (type instanceof TensorSpec spec) {
            return new TensorBuffer(spec.dtype(), memory);
        }
        return type instanceof ScalarType number
                ? new TensorBuffer(TensorValues.carrier(number), memory)
                : new TensorBuffer(memory);
    }

    Sample sample() {
        return sample;
    }

    void load(List<Tensor> tensors) throws AccelException {
        for (int i = 0; i < inputs.length; i++) {
            upload(tensors.get(i), inputs[i]);
        }
    }

    void execute() throws AccelException {
        kernel.execute(inputs, outputs);
    }

    /** Executes with another tensor in the place of one input. */
    void executeWith(int position, TensorBuffer replacement) throws AccelException {
        TensorBuffer[] others = inputs.clone();
        others[position] = replacement;
        kernel.execute(others, outputs);
    }

    List<Tensor> inputs() throws AccelException {
        return downloadAll(inputs);
    }

    List<Tensor> outputs() throws AccelException {
        return downloadAll(outputs);
    }

    /** Leaves outputs of these sizes, full of ones bits (NaN as float), as from another request. */
    void fillOutputsWithGarbage(long... sizes) throws AccelException {
        for (int i = 0; i < outputs.length; i++) {
            TensorBuffer output = outputs[i];
            int id = ((Argument.Ref) sample.graph().outputs().get(i)).value();
            // A buffer of a value of unknown type keeps the element type of the last request.
            DType dtype = sample.graph().value(id).type() instanceof TensorSpec spec ? spec.dtype() : DType.INT16;
            output.resize(dtype, sizes);
            int length = Math.toIntExact(output.sizeBytes());
            byte[] garbage = new byte[length];
            Arrays.fill(garbage, (byte) 0xff);
            try (HostBuffer host = HostMemory.get().allocate(length)) {
                host.bytes().put(0, garbage);
                memory.upload(host, output.storage(), length);
            }
        }
    }

    @Override
    public void close() {
        kernel.close();
        for (TensorBuffer input : inputs) {
            input.close();
        }
        for (TensorBuffer output : outputs) {
            output.close();
        }
    }

    private void upload(Tensor tensor, TensorBuffer target) throws AccelException {
        ByteBuffer bytes = tensor.toDense().bytes();
        target.resize(tensor.dtype(), tensor.sizes());
        int length = Math.toIntExact(target.sizeBytes());
        try (HostBuffer host = HostMemory.get().allocate(length)) {
            host.bytes().put(0, bytes, 0, length);
            memory.upload(host, target.storage(), length);
        }
    }

    private List<Tensor> downloadAll(TensorBuffer[] buffers) throws AccelException {
        List<Tensor> tensors = new ArrayList<>();
        for (TensorBuffer buffer : buffers) {
            int length = Math.toIntExact(buffer.sizeBytes());
            ByteBuffer copy = ByteBuffer.allocateDirect(length);
            try (HostBuffer host = HostMemory.get().allocate(length)) {
                memory.download(buffer.storage(), host, length);
                copy.put(0, host.bytes(), 0, length);
            }
            tensors.add(Tensor.dense(buffer.dtype(), buffer.sizes(), copy));
        }
        return tensors;
    }
}
