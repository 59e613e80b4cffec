// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** A slow and right PE in host memory: the {@link ReferenceInterpreter} behind the SPI, for tests that need some PE. */
public final class ReferenceProcessingElement implements DynamicTensors {

    private final PeDescriptor descriptor;
    private final ReferenceInterpreter interpreter = new ReferenceInterpreter();

    /** A PE of that id. */
    public ReferenceProcessingElement(String id) {
        descriptor = new PeDescriptor(id, "reference", 1, 1e8, 1e9, 1_000);
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
        if (!ReferenceInterpreter.knows(layer.op())) {
            return Support.no(Support.Cause.OPERATOR, "the reference interpreter does not know " + layer.op());
        }
        for (int id : layer.inputs()) {
            ValueType type = graph.value(id).type();
            boolean wrong = type instanceof TensorSpec spec ? spec.dtype() != DType.FLOAT32 : type instanceof HostType;
            if (wrong) {
                return Support.no(Support.Cause.DTYPE, "the reference runs float32 tensors only, found " + type);
            }
        }
        return Support.yes();
    }

    @Override
    public Kernel prepare(LayerGraph segment) {
        return new InterpretedKernel(segment);
    }

    @Override
    public WorkerScope openWorker() {
        return WorkerScope.NOTHING;
    }

    private final class InterpretedKernel implements Kernel {
        private final LayerGraph segment;

        InterpretedKernel(LayerGraph segment) {
            this.segment = segment;
        }

        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            List<Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < inputs.length; i++) {
                ValueType type = segment.value(segment.inputs().get(i)).type();
                TensorBuffer input = inputs[i];
                if (!accepts(type, input)) {
                    throw invalid("input " + i + " should be " + type + ", found " + input);
                }
                ByteBuffer bytes = input.host().bytes();
                tensors.add(Tensor.dense(input.dtype(), input.sizes(), bytes.duplicate()));
            }
            List<Tensor> results = run(tensors);
            for (int i = 0; i < outputs.length; i++) {
                Tensor result = results.get(i);
                outputs[i].resize(result.dtype(), result.sizes());
                ByteBuffer target = outputs[i].host().bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
                target.put(0, result.bytes(), 0, Math.toIntExact(outputs[i].sizeBytes()));
            }
        }

        private List<Tensor> run(List<Tensor> tensors) throws AccelException {
            try {
                return interpreter.run(segment, tensors);
            } catch (IllegalArgumentException e) {
                throw invalid(String.valueOf(e.getMessage()));
            }
        }

        private AccelException invalid(String problem) {
            return new AccelException(
                    AccelException.Category.INVALID_INPUT, descriptor + ": " + segment.name() + ": " + problem);
        }

        private static boolean accepts(ValueType type, TensorBuffer input) {
            if (type instanceof TensorSpec spec) {
                return input.dtype() == spec.dtype() && spec.shape().accepts(input.sizes());
            }
            return !(type instanceof ScalarType number)
                    || (input.dtype() == TensorValues.carrier(number) && input.rank() == 0);
        }

        @Override
        public void close() {}
    }
}
