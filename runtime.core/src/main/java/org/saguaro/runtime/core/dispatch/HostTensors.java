// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/** Copies between a caller's tensors and a run's buffers. */
final class HostTensors {

    private HostTensors() {}

    /** Copies a caller's tensor into a buffer. */
    static void fill(ValueBuffer buffer, Tensor source) throws AccelException {
        TensorBuffer target = buffer.writable(MemoryDomain.HOST);
        target.resize(source.sizes());
        ByteBuffer bytes = source.toDense().bytes();
        target.host().bytes().put(0, bytes, bytes.position(), Math.toIntExact(target.sizeBytes()));
        buffer.publish(MemoryDomain.HOST);
    }

    /** Copies a value from one run to another. */
    static void copy(ValueBuffer from, ValueBuffer to) throws AccelException, TensorLostException {
        TensorBuffer source = from.readable(MemoryDomain.HOST);
        TensorBuffer target = to.writable(MemoryDomain.HOST);
        target.resize(source.sizes());
        target.host().bytes().put(0, source.host().bytes(), 0, Math.toIntExact(source.sizeBytes()));
        to.publish(MemoryDomain.HOST);
    }

    /** What the caller gets, in memory of its own. A constant number comes as a tensor of rank 0; none is left out. */
    static List<Tensor> outputs(ModelRun run) throws AccelException, TensorLostException {
        LayerGraph graph = run.plan().graph().graph();
        List<Tensor> outputs = new ArrayList<>();
        for (Argument output : graph.outputs()) {
            Tensor tensor = output(run, graph, output);
            if (tensor != null) {
                outputs.add(tensor);
            }
        }
        return outputs;
    }

    private static @Nullable Tensor output(ModelRun run, LayerGraph graph, Argument output)
            throws AccelException, TensorLostException {
        if (output instanceof Argument.Ref ref) {
            Weight weight = graph.weight(ref.value());
            return weight != null
                    ? weight.data()
                    : copyOf(run.bufferOfValue(ref.value()).readable(MemoryDomain.HOST));
        }
        ByteBuffer scalar = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (output instanceof Argument.Int number) {
            return Tensor.dense(DType.INT64, new long[0], scalar.putLong(0, number.value()));
        }
        if (output instanceof Argument.Real number) {
            return Tensor.dense(DType.FLOAT64, new long[0], scalar.putDouble(0, number.value()));
        }
        if (output instanceof Argument.Bool flag) {
            return Tensor.dense(DType.BOOL, new long[0], scalar.put(0, (byte) (flag.value() ? 1 : 0)));
        }
        return null;
    }

    /**
     * On the Java heap: direct memory would wait for the garbage collector in between the blocks that libtorch takes and gives
     * back for every layer, and keep the C heap from closing the gaps: gigabytes within minutes.
     */
    private static Tensor copyOf(TensorBuffer source) {
        int length = Math.toIntExact(source.sizeBytes());
        ByteBuffer copy = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, source.host().bytes(), 0, length);
        return Tensor.dense(source.dtype(), source.sizes(), copy);
    }
}
