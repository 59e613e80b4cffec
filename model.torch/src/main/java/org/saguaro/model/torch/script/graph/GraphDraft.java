// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;

/**
 * A graph while it is drawn up. What it reads of the drafts around it becomes a capture: an input of the finished graph that
 * the control layer must bring. Weights become its own.
 */
public final class GraphDraft {

    /** A layer that may still be changed. */
    private record DraftLayer(
            String name, OpName op, List<NamedArgument> arguments, List<Integer> outputs, String modulePath) {}

    /** A state, its node already made by {@link #addSource}. */
    public record DraftState(String name, Node value, Argument initial, Argument next) {}

    private final @Nullable GraphDraft parent;
    private final Names names;
    private final List<Node> nodes = new ArrayList<>();
    private final Set<Integer> inputs = new LinkedHashSet<>();
    private final Set<Integer> sources = new LinkedHashSet<>();
    private final Map<Node, Integer> captures = new LinkedHashMap<>();
    private final Map<Node, Integer> weights = new LinkedHashMap<>();
    private final List<DraftLayer> layers = new ArrayList<>();
    private final Map<Node, DraftLayer> producers = new HashMap<>();
    private final Set<Integer> read = new HashSet<>();
    /** Of layers that may be shared: what was computed before, by what it was computed from. */
    private final Map<Object, Node> known = new HashMap<>();

    public GraphDraft(@Nullable GraphDraft parent, Names names) {
        this.parent = parent;
        this.names = names;
    }

    public @Nullable GraphDraft parent() {
        return parent;
    }

    public int layerCount() {
        return layers.size();
    }

    /** Makes a value that is brought from outside. */
    public Node addInput(String name, ValueType type) {
        Node node = make(name, type);
        inputs.add(node.id());
        return node;
    }

    /** Makes a value that a state brings. */
    public Node addSource(String name, ValueType type) {
        Node node = make(name, type);
        sources.add(node.id());
        return node;
    }

    private Node make(String name, ValueType type) {
        Node node = Node.made(this, nodes.size(), names.unique(name), type);
        nodes.add(node);
        return node;
    }

    /** A reference to a value that can be seen from here. */
    public Argument.Ref ref(Node node) {
        int id = local(node);
        read.add(id);
        return new Argument.Ref(id);
    }

    private int local(Node node) {
        if (node.home() == this) {
            return node.id();
        }
        Map<Node, Integer> imported = node.isWeight() ? weights : captures;
        Integer known = imported.get(node);
        if (known != null) {
            return known;
        }
        if (!node.isWeight()) {
            if (parent == null) {
                throw new IllegalStateException("the value " + node + " cannot be seen from here");
            }
            // So that the draft between captures it, too.
            parent.read.add(parent.local(node));
        }
        int id = nodes.size();
        nodes.add(Node.made(this, id, node.name(), node.type()));
        imported.put(node, id);
        return id;
    }

