// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.State;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/**
 * Makes one graph functional, and those inside it. It walks the layers and keeps, for each tensor that somebody may write, the
 * value that holds its content now ({@link Tracked}). A write makes a new value of the tensor and, by undoing its views, of
 * what it is a view on; other views are made again when they are read next.
 */
final class GraphFunctionalizer {

    /** What all graphs of a model have in common. */
    interface Model {

        /** Whether some PE can run a layer that a pass wants to add. */
        boolean canRun(LayerGraph graph, Layer layer);

        /** Whether a layer is to stay as it is, because what it writes cannot be made functional. */
        boolean staysInPlace(Layer layer);

        /** The layers that share written memory with this one cannot be made functional: they stay as they are. */
        void keepInPlace(LayerGraph graph, int written);

        /** The model cannot be deployed. */
        void refuse(Layer layer, String reason);

        /** A nested graph changes these weights. */
        void changedWeights(Set<String> names);

        /** A name that no layer has. */
        String name(String base);
    }

    /** Host operators whose results hold their operands. */
    private static final Set<HostOp> HOLDERS = EnumSet.of(
            HostOp.UNWRAP,
            HostOp.IDENTITY,
            HostOp.SELECT,
            HostOp.LIST,
            HostOp.TUPLE,
            HostOp.DICT,
            HostOp.GET,
            HostOp.UNPACK,
            HostOp.SLICE,
            HostOp.SET,
            HostOp.APPEND,
            HostOp.INSERT,
            HostOp.REMOVE,
            HostOp.VALUES,
            HostOp.ITEMS,
            HostOp.REVERSED,
            HostOp.ADD,
            HostOp.MUL);

    private final LayerGraph graph;
    private final Model model;
    private final LayerGraph.Builder builder;
    private final List<Layer> emitted = new ArrayList<>();
    private final Map<Integer, Tracked> tracked = new HashMap<>();
    private final List<Tracked> inputs = new ArrayList<>();
    private final Map<Weight, Tracked> weights = new LinkedHashMap<>();

    /** Names of layers that may go if nobody reads what they make. */
    private final Set<String> droppable = new HashSet<>();

    GraphFunctionalizer(LayerGraph graph, Model model) {
        this.graph = graph;
        this.model = model;
        this.builder = graph.toBuilder();
        graph.inputs().forEach(id -> inputs.add(track(id)));
        graph.weights().forEach(weight -> weights.put(weight, track(weight.value())));
        for (Layer layer : graph.layers()) {
            visit(layer);
        }
    }

