// SPDX-License-Identifier: Apache-2.0
package org.example.accelerator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;

/**
 * A segment made ready to run: its weights are uploaded, its intermediate results have memory, and each layer is a step whose
 * operands are known by their place in {@link #slots}. {@link #execute} only fills in the caller's tensors and runs the steps.
 */
final class NullKernel implements Kernel {

    private record Step(ElementWise operator, int left, int right, double alpha, int result, int count) {}

    /** What a tensor of the caller must be, and the slot it goes to. */
    private static final class Port {
        final TensorSpec spec;
        final long[] sizes;
        final int slot;

        Port(TensorSpec spec, int slot) {
            this.spec = spec;
            this.sizes = spec.shape().sizes();
            this.slot = slot;
        }
    }

    private final NullProcessingElement pe;
    private final Step[] steps;
    private final Port[] inputs;
    private final Port[] outputs;
    /** One per value; those of inputs and outputs change with every execution. */
    private final NullMemory.@Nullable Buffer[] slots;
    /** Weights and intermediate results. */
    private final List<NullMemory.Buffer> owned = new ArrayList<>();

    NullKernel(NullProcessingElement pe, LayerGraph segment) throws AccelException {
        this.pe = pe;
        Map<Integer, Integer> slotOf = new HashMap<>();
        inputs = segment.inputs().stream()
                .map(value -> port(segment, value, slotOf))
                .toArray(Port[]::new);
        Set<Integer> leaving = leavingValues(segment);
        outputs = leaving.stream().map(value -> port(segment, value, slotOf)).toArray(Port[]::new);
        List<Step> program = new ArrayList<>();
        for (Layer layer : segment.layers()) {
            program.add(step(segment, layer, slotOf));
        }
        steps = program.toArray(Step[]::new);
        slots = new NullMemory.Buffer[slotOf.size()];
        try {
            for (Weight weight : segment.weights()) {
                slots[slot(slotOf, weight.value())] = upload(weight.data());
            }
            for (Layer layer : segment.layers()) {
                int value = layer.outputs().get(0);
                if (!leaving.contains(value)) {
                    slots[slot(slotOf, value)] = allocate(segment.tensor(value).sizeBytes());
                }
            }
        } catch (AccelException e) {
            close();
            throw e;
        }
    }

    @Override
    public void execute(TensorBuffer[] inputTensors, TensorBuffer[] outputTensors) throws AccelException {
        for (int i = 0; i < inputs.length; i++) {
            Port port = inputs[i];
            TensorBuffer tensor = inputTensors[i];
            if (tensor.dtype() != port.spec.dtype() || !tensor.hasSizes(port.sizes)) {
                throw new AccelException(
                        AccelException.Category.INVALID_INPUT,
                        pe.descriptor() + ": input " + i + " should be " + port.spec + ", found " + tensor);
            }
            slots[port.slot] = (NullMemory.Buffer) tensor.storage();
        }
        for (int i = 0; i < outputs.length; i++) {
            Port port = outputs[i];
            outputTensors[i].resize(port.sizes);
            slots[port.slot] = (NullMemory.Buffer) outputTensors[i].storage();
        }
        for (Step step : steps) {
            step.operator.run(
                    buffer(step.left).floats(),
                    buffer(step.right).floats(),
                    step.alpha,
                    buffer(step.result).floats(),
                    step.count);
        }
    }

    @Override
    public void close() {
        owned.forEach(NullMemory.Buffer::close);
        owned.clear();
    }

    private NullMemory.Buffer buffer(int slot) {
        return Objects.requireNonNull(slots[slot]);
    }

    private NullMemory.Buffer allocate(long sizeBytes) throws AccelException {
        NullMemory.Buffer buffer = pe.memory().allocate(sizeBytes);
        owned.add(buffer);
        return buffer;
    }

    private NullMemory.Buffer upload(Tensor weight) throws AccelException {
        Tensor dense = weight.toDense();
        int length = Math.toIntExact(dense.spec().sizeBytes());
        NullMemory.Buffer buffer = allocate(length);
        try (HostBuffer staging = HostMemory.get().allocate(length)) {
            staging.bytes().put(0, dense.bytes(), 0, length);
            pe.memory().upload(staging, buffer, length);
        }
        return buffer;
    }

    /** The values that the segment gives; each must have been made by one of its layers, and be given once. */
    private Set<Integer> leavingValues(LayerGraph segment) throws AccelException {
        Set<Integer> leaving = new LinkedHashSet<>();
        Map<Integer, Layer> producers = segment.producers();
        for (Argument output : segment.outputs()) {
            if (!(output instanceof Argument.Ref ref)
                    || !producers.containsKey(ref.value())
                    || !leaving.add(ref.value())) {
                throw new AccelException(
                        AccelException.Category.UNSUPPORTED,
                        pe.descriptor() + ": each output must be another layer's result, found " + output);
            }
        }
        return leaving;
    }

    private Step step(LayerGraph segment, Layer layer, Map<Integer, Integer> slotOf) throws AccelException {
        ElementWise operator = NullProcessingElement.operator(layer);
        Double alpha = NullProcessingElement.alpha(layer);
        if (operator == null || alpha == null) {
            throw new AccelException(
                    AccelException.Category.UNSUPPORTED, pe.descriptor() + ": cannot run layer " + layer.name());
        }
        List<Integer> operands = layer.inputs();
        int result = layer.outputs().get(0);
        return new Step(
                operator,
                slot(slotOf, operands.get(0)),
                slot(slotOf, operands.get(operands.size() - 1)),
                alpha,
                slot(slotOf, result),
                Math.toIntExact(segment.tensor(result).shape().elementCount()));
    }

    private static Port port(LayerGraph segment, int value, Map<Integer, Integer> slotOf) {
        return new Port(segment.tensor(value), slot(slotOf, value));
    }

    private static int slot(Map<Integer, Integer> slotOf, int value) {
        return slotOf.computeIfAbsent(value, absent -> slotOf.size());
    }
}
