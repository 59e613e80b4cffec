// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty.device;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/**
 * Right when it succeeds. When it fails it leaves outputs of the right size full of NaN, which whoever publishes the outputs
 * of a failed task will find in its results.
 */
final class FaultyKernel implements Kernel {

    private enum Operator {
        RELU,
        ADD,
        MUL
    }

    private record Step(Operator operator, int left, int right, float alpha, int result) {}

    private final String peId;
    private final FaultInjector injector;
    private final LayerGraph segment;
    private final Step[] steps;
    private final int[] inputs;
    private final int[] outputs;
    private final long[][] sizes;
    /** By value id; null where the value is not of this segment. */
    private final @Nullable TensorBuffer[] values;
    /** Weights and intermediate results. */
    private final List<TensorBuffer> owned = new ArrayList<>();

    FaultyKernel(String peId, FaultInjector injector, LayerGraph segment) throws AccelException {
        this.peId = peId;
        this.injector = injector;
        this.segment = segment;
        inputs = segment.inputs().stream().mapToInt(Integer::intValue).toArray();
        outputs = leavingValues(peId, segment);
        steps = segment.layers().stream().map(FaultyKernel::step).toArray(Step[]::new);
        values = new TensorBuffer[segment.values().size()];
        sizes = new long[segment.values().size()][];
        for (int input : inputs) {
            sizes[input] = segment.tensor(input).shape().sizes();
        }
        try {
            for (Weight weight : segment.weights()) {
                Tensor data = weight.data().toDense();
                TensorBuffer buffer = own(weight.value(), data.sizes());
                buffer.host().bytes().put(0, data.bytes(), 0, Math.toIntExact(buffer.sizeBytes()));
            }
            for (Step step : steps) {
                own(step.result, segment.tensor(step.result).shape().sizes());
            }
        } catch (AccelException e) {
            close();
            throw e;
        }
    }

    @Override
    public void execute(TensorBuffer[] inputTensors, TensorBuffer[] outputTensors) throws AccelException {
        for (int i = 0; i < inputs.length; i++) {
            TensorBuffer tensor = inputTensors[i];
            if (tensor.dtype() != segment.tensor(inputs[i]).dtype() || !tensor.hasSizes(sizes[inputs[i]])) {
                throw new AccelException(
                        AccelException.Category.INVALID_INPUT,
                        peId + ": input " + i + " should be " + segment.tensor(inputs[i]) + ", found " + tensor);
            }
            values[inputs[i]] = tensor;
        }
        for (int i = 0; i < outputs.length; i++) {
            outputTensors[i].resize(sizes[outputs[i]]);
            values[outputs[i]] = outputTensors[i];
        }
        boolean done = false;
        try {
            injector.beforeExecution();
            for (Step step : steps) {
                run(step);
            }
            done = true;
        } finally {
            if (!done) {
                spoil(outputTensors);
            }
        }
    }

    @Override
    public void close() {
        owned.forEach(TensorBuffer::close);
        owned.clear();
    }

    private void run(Step step) {
        TensorBuffer result = value(step.result);
        ByteBuffer left = value(step.left).host().bytes();
        ByteBuffer right = value(step.right).host().bytes();
        ByteBuffer target = result.host().bytes();
        int end = Math.toIntExact(result.sizeBytes());
        for (int at = 0; at < end; at += Float.BYTES) {
            float a = left.getFloat(at);
            float b = right.getFloat(at);
            target.putFloat(
                    at,
                    switch (step.operator) {
                        case RELU -> a <= 0 ? 0 : a;
                        case ADD -> a + step.alpha * b;
                        case MUL -> a * b;
                    });
        }
    }

    private static void spoil(TensorBuffer[] outputTensors) {
        for (TensorBuffer output : outputTensors) {
            ByteBuffer bytes = output.host().bytes();
            for (int at = 0; at < output.sizeBytes(); at += Float.BYTES) {
                bytes.putFloat(at, Float.NaN);
            }
        }
    }

    private TensorBuffer value(int id) {
        return Objects.requireNonNull(values[id]);
    }

    private TensorBuffer own(int value, long[] valueSizes) throws AccelException {
        TensorBuffer buffer = new TensorBuffer(segment.tensor(value).dtype(), HostMemory.get());
        owned.add(buffer);
        buffer.resize(valueSizes);
        values[value] = buffer;
        sizes[value] = valueSizes;
        return buffer;
    }

    private static int[] leavingValues(String peId, LayerGraph segment) throws AccelException {
        Set<Integer> made = new HashSet<>(segment.producers().keySet());
        int[] leaving = new int[segment.outputs().size()];
        for (int i = 0; i < leaving.length; i++) {
            leaving[i] = segment.outputs().get(i) instanceof Argument.Ref ref ? ref.value() : Value.NONE;
            if (!made.remove(leaving[i])) {
                throw new AccelException(
                        AccelException.Category.UNSUPPORTED,
                        peId + ": output " + i + " should be a layer's result, given once, found "
                                + segment.outputs().get(i));
            }
        }
        return leaving;
    }

    private static Step step(Layer layer) {
        List<Integer> operands = layer.inputs();
        Operator operator = switch (layer.op().name()) {
            case "relu" -> Operator.RELU;
            case "add" -> Operator.ADD;
            case "mul" -> Operator.MUL;
            default -> throw new IllegalArgumentException("layer " + layer.name() + " is not supported: " + layer.op());
        };
        return new Step(
                operator,
                operands.get(0),
                operands.get(operands.size() - 1),
                alpha(layer.argument("alpha")),
                layer.outputs().get(0));
    }

    private static float alpha(@Nullable Argument argument) {
        if (argument instanceof Argument.Int integer) {
            return (float) integer.value();
        }
        return argument instanceof Argument.Real real ? (float) real.value() : 1;
    }
}