    /** Positions of the inputs whose content the graph changes. */
    Set<Integer> changedInputs() {
        Set<Integer> changed = new TreeSet<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).version > 0) {
                changed.add(i);
            }
        }
        return changed;
    }

    /** Names of the weights whose content the graph changes. */
    Set<String> changedWeights() {
        Set<String> changed = new TreeSet<>();
        weights.forEach((weight, tensor) -> {
            if (tensor.version > 0) {
                changed.add(weight.name());
            }
        });
        return changed;
    }

    /**
     * The functional graph.
     *
     * @param returned positions of inputs whose content at the end are further outputs, in this order
     */
    LayerGraph finish(List<Integer> returned) {
        List<Argument> outputs = new ArrayList<>();
        graph.outputs().forEach(output -> outputs.add(current(output)));
        returned.forEach(position -> outputs.add(new Argument.Ref(refresh(inputs.get(position)))));
        List<State> states = graph.states().stream()
                .map(state -> new State(state.name(), state.value(), state.initial(), current(state.next())))
                .toList();
        if (emitted.equals(graph.layers()) && outputs.equals(graph.outputs()) && states.equals(graph.states())) {
            return graph;
        }
        builder.outputs(outputs).states(states).layers(withoutUnread(outputs, states));
        return builder.build();
    }

    private List<Layer> withoutUnread(List<Argument> outputs, List<State> states) {
        Set<Integer> read = new HashSet<>();
        outputs.forEach(output -> Layer.forEachRef(output, read::add));
        states.forEach(state -> Layer.forEachRef(state.next(), read::add));
        Set<Integer> readBefore = new HashSet<>();
        graph.layers().forEach(layer -> readBefore.addAll(layer.inputs()));
        List<Layer> kept = new ArrayList<>();
        for (int i = emitted.size() - 1; i >= 0; i--) {
            Layer layer = emitted.get(i);
            boolean added =
                    layer.outputs().stream().noneMatch(id -> id < graph.values().size());
            boolean nobody = Collections.disjoint(layer.outputs(), read);
            boolean lostReaders = !Collections.disjoint(layer.outputs(), readBefore);
            if (!nobody || !droppable.contains(layer.name()) || !(added || lostReaders)) {
                kept.add(layer);
                read.addAll(layer.inputs());
            }
        }
        Collections.reverse(kept);
        return kept;
    }

    // --- layers ---

    private void visit(Layer layer) {
        if (model.staysInPlace(layer)) {
            emit(mapped(layer));
        } else if (ControlOps.isControl(layer)) {
            visitControl(layer);
        } else if (HostOp.isHost(layer)) {
            visitHost(layer);
        } else if (layer.arguments().stream().noneMatch(GraphFunctionalizer::writes)) {
            visitReader(layer);
        } else {
            visitWriter(layer);
        }
    }

    private static boolean writes(NamedArgument argument) {
        return argument.access() == Access.WRITE && !refs(argument.value()).isEmpty();
    }

    private static List<Integer> refs(Argument argument) {
        List<Integer> refs = new ArrayList<>();
        Layer.forEachRef(argument, refs::add);
        return refs;
    }

    private void visitReader(Layer layer) {
        Layer mapped = mapped(layer);
        emit(mapped);
        List<Integer> shared = new ArrayList<>();
        layer.arguments().stream()
                .filter(argument -> argument.access() == Access.ALIAS)
                .forEach(argument -> shared.addAll(refs(argument.value())));
        // A fresh tensor for each request, although the schema calls it an alias of the archive's constant.
        if (shared.isEmpty() || layer.op().isAten("lift_fresh")) {
            return;
        }
        derive(layer, shared);
    }

    /** Remembers that the outputs of a layer share memory with some of what it reads. */
    private void derive(Layer layer, List<Integer> shared) {
        Tracked base = track(shared.get(0));
        List<Tracked> siblings = new ArrayList<>();
        Layer frozen = frozen(layer, new HashSet<>(shared));
        for (int i = 0; i < layer.outputs().size(); i++) {
            int output = layer.outputs().get(i);
            if (output == Value.NONE
                    || (!HostOp.isHost(layer) && Views.copies(layer, base.strides, type(base.value), type(output)))) {
                continue;
            }
            Strides strides =
                    HostOp.isHost(layer) ? base.strides : base.strides.through(layer, type(base.value), type(output));
            Tracked view = Tracked.derived(output, frozen, i, strides);
            shared.forEach(id -> view.parents.put(id, track(id)));
            view.markSynced();
            siblings.add(view);
            tracked.put(output, view);
        }
        siblings.forEach(view -> view.siblings = siblings);
        if (!siblings.isEmpty()) {
            droppable.add(layer.name());
        }
    }

    /** What a layer reads apart from the tensors it looks at stays as it is now, whenever the layer is repeated. */
    private Layer frozen(Layer layer, Set<Integer> shared) {
        Map<Integer, Integer> now = new HashMap<>();
        for (int id : layer.inputs()) {
            now.put(id, shared.contains(id) ? id : currentValue(id));
        }
        return new Layer(
                layer.name(),
                layer.op(),
                layer.arguments().stream()
                        .map(a -> new NamedArgument(a.name(), a.access(), renumbered(a.value(), now)))
                        .toList(),
                layer.outputs(),
                layer.modulePath());
    }

    private void visitHost(Layer layer) {
        emit(mapped(layer));
        HostOp op = HostOp.of(layer);
        if (!HOLDERS.contains(op) || layer.outputs().stream().allMatch(id -> id == Value.NONE || isNumber(id))) {
            return;
        }
        Integer element = knownElement(layer, op);
        if (element != null) {
            tracked.put(layer.outputs().get(0), track(element));
            return;
        }
        List<Integer> held =
                layer.inputs().stream().filter(id -> !isNumber(id)).distinct().toList();
        if (!held.isEmpty()) {
            derive(layer, held);
        }
    }

    private boolean isNumber(int id) {
        return type(id) instanceof org.saguaro.model.api.ScalarType;
    }

    /** The tensor that a constant index takes from a list that was written down; null if it is not so simple. */
    private @Nullable Integer knownElement(Layer layer, HostOp op) {
        if (op != HostOp.GET || !(layer.argument("key") instanceof Argument.Int key)) {
            return null;
        }
        Tracked list = tracked.get(Uses.ref(layer.argument("container")));
        Layer maker = list == null ? null : list.template;
        if (maker == null
                || !HostOp.isHost(maker)
                || (HostOp.of(maker) != HostOp.LIST && HostOp.of(maker) != HostOp.TUPLE)
                || !(maker.argument("elements") instanceof Argument.ListOf elements)) {
            return null;
        }
        long index = key.value() < 0 ? key.value() + elements.elements().size() : key.value();
        boolean inside = index >= 0 && index < elements.elements().size();
        return inside && elements.elements().get((int) index) instanceof Argument.Ref ref && !isNumber(ref.value())
                ? (Integer) ref.value()
                : null;
    }

    private void visitWriter(Layer layer) {
        if (layer.arguments().stream()
                .anyMatch(a -> a.access() == Access.WRITE && a.name().equals("out"))) {
            model.refuse(
                    layer,
                    "writes its result into a tensor that it is given, which is not supported; use the form without out=");
            emit(mapped(layer));
        } else if (Views.isInPlace(layer)) {
            reshapeInPlace(layer);
        } else if (!FunctionalTwins.isInPlace(layer) || !writeFunctionally(layer)) {
            writeACopy(layer);
        }
    }

    /** {@code x.unsqueeze_(0)}: the tensor goes on as a view on what it was. */
    private void reshapeInPlace(Layer layer) {
        int self = refs(layer.arguments().get(0).value()).get(0);
        Tracked before = track(self);
        int output = outputOf(layer, self);
        String name = layer.op().name();
        List<NamedArgument> arguments = new ArrayList<>(layer.arguments());
        arguments.set(0, new NamedArgument(arguments.get(0).name(), Access.ALIAS, new Argument.Ref(self)));
        boolean identity = name.equals("detach_") || name.equals("requires_grad_");
        if (identity) {
            tracked.put(output, before);
            return;
        }
        Layer view = new Layer(
                layer.name(),
                new OpName(
                        layer.op().namespace(),
                        name.substring(0, name.length() - 1),
                        layer.op().overload().equals(OpName.DEFAULT_OVERLOAD) && name.equals("transpose_")
                                ? "int"
                                : layer.op().overload()),
                arguments,
                List.of(output),
                layer.modulePath());
        emit(mapped(view));
        derive(view, List.of(self));
        Tracked after = track(output);
        tracked.replaceAll((id, tensor) -> tensor == before ? after : tensor);
    }

    /** Whether the functional form took its place. */
    private boolean writeFunctionally(Layer layer) {
        int self = refs(layer.arguments().get(0).value()).get(0);
        Tracked tensor = track(self);
        int output = outputOf(layer, self);
        Layer twin = FunctionalTwins.of(mapped(layer), output);
        FunctionalTwins.Result result = FunctionalTwins.result(twin, this::type);
        if (!canRun(twin)) {
            return false;
        }
        try {
            if (result instanceof FunctionalTwins.SameType) {
                emit(twin);
            } else {
                ValueType type =
                        result instanceof FunctionalTwins.Converted converted && type(self) instanceof TensorSpec spec
                                ? new TensorSpec(converted.dtype(), spec.shape())
                                : new AnyTensor();
                int made = builder.addValue(model.name(layer.name()), type);
                Layer copy = new Layer(
                        model.name(layer.name()),
                        new OpName("aten", "copy", OpName.DEFAULT_OVERLOAD),
                        List.of(
                                NamedArgument.read("self", new Argument.Ref(refresh(tensor))),
                                NamedArgument.read("src", new Argument.Ref(made)),
                                NamedArgument.read("non_blocking", new Argument.Bool(false))),
                        List.of(output),
                        layer.modulePath());
                if (!canRun(copy)) {
                    return false;
                }
                emit(FunctionalTwins.of(mapped(layer), made));
                emit(copy);
            }
            write(layer, tensor, output);
            tracked.put(output, tensor);
            return true;
        } catch (NoInverseException e) {
            model.keepInPlace(graph, self);
            return true;
        }
    }

    /** The value that a layer which returns its first argument makes; a new one if nobody gets it. */
    private int outputOf(Layer layer, int self) {
        return layer.outputs().isEmpty() || layer.outputs().get(0) == Value.NONE
                ? builder.addValue(model.name(layer.name()), type(self))
                : layer.outputs().get(0);
    }

    /** An operator without functional form works on a copy, which then becomes the content. */
    private void writeACopy(Layer layer) {
        Map<Integer, Integer> copies = new LinkedHashMap<>();
        List<Layer> before = new ArrayList<>();
        layer.arguments().stream().filter(GraphFunctionalizer::writes).forEach(argument -> {
            for (int id : refs(argument.value())) {
                if (!copies.containsKey(id)) {
                    int copy = builder.addValue(model.name(layer.name()), type(id));
                    copies.put(id, copy);
                    before.add(clone(layer, currentValue(id), copy));
                }
            }
        });
        if (!before.stream().allMatch(this::canRun)) {
            copies.keySet().forEach(id -> model.keepInPlace(graph, id));
            return;
        }
        before.forEach(this::emit);
        List<NamedArgument> arguments = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            Argument value = writes(argument) ? renumbered(argument.value(), copies) : current(argument.value());
            arguments.add(new NamedArgument(argument.name(), argument.access(), value));
        }
        List<Integer> outputs = new ArrayList<>(layer.outputs());
        int first = copies.keySet().iterator().next();
        boolean returnsFirst = layer.op().name().endsWith("_") && !outputs.isEmpty() && outputs.get(0) != Value.NONE;
        if (returnsFirst) {
            tracked.put(outputs.get(0), track(first));
            outputs.set(0, builder.addValue(model.name(layer.name()), type(first)));
        }
        emit(new Layer(layer.name(), layer.op(), arguments, outputs, layer.modulePath()));
        try {
            for (Map.Entry<Integer, Integer> copy : copies.entrySet()) {
                int content = builder.addValue(model.name(layer.name()), type(copy.getKey()));
                Layer after = clone(layer, copy.getValue(), content);
                droppable.add(after.name());
                emit(after);
                write(layer, track(copy.getKey()), content);
            }
        } catch (NoInverseException e) {
            copies.keySet().forEach(id -> model.keepInPlace(graph, id));
        }
    }

    private Layer clone(Layer layer, int from, int to) {
        return new Layer(
                model.name(layer.name()),
                new OpName("aten", "clone", OpName.DEFAULT_OVERLOAD),
                List.of(
                        NamedArgument.read("self", new Argument.Ref(from)),
                        NamedArgument.read("memory_format", new Argument.None())),
                List.of(to),
                layer.modulePath());
    }

    // --- nested graphs ---

    private void visitControl(Layer layer) {
        if (layer.op().equals(ControlOps.IF)) {
            visitBranch(layer);
        } else {
            visitLoop(layer);
        }
    }

    private GraphFunctionalizer nested(LayerGraph graphInside) {
        GraphFunctionalizer inside = new GraphFunctionalizer(graphInside, model);
        model.changedWeights(inside.changedWeights());
        return inside;
    }

    private void visitBranch(Layer layer) {
        List<GraphFunctionalizer> branches =
                ControlOps.graphs(layer).stream().map(this::nested).toList();
        Set<Integer> changed = new TreeSet<>();
        branches.forEach(branch -> changed.addAll(branch.changedInputs()));
        List<Integer> positions = List.copyOf(changed);
        List<Argument> operands = list(layer, "operands");
        Layer mapped = mapped(layer);
        Map<Integer, Integer> contents = newContents(layer, operands, positions);
        List<Integer> outputs = new ArrayList<>(layer.outputs());
        positions.forEach(position -> outputs.add(contents.getOrDefault(position, Value.NONE)));
        refuseSharing(layer, operands, changed, 0);
        emit(ControlOps.branch(
                layer.name(),
                argument(mapped, "condition"),
                branches.get(0).finish(positions),
                branches.get(1).finish(positions),
                list(mapped, "operands"),
                outputs,
                layer.modulePath()));
        writeBack(layer, operands, contents);
    }

    private void visitLoop(Layer layer) {
        LayerGraph nested = ControlOps.graphs(layer).get(0);
        GraphFunctionalizer body = nested(nested);
        List<Argument> carried = list(layer, "carried");
        List<Argument> captured = list(layer, "captured");
        int firstCaptured = 1 + carried.size();
        Set<Integer> changed = body.changedInputs();
        List<Integer> becomeCarried =
                changed.stream().filter(position -> position >= firstCaptured).toList();
        List<Argument> operands = new ArrayList<>(List.of(new Argument.None()));
        operands.addAll(carried);
        operands.addAll(captured);
        refuseCarriedThatLive(layer, carried, changed);
        refuseSharing(layer, operands, changed, firstCaptured);

        Layer mapped = mapped(layer);
        List<Argument> values = new ArrayList<>(List.of(new Argument.None()));
        values.addAll(list(mapped, "carried"));
        values.addAll(list(mapped, "captured"));
        Map<Integer, Integer> contents = newContents(layer, operands, becomeCarried);
        List<Integer> outputs = new ArrayList<>(layer.outputs());
        becomeCarried.forEach(position -> outputs.add(contents.getOrDefault(position, Value.NONE)));

        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < firstCaptured; i++) {
            order.add(i);
        }
        order.addAll(becomeCarried);
        int lastCarried = order.size();
        for (int i = firstCaptured; i < operands.size(); i++) {
            if (!becomeCarried.contains(i)) {
                order.add(i);
            }
        }
        LayerGraph functional = body.finish(becomeCarried);
        if (!becomeCarried.isEmpty()) {
            List<Integer> ids = functional.inputs();
            functional = functional.toBuilder()
                    .inputs(order.stream().map(ids::get).toList())
                    .build();
        }
        List<Argument> ordered = order.stream().map(values::get).toList();
        emit(ControlOps.loop(
                layer.name(),
                argument(mapped, "max_trips"),
                argument(mapped, "condition"),
                functional,
                ordered.subList(1, lastCarried),
                ordered.subList(lastCarried, ordered.size()),
                outputs,
                layer.modulePath()));
        writeBack(layer, operands, contents);
    }

    /** A value for the new content of each operand that nested graphs change. */
    private Map<Integer, Integer> newContents(Layer layer, List<Argument> operands, List<Integer> positions) {
        Map<Integer, Integer> contents = new LinkedHashMap<>();
        for (int position : positions) {
            // A constant or None in place of a tensor: its branch is never taken, but the graphs still return
            // something.
            ValueType type = operands.get(position) instanceof Argument.Ref ref
                    ? type(ref.value())
                    : new HostType("Optional[Tensor]");
            contents.put(position, builder.addValue(model.name(layer.name()), type));
        }
        return contents;
    }

    private void writeBack(Layer layer, List<Argument> operands, Map<Integer, Integer> contents) {
        contents.forEach((position, content) -> {
            if (operands.get(position) instanceof Argument.Ref ref) {
                try {
                    write(layer, track(ref.value()), content);
                } catch (NoInverseException e) {
                    model.refuse(
                            layer,
                            "changes in place what it is handed, which is a view that cannot be followed back"
                                    + " to its base; work on a copy (x = x.clone())");
                }
            }
        });
    }

    /** Two operands that share memory are two tensors inside. */
    private void refuseSharing(Layer layer, List<Argument> operands, Set<Integer> changed, int from) {
        for (int i : changed) {
            if (i < from || !(operands.get(i) instanceof Argument.Ref written)) {
                continue;
            }
            for (int j = 0; j < operands.size(); j++) {
                if (j != i
                        && operands.get(j) instanceof Argument.Ref other
                        && !roots(track(written.value())).equals(Set.of())
                        && !Collections.disjoint(roots(track(written.value())), roots(track(other.value())))) {
                    model.refuse(
                            layer,
                            "changes a tensor in place and reads the same memory by another name, which is not"
                                    + " supported across a branch or a loop; work on a copy (x = x.clone())");
                    return;
                }
            }
        }
    }

    /** What a loop carries and writes is, in the first iteration, the tensor that was there before. */
    private void refuseCarriedThatLive(Layer layer, List<Argument> carried, Set<Integer> changed) {
        for (int position : changed) {
            if (position >= 1 && position <= carried.size() && carried.get(position - 1) instanceof Argument.Ref ref) {
                Set<Tracked> shared = roots(track(ref.value()));
                if (isReadAfter(layer, shared)) {
                    model.refuse(
                            layer,
                            "changes a tensor in place before it gives it another value, and the tensor is read"
                                    + " after the loop; work on a copy (x = x.clone()) before the loop");
                }
            }
        }
    }

    private boolean isReadAfter(Layer layer, Set<Tracked> shared) {
        Set<Integer> read = new LinkedHashSet<>();
        int position = graph.layers().indexOf(layer);
        graph.layers().subList(position + 1, graph.layers().size()).forEach(later -> read.addAll(later.inputs()));
        graph.outputs().forEach(output -> read.addAll(refs(output)));
        graph.states().forEach(state -> read.addAll(refs(state.next())));
        return read.stream().anyMatch(id -> tracked.containsKey(id) && !Collections.disjoint(roots(track(id)), shared));
    }

    private static Set<Tracked> roots(Tracked tensor) {
        if (tensor.parents.isEmpty()) {
            return Set.of(tensor);
        }
        Set<Tracked> roots = new HashSet<>();
        tensor.parents.values().forEach(parent -> roots.addAll(roots(parent)));
        return roots;
    }

    private static List<Argument> list(Layer layer, String name) {
        return argument(layer, name) instanceof Argument.ListOf list ? list.elements() : List.of();
    }

    private static Argument argument(Layer layer, String name) {
        Argument argument = layer.argument(name);
        return argument == null ? new Argument.None() : argument;
    }

    // --- contents ---

    /** A write through a view that cannot be followed back to its base. */
    private static final class NoInverseException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private Tracked track(int id) {
        Tracked known = tracked.get(id);
        if (known == null) {
            known = Tracked.root(id, Strides.own(type(id)));
            tracked.put(id, known);
        }
        return known;
    }

    private ValueType type(int id) {
        return builder.type(id);
    }

    private int currentValue(int id) {
        Tracked tensor = tracked.get(id);
        return tensor == null ? id : refresh(tensor);
    }

    private Argument current(Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return new Argument.Ref(currentValue(ref.value()));
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(
                    list.elements().stream().map(this::current).toList());
        }
        return argument;
    }

    private Layer mapped(Layer layer) {
        List<NamedArgument> arguments = layer.arguments().stream()
                .map(a -> new NamedArgument(a.name(), a.access(), current(a.value())))
                .toList();
        return arguments.equals(layer.arguments())
                ? layer
                : new Layer(layer.name(), layer.op(), arguments, layer.outputs(), layer.modulePath());
    }

    /** The value with the tensor's content now; a view that is out of date is made again. */
    private int refresh(Tracked tensor) {
        tensor.parents.values().forEach(this::refresh);
        Layer template = tensor.template;
        if (template == null || !tensor.isStale()) {
            return tensor.value;
        }
        List<Integer> outputs = new ArrayList<>();
        for (int output : template.outputs()) {
            outputs.add(
                    output == Value.NONE ? Value.NONE : builder.addValue(model.name(template.name()), type(output)));
        }
        Map<Integer, Tracked> parents = tensor.parents;
        Layer again = new Layer(
                model.name(template.name()),
                template.op(),
                template.arguments().stream()
                        .map(a -> new NamedArgument(a.name(), a.access(), onContents(a.value(), parents)))
                        .toList(),
                outputs,
                template.modulePath());
        droppable.add(again.name());
        emit(again);
        for (Tracked sibling : tensor.siblings) {
            if (sibling.isStale()) {
                sibling.value = outputs.get(sibling.index);
                sibling.version++;
                sibling.markSynced();
            }
        }
        return tensor.value;
    }

    private static Argument onContents(Argument argument, Map<Integer, Tracked> parents) {
        if (argument instanceof Argument.Ref ref) {
            Tracked parent = parents.get(ref.value());
            return parent == null ? argument : new Argument.Ref(parent.value);
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(list.elements().stream()
                    .map(element -> onContents(element, parents))
                    .toList());
        }
        return argument;
    }

    /** From now on the tensor has this content, and what it is a view on accordingly. */
    private void write(Layer writer, Tracked tensor, int content) throws NoInverseException {
        Layer view = tensor.template;
        if (view != null) {
            if (tensor.parents.size() != 1) {
                throw new NoInverseException();
            }
            Tracked base = tensor.parents.values().iterator().next();
            int before = refresh(base);
            List<Layer> added = new ArrayList<>();
            Integer after = Views.undo(view, tensor.index, before, content, new Views.Emitter() {
                @Override
                public int emit(OpName op, ValueType type, List<NamedArgument> arguments) {
                    int id = builder.addValue(model.name(writer.name()), type);
                    added.add(new Layer(model.name(writer.name()), op, arguments, List.of(id), writer.modulePath()));
                    return id;
                }

                @Override
                public ValueType type(int value) {
                    return GraphFunctionalizer.this.type(value);
                }

                @Override
                public Argument current(Argument argument) {
                    return argument;
                }
            });
            if (after == null || !added.stream().allMatch(this::canRun)) {
                throw new NoInverseException();
            }
            added.forEach(layer -> {
                droppable.add(layer.name());
                emit(layer);
            });
            write(writer, base, after);
        }
        tensor.value = content;
        tensor.version++;
        tensor.markSynced();
    }

    private void emit(Layer layer) {
        emitted.add(layer);
    }

    /** Asks with a graph of the layer alone. */
    private boolean canRun(Layer layer) {
        LayerGraph.Builder alone = new LayerGraph.Builder(graph.name());
        Map<Integer, Integer> ids = new HashMap<>();
        for (int id : layer.inputs()) {
            Weight weight = graph.weight(id);
            ids.computeIfAbsent(
                    id,
                    old -> weight == null
                            ? alone.addInput("x" + old, type(old))
                            : alone.addWeight("w" + old, weight.name(), weight.kind(), weight.data()));
        }
        List<Integer> outputs = new ArrayList<>();
        for (int id : layer.outputs()) {
            outputs.add(id == Value.NONE ? Value.NONE : alone.addValue("y" + id, type(id)));
        }
        Layer question = new Layer(
                layer.name() + "?",
                layer.op(),
                layer.arguments().stream()
                        .map(a -> new NamedArgument(a.name(), a.access(), renumbered(a.value(), ids)))
                        .toList(),
                outputs,
                layer.modulePath());
        LayerGraph asked = alone.addLayer(question).build();
        return Structure.kind(asked, question) != TaskGraph.Kind.PE || model.canRun(asked, question);
    }

    private static Argument renumbered(Argument argument, Map<Integer, Integer> ids) {
        if (argument instanceof Argument.Ref ref) {
            return new Argument.Ref(ids.getOrDefault(ref.value(), ref.value()));
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(list.elements().stream()
                    .map(element -> renumbered(element, ids))
                    .toList());
        }
        return argument;
    }
}
