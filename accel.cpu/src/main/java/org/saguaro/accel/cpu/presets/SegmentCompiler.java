// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.cpu.Carriers;
import org.saguaro.accel.cpu.InPlaceRewrite;
import org.saguaro.accel.cpu.KnownTypes;
import org.saguaro.accel.cpu.TorchFailures;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/**
 * Makes a kernel of a segment: in-place rewriting, fusion, a variant for each fused layer, liveness.
 *
 * <p>Images inside a segment that holds a fused convolution are in channels-last order, which every fast variant reads and writes; they are
 * reordered where they enter and leave. Used once, by one thread.
 */
final class SegmentCompiler {

    /** Operators that see the order of elements in memory; a segment that has one keeps every tensor as ATen makes it. */
    private static final Set<String> ORDER_SENSITIVE = Set.of(
            "as_strided",
            "as_strided_",
            "as_strided_copy",
            "as_strided_scatter",
            "set_",
            "resize_",
            "resize_as_",
            "_reshape_alias",
            "view_as",
            "view_as_real",
            "view_as_complex");

    private static final Set<String> VIEWS = Set.of("view", "view_copy", "_unsafe_view");
    private static final Set<String> POOLS = Set.of("max_pool2d", "avg_pool2d");
    /** Results of these are row-major whatever goes in. */
    private static final Set<String> ROW_MAJOR = Set.of(
            "reshape", "view", "contiguous", "permute", "transpose", "flatten", "unflatten", "squeeze", "unsqueeze");

    private static final long GUESSED_BATCH = 4;
    private static final long GUESSED_SIZE = 32;

    private final String device;
    private final int threads;
    private final LayerGraph segment;
    private final KnownTypes types;
    private final Operators operators;
    private final Tuner tuner;
    private final NativeOwner owner = new NativeOwner();
    private final Weights weights = new Weights(owner);
    private final Registers registers = new Registers();
    private final Workspace workspace = owner.adopt(new Workspace());
    private final List<Call> program = new ArrayList<>();
    private final Map<Integer, Boolean> channelsLast = new HashMap<>();
    private final LayerCalls calls;
    private final InPlaceRewrite.Result rewritten;

    SegmentCompiler(String device, int threads, LayerGraph segment, Operators operators, Tuner tuner) {
        this.device = device;
        this.threads = threads;
        this.segment = segment;
        types = new KnownTypes(segment);
        this.operators = operators;
        this.tuner = tuner;
        calls = new LayerCalls(segment, types, operators);
        rewritten = InPlaceRewrite.of(segment, operators);
    }

