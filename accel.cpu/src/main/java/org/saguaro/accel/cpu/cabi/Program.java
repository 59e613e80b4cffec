// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.Carriers;
import org.saguaro.accel.cpu.InPlaceRewrite;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/** A segment as a list of calls: in-place rewriting, weights as constants, registers for all other values, and where each is read last. */
final class Program implements Step.Values {

    private final LayerGraph segment;
    private final Ways ways;
    private final Aten aten;
    private final InPlaceRewrite.Result rewritten;
    private final Map<Integer, Integer> registers = new HashMap<>();
    private int registerCount;
    /** For inputs that are copied, the register that holds the input itself. */
    private final Map<Integer, Integer> copied = new HashMap<>();

    private final Map<Integer, TensorHandle> weights = new HashMap<>();
    private final List<ByteBuffer> memory = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /**
     * Compiles a segment.
     *
     * @param aten owns the constants
     * @throws IllegalArgumentException if a layer does not fit its operator
     */
    Program(LayerGraph segment, Ways ways, Aten aten) {
        this.segment = segment;
        this.ways = ways;
        this.aten = aten;
        rewritten = InPlaceRewrite.of(segment, ways.table());
        segment.inputs().forEach(this::register);
        copyWhatIsWritten();
        rewritten.layers().forEach(this::add);
        markDead();
    }

    private void copyWhatIsWritten() {
        for (int id : rewritten.copiedFirst()) {
            if (segment.value(id).type() instanceof ScalarType) {
                continue;
            }
            Weight weight = segment.weight(id);
            OpName clone = OpName.parse("aten.clone");
            Layer layer = new Layer(
                    segment.value(id).name(),
                    clone,
                    List.of(NamedArgument.read("self", new Argument.Ref(id))),
                    List.of(id),
                    "");
            Schema schema = Objects.requireNonNull(ways.find(clone));
            Step.Values source = new Step.Values() {
                @Override
                public @Nullable TensorHandle constant(int value) {
                    return weight == null ? null : handle(weight);
                }

                @Override
                public int register(int value) {
                    return Program.this.register(value);
                }
            };
            int before = register(id);
            // A register of its own, so that the input's handle stays the buffer's.
            int copy = registerCount++;
            steps.add(new Step(layer, schema, ways, source, new int[] {copy}));
            registers.put(id, copy);
            copied.put(id, before);
        }
    }

    private void add(Layer layer) {
        Schema schema = ways.find(layer.op());
        if (schema == null) {
            throw new IllegalArgumentException("libtorch has no operator " + layer.op());
        }
        int[] results = layer.outputs().stream()
                .mapToInt(id -> id == Value.NONE ? -1 : register(id))
                .toArray();
        if (!schema.returnsList() && results.length > schema.returns().size()) {
            throw new IllegalArgumentException(schema.name() + " returns "
                    + schema.returns().size() + " values, the layer expects " + results.length);
        }
        try {
            steps.add(new Step(layer, schema, ways, this, results));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(layer.label() + ": " + layer.op() + ": " + e.getMessage(), e);
        }
    }

    private void markDead() {
        Set<Integer> live = new HashSet<>();
        for (Argument output : rewritten.outputs()) {
            if (output instanceof Argument.Ref ref && constant(ref.value()) == null) {
                live.add(register(ref.value()));
            }
        }
        // Inputs belong to their buffers.
        segment.inputs().forEach(id -> live.add(inputRegister(id)));
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            List<Integer> dead = new ArrayList<>();
            for (int register : step.reads()) {
                if (live.add(register)) {
                    dead.add(register);
                }
            }
            for (int k = 0; k < step.results.length; k++) {
                if (step.results[k] >= 0 && !live.contains(step.results[k])) {
                    step.results[k] = -1;
                }
            }
            step.dead = dead.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    @Override
    public @Nullable TensorHandle constant(int value) {
        Weight weight = segment.weight(value);
        return weight == null || rewritten.copiedFirst().contains(value) ? null : handle(weight);
    }

    private TensorHandle handle(Weight weight) {
        return weights.computeIfAbsent(weight.value(), id -> {
            Tensor data = weight.data();
            ByteBuffer bytes = Carriers.direct(data.bytes());
            memory.add(bytes);
            return aten.keep(aten.over(bytes, data.dtype(), data.sizes(), data.strides()));
        });
    }

    @Override
    public int register(int value) {
        return registers.computeIfAbsent(value, id -> registerCount++);
    }

    /** The register in which an input arrives. */
    int inputRegister(int value) {
        Integer before = copied.get(value);
        return before == null ? register(value) : before;
    }

    int registerCount() {
        return registerCount;
    }

    List<Step> steps() {
        return steps;
    }

    /** The segment's outputs, renamed where a write became functional. */
    List<Argument> outputs() {
        return rewritten.outputs();
    }

    /** Handles of the weights. */
    List<TensorHandle> weights() {
        return List.copyOf(weights.values());
    }

    /** The memory that must stay reachable as long as the handles are in use. */
    List<ByteBuffer> memory() {
        return memory;
    }
}