    /** Adds a layer and returns the nodes it makes. */
    public List<Node> addLayer(
            String baseName, OpName op, List<NamedArgument> arguments, List<ValueType> types, String modulePath) {
        String name = names.unique(baseName);
        List<Node> made = new ArrayList<>();
        List<Integer> outputs = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Node node = Node.made(this, nodes.size(), types.size() == 1 ? name : name + "." + i, types.get(i));
            nodes.add(node);
            made.add(node);
            outputs.add(node.id());
        }
        DraftLayer layer = new DraftLayer(name, op, arguments, outputs, modulePath);
        layers.add(layer);
        made.forEach(node -> producers.put(node, layer));
        return List.copyOf(made);
    }

    /**
     * Lets the layer that makes a list make its elements instead, if the layer is of this draft and nobody has read the list.
     *
     * @return the elements; null if it is too late for that
     */
    public @Nullable List<Node> split(Node list, int count, ValueType elementType) {
        DraftLayer layer = producers.get(list);
        if (list.home() != this || layer == null || layer.outputs().size() != 1 || read.contains(list.id())) {
            return null;
        }
        layer.outputs().clear();
        List<Node> elements = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Node element = Node.made(this, nodes.size(), layer.name() + "." + i, elementType);
            nodes.add(element);
            elements.add(element);
            layer.outputs().add(element.id());
            producers.put(element, layer);
        }
        producers.remove(list);
        return List.copyOf(elements);
    }

    /** What was computed from the same before, here or around; null if nothing was. */
    public @Nullable Node known(Object key) {
        Node node = known.get(key);
        return node != null || parent == null ? node : parent.known(key);
    }

    /** Remembers what was computed. */
    public void learn(Object key, Node node) {
        known.put(key, node);
    }

    /** What it reads of the drafts around it, in order. */
    public Collection<Node> captures() {
        return List.copyOf(captures.keySet());
    }

    /** As a model. */
    public LayerGraph finish(String name, List<Argument> outputs, List<DraftState> states) {
        return finish(name, List.of(), outputs, states);
    }

    /**
     * As a nested graph.
     *
     * @param captured what it takes behind its inputs: at least its {@link #captures}
     * @param outputs what it makes, with this draft's references
     */
    public LayerGraph finish(String name, List<Node> captured, List<Argument> outputs, List<DraftState> states) {
        return new Finish(name).run(captured, outputs, states);
    }

    /** Whether a layer does more than make its outputs. */
    private static boolean acts(OpName op, List<NamedArgument> arguments) {
        if (op.equals(HostOp.RAISE.op())) {
            return true;
        }
        for (NamedArgument argument : arguments) {
            if (argument.access() == NamedArgument.Access.WRITE) {
                return true;
            }
            if (argument.value() instanceof Argument.Graph nested) {
                for (Layer layer : nested.graph().layers()) {
                    if (acts(layer.op(), layer.arguments())) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Numbers everything anew: inputs, captures, states, weights, and what the layers make. */
    private final class Finish {
        private final LayerGraph.Builder builder;
        private final Map<Integer, Integer> ids = new HashMap<>();
        private final Set<String> valueNames = new HashSet<>();

        Finish(String name) {
            builder = new LayerGraph.Builder(name);
        }

        LayerGraph run(List<Node> captured, List<Argument> outputs, List<DraftState> states) {
            for (int input : inputs) {
                ids.put(
                        input,
                        builder.addInput(
                                valueName(nodes.get(input)), nodes.get(input).type()));
            }
            for (Node node : captured) {
                int id = builder.addInput(valueName(node), node.type());
                Integer local = captures.get(node);
                if (local != null) {
                    ids.put(local, id);
                }
            }
            for (int source : sources) {
                ids.put(
                        source,
                        builder.addValue(
                                valueName(nodes.get(source)), nodes.get(source).type()));
            }
            weights.forEach((node, id) -> {
                Node.WeightData weight = node.weightData();
                if (weight != null) {
                    ids.put(id, builder.addWeight(valueName(node), node.name(), weight.kind(), weight.data()));
                }
            });
            boolean[] needed = needed(outputs, states);
            for (int i = 0; i < needed.length; i++) {
                if (needed[i]) {
                    builder.addLayer(finished(layers.get(i)));
                }
            }
            for (DraftState state : states) {
                builder.addState(new State(
                        state.name(), id(state.value().id()), renumbered(state.initial()), renumbered(state.next())));
            }
            outputs.forEach(output -> builder.addOutput(renumbered(output)));
            return builder.build();
        }

        /** Which layers do anything for the outputs, change a tensor, or may end the request. */
        private boolean[] needed(List<Argument> outputs, List<DraftState> states) {
            Set<Integer> wanted = new HashSet<>();
            outputs.forEach(output -> Layer.forEachRef(output, wanted::add));
            for (DraftState state : states) {
                Layer.forEachRef(state.initial(), wanted::add);
                Layer.forEachRef(state.next(), wanted::add);
            }
            boolean[] needed = new boolean[layers.size()];
            for (int i = needed.length - 1; i >= 0; i--) {
                DraftLayer layer = layers.get(i);
                if (acts(layer.op(), layer.arguments())
                        || layer.outputs().stream().anyMatch(wanted::contains)) {
                    needed[i] = true;
                    layer.arguments().forEach(argument -> Layer.forEachRef(argument.value(), wanted::add));
                }
            }
            return needed;
        }

        private Layer finished(DraftLayer layer) {
            List<NamedArgument> arguments = new ArrayList<>();
            for (NamedArgument argument : layer.arguments()) {
                arguments.add(new NamedArgument(argument.name(), argument.access(), renumbered(argument.value())));
            }
            List<Integer> outputs = new ArrayList<>();
            for (int output : layer.outputs()) {
                Node node = nodes.get(output);
                int id = builder.addValue(valueName(node), node.type());
                ids.put(output, id);
                outputs.add(id);
            }
            return new Layer(
                    layer.name(),
                    layer.op(),
                    arguments,
                    outputs.isEmpty() ? List.of(Value.NONE) : outputs,
                    layer.modulePath());
        }

        private Argument renumbered(Argument argument) {
            if (argument instanceof Argument.Ref ref) {
                return new Argument.Ref(id(ref.value()));
            }
            if (argument instanceof Argument.ListOf list) {
                return new Argument.ListOf(
                        list.elements().stream().map(this::renumbered).toList());
            }
            return argument;
        }

        private int id(int local) {
            Integer id = ids.get(local);
            if (id == null) {
                throw new IllegalStateException("the value " + nodes.get(local) + " is not made before it is read");
            }
            return id;
        }

        private String valueName(Node node) {
            String name = node.name();
            for (int i = 1; !valueNames.add(name); i++) {
                name = node.name() + "_" + i;
            }
            return name;
        }
    }
}