    CpuKernel compile() throws AccelException {
        try {
            return build();
        } catch (RuntimeException e) {
            owner.close();
            if (e instanceof IllegalArgumentException) {
                throw new AccelException(
                        AccelException.Category.UNSUPPORTED, device + ": " + segment.name() + ": " + e.getMessage(), e);
            }
            throw TorchFailures.translate(device, segment.name(), e);
        } catch (OutOfMemoryError e) {
            owner.close();
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    device + ": " + segment.name() + ": no room for the packed weights: " + e.getMessage(),
                    e);
        }
    }

    private CpuKernel build() {
        List<CpuKernel.Input> inputs = inputs();
        copyWhatIsWritten();
        for (Fusion.Group group : groups()) {
            if (group.fused() != null) {
                emitFused(group.fused());
            } else if (group.layer() != null) {
                emitSingle(group.layer());
            }
        }
        List<CpuKernel.Output> outputs = outputs();
        Set<Integer> readAfterwards = new LinkedHashSet<>();
        outputs.forEach(output -> readAfterwards.add(output.register()));
        Liveness.mark(program, readAfterwards);
        return new CpuKernel(
                device,
                segment.name(),
                inputs,
                outputs,
                program.toArray(Call[]::new),
                registers.count(),
                operators,
                owner,
                weights.memory());
    }

    private List<CpuKernel.Input> inputs() {
        List<CpuKernel.Input> inputs = new ArrayList<>();
        Emission unboxing = owner.adopt(new Emission(operators, registers));
        for (int id : segment.inputs()) {
            Value value = segment.value(id);
            int register = registers.of(id);
            if (value.type() instanceof ScalarType) {
                int boxed = registers.temporary();
                unboxing.call(value.name(), "aten.item.default").register(boxed).into(register);
                register = boxed;
            }
            inputs.add(new CpuKernel.Input(value.name(), register, Carriers.of(value.type()), shape(value)));
        }
        program.addAll(unboxing.calls());
        return inputs;
    }

    /** Null if any will do. */
    private static @Nullable Shape shape(Value value) {
        if (value.type() instanceof TensorSpec spec) {
            return spec.shape();
        }
        return value.type() instanceof AnyTensor ? null : Shape.of();
    }

    private void copyWhatIsWritten() {
        Emission copies = owner.adopt(new Emission(operators, registers));
        for (int id : rewritten.copiedFirst()) {
            Weight weight = segment.weight(id);
            Operand source = weight == null
                    ? new Operand.Register(registers.of(id))
                    : new Operand.Constant(weights.boxed(weight));
            if (!(segment.value(id).type() instanceof ScalarType)) {
                copies.call(segment.value(id).name(), "aten.clone.default")
                        .operand(source)
                        .none()
                        .into(registers.of(id));
            }
        }
        program.addAll(copies.calls());
    }

    private List<Fusion.Group> groups() {
        boolean orderSensitive = rewritten.layers().stream().anyMatch(this::isOrderSensitive);
        if (orderSensitive) {
            return rewritten.layers().stream()
                    .map(layer -> new Fusion.Group(layer, null))
                    .toList();
        }
        return Fusion.groups(segment, types, rewritten);
    }

    private boolean isOrderSensitive(Layer layer) {
        String name = layer.op().name();
        boolean writtenView = VIEWS.contains(name) && layer.outputs().stream().anyMatch(rewritten.pinned()::contains);
        return writtenView
                || ORDER_SENSITIVE.contains(name)
                || (name.equals("view") && !layer.op().overload().equals(OpName.DEFAULT_OVERLOAD));
    }

    private Operand value(int id) {
        Weight weight = segment.weight(id);
        return weight != null && !rewritten.copiedFirst().contains(id)
                ? new Operand.Constant(weights.boxed(weight))
                : new Operand.Register(registers.of(id));
    }

    private void emitFused(FusedLayer layer) {
        boolean image = layer.kind() == FusedLayer.Kind.CONV2D;
        List<Dim> dims = segment.tensor(layer.input()).shape().dims();
        boolean symbolic = dims.stream().anyMatch(dim -> dim instanceof Dim.Symbolic);
        boolean leaves = rewritten.outputs().contains(new Argument.Ref(layer.result()));
        Tuner.Question question = new Tuner.Question(
                layer, sizes(dims), symbolic, image && isChannelsLast(layer.input()), leaves, threads);
        Emission emission = owner.adopt(tuner.emit(question, calls, this::value, registers, workspace));
        program.addAll(emission.calls());
        if (image && !leaves) {
            channelsLast.put(layer.result(), true);
        }
    }

    private boolean isChannelsLast(int value) {
        return channelsLast.getOrDefault(value, false);
    }

    private static List<Long> sizes(List<Dim> dims) {
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < dims.size(); i++) {
            if (dims.get(i) instanceof Dim.Symbolic symbolic) {
                long guess = i == 0 ? GUESSED_BATCH : GUESSED_SIZE;
                sizes.add(Math.min(Math.max(symbolic.min(), guess), symbolic.max()));
            } else {
                sizes.add(dims.get(i).fixedSize().orElseThrow());
            }
        }
        return sizes;
    }

    private void emitSingle(Layer layer) {
        Emission emission = owner.adopt(new Emission(operators, registers));
        Layer free = withReshape(layer);
        if (POOLS.contains(layer.op().name()) && isImage(layer.inputs().get(0))) {
            free = withChannelsLastInput(free, emission);
        } else {
            trackOrder(layer);
        }
        calls.emit(free, this::value, emission);
        program.addAll(emission.calls());
    }

    /** A view fails on a tensor whose order in memory is another than the model's author saw; a reshape copies then. */
    private Layer withReshape(Layer layer) {
        boolean view =
                VIEWS.contains(layer.op().name()) && layer.op().overload().equals(OpName.DEFAULT_OVERLOAD);
        if (!view || layer.outputs().stream().anyMatch(rewritten.pinned()::contains)) {
            return layer;
        }
        List<NamedArgument> arguments = List.of(
                NamedArgument.read("self", layer.arguments().get(0).value()),
                NamedArgument.read("shape", layer.arguments().get(1).value()));
        return new Layer(layer.name(), OpName.parse("aten.reshape"), arguments, layer.outputs(), layer.modulePath());
    }

    /** Pooling is several times faster in channels-last order, which pays for the reordering. */
    private Layer withChannelsLastInput(Layer layer, Emission emission) {
        int input = layer.inputs().get(0);
        channelsLast.put(layer.outputs().get(0), true);
        if (isChannelsLast(input)) {
            return layer;
        }
        ArgumentEncoder encoder = new ArgumentEncoder(emission.owner(), this::value);
        Parameter format =
                operators.get(OpName.parse("aten.contiguous")).parameters().get(1);
        emission.call(layer.label(), "aten.contiguous.default")
                .operand(value(input))
                .operand(encoder.encode(
                        format, new Argument.Constant(Argument.Constant.Kind.MEMORY_FORMAT, "channels_last")))
                .into(registers.of(input));
        return layer;
    }

    private void trackOrder(Layer layer) {
        boolean ordered = !ROW_MAJOR.contains(layer.op().name());
        boolean any = false;
        for (int input : layer.inputs()) {
            if (segment.weight(input) == null && isImage(input)) {
                any = true;
                ordered &= isChannelsLast(input);
            }
        }
        for (int output : layer.outputs()) {
            if (output != Value.NONE && any && ordered && isImage(output)) {
                channelsLast.put(output, true);
            }
        }
    }

    private boolean isImage(int id) {
        TensorSpec spec = types.of(id);
        return spec != null
                && spec.shape().rank() == 4
                && spec.dtype() == DType.FLOAT32
                && segment.weight(id) == null
                && !rewritten.pinned().contains(id);
    }

    private List<CpuKernel.Output> outputs() {
        List<CpuKernel.Output> outputs = new ArrayList<>();
        Emission last = owner.adopt(new Emission(operators, registers));
        for (int i = 0; i < rewritten.outputs().size(); i++) {
            Argument output = rewritten.outputs().get(i);
            if (output instanceof Argument.Ref ref) {
                Value value = segment.value(ref.value());
                int register = registers.of(ref.value());
                if (value(ref.value()) instanceof Operand.Constant constant) {
                    register = registers.temporary();
                    last.call(value.name(), "aten.alias.default")
                            .operand(constant)
                            .into(register);
                }
                outputs.add(new CpuKernel.Output(
                        value.name(),
                        i,
                        register,
                        Carriers.of(value.type()),
                        shape(value),
                        types.of(ref.value()) != null,
                        value.type() instanceof ScalarType));
            } else if (output instanceof Argument.Int
                    || output instanceof Argument.Real
                    || output instanceof Argument.Bool) {
                outputs.add(constantOutput(i, output, last));
            }
        }
        program.addAll(last.calls());
        return outputs;
    }

    private CpuKernel.Output constantOutput(int index, Argument output, Emission emission) {
        int register = registers.temporary();
        DType dtype = output instanceof Argument.Int
                ? DType.INT64
                : output instanceof Argument.Real ? DType.FLOAT64 : DType.BOOL;
        Operator scalarTensor = operators.get(OpName.parse("aten.scalar_tensor"));
        ArgumentEncoder encoder = new ArgumentEncoder(emission.owner(), this::value);
        emission.call("output " + index, "aten.scalar_tensor.default")
                .operand(encoder.encode(scalarTensor.parameters().get(0), output))
                .operand(encoder.encode(scalarTensor.parameters().get(1), new Argument.Type(dtype)))
                .none()
                .none()
                .none()
                .into(register);
        return new CpuKernel.Output("output " + index, index, register, dtype, Shape.of(), true, false);
    }
}
