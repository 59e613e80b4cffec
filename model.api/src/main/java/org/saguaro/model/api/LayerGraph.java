// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model, or a part of one: immutable, its layers in topological order.
 *
 * <p>A part (a <em>segment</em>, see {@link #segment}) keeps the value ids of the whole, so a value has one id wherever it is
 * seen. Every value is an input, a weight, a state, or the output of exactly one layer that comes before its readers.
 * Control flow is nested graphs (see {@link ControlOps}), each with values of its own.
 */
public final class LayerGraph {

    private final String name;
    private final List<Value> values;
    private final List<Integer> inputs;
    private final List<Argument> outputs;
    private final List<Layer> layers;
    private final Map<Integer, Weight> weights;
    private final List<State> states;
    private final Map<String, LayerGraph> methods;

    private LayerGraph(
            String name,
            List<Value> values,
            List<Integer> inputs,
            List<Argument> outputs,
            List<Layer> layers,
            Map<Integer, Weight> weights,
            List<State> states,
            Map<String, LayerGraph> methods) {
        this.name = name;
        this.values = values;
        this.inputs = inputs;
        this.outputs = outputs;
        this.layers = layers;
        this.weights = weights;
        this.states = states;
        this.methods = methods;
    }

    /** For people: the model's name. */
    public String name() {
        return name;
    }

    /** All values; index = id. */
    public List<Value> values() {
        return values;
    }

    /** The value of that id. */
    public Value value(int id) {
        return values.get(id);
    }

    /**
     * Spec of a tensor value.
     *
     * @throws IllegalArgumentException if the value is no tensor
     */
    public TensorSpec tensor(int id) {
        if (value(id).type() instanceof TensorSpec spec) {
            return spec;
        }
        throw new IllegalArgumentException("value " + value(id) + " is no tensor");
    }

    /**
     * Ids of the values a caller brings, in the model's order, nested containers flattened. The last one may be of the
     * {@link HostType} {@code List[Tensor]}: it takes all tensors that are left.
     */
    public List<Integer> inputs() {
        return inputs;
    }

    /**
     * What the caller gets, flattened in order: references to values, or constants the model returns. A value of a
     * {@link HostType} is flattened when it is there, dictionaries in their order; None is left out.
     */
    public List<Argument> outputs() {
        return outputs;
    }

    /** The layers, producers before consumers. */
    public List<Layer> layers() {
        return layers;
    }

    /** The weights, in the archive's order. */
    public Collection<Weight> weights() {
        return weights.values();
    }

    /** The weight that a value carries, or null if the value is no weight. */
    public @Nullable Weight weight(int id) {
        return weights.get(id);
    }

    /** What the model remembers between requests; empty for most models. */
    public List<State> states() {
        return states;
    }

    /**
     * Other entry points of the model that need no inputs, by name: {@code reset_memory}, for instance. They work on the
     * states of the same names.
     */
    public Map<String, LayerGraph> methods() {
        return methods;
    }

    /** The layer that makes each value; inputs and weights are absent. */
    public Map<Integer, Layer> producers() {
        Map<Integer, Layer> producers = new HashMap<>();
        for (Layer layer : layers) {
            for (int output : layer.outputs()) {
                if (output != Value.NONE) {
                    producers.put(output, layer);
                }
            }
        }
        return producers;
    }

    /**
     * The part of this graph that consists of {@code part}, in this graph's order. Its inputs are the values it reads and does
     * not make; its outputs those it makes that other layers or the caller read; it shares values and weights.
     *
     * @param part layers of this graph
     */
    public LayerGraph segment(String segmentName, Set<Layer> part) {
        Set<Integer> made = new LinkedHashSet<>();
        Set<Integer> read = new LinkedHashSet<>();
        Map<Integer, Weight> used = new LinkedHashMap<>();
        List<Layer> members = new ArrayList<>();
        Set<Integer> wanted = new HashSet<>();
        outputs.forEach(output -> Layer.forEachRef(output, wanted::add));
        states.forEach(state -> Layer.forEachRef(state.next(), wanted::add));
        for (Layer layer : layers) {
            if (!part.contains(layer)) {
                wanted.addAll(layer.inputs());
                continue;
            }
            members.add(layer);
            for (int input : layer.inputs()) {
                Weight weight = weights.get(input);
                if (weight != null) {
                    used.put(input, weight);
                } else if (!made.contains(input)) {
                    read.add(input);
                }
            }
            for (int output : layer.outputs()) {
                if (output != Value.NONE) {
                    made.add(output);
                }
            }
        }
        if (members.size() != part.size()) {
            throw new IllegalArgumentException("a segment may only hold layers of its graph");
        }
        List<Argument> leaving = made.stream()
                .filter(wanted::contains)
                .map(id -> (Argument) new Argument.Ref(id))
                .toList();
        return new LayerGraph(
                segmentName,
                values,
                List.copyOf(read),
                leaving,
                List.copyOf(members),
                Collections.unmodifiableMap(used),
                List.of(),
                Map.of());
    }

    /** A builder that holds this graph's contents, for a pass that changes some of it. */
    public Builder toBuilder() {
        Builder builder = new Builder(name);
        builder.values.addAll(values);
        builder.inputs.addAll(inputs);
        builder.outputs.addAll(outputs);
        builder.layers.addAll(layers);
        builder.weights.putAll(weights);
        builder.states.addAll(states);
        builder.methods.putAll(methods);
        return builder;
    }

    @Override
    public String toString() {
        return name + " (" + layers.size() + " layers, " + weights.size() + " weights)";
    }

    /** Collects a graph. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final List<Value> values = new ArrayList<>();
        private final List<Integer> inputs = new ArrayList<>();
        private final List<Argument> outputs = new ArrayList<>();
        private final List<Layer> layers = new ArrayList<>();
        private final Map<Integer, Weight> weights = new LinkedHashMap<>();
        private final List<State> states = new ArrayList<>();
        private final Map<String, LayerGraph> methods = new LinkedHashMap<>();

        public Builder(String name) {
            this.name = name;
        }

        /** Adds a value and returns its id. */
        public int addValue(String valueName, ValueType type) {
            int id = values.size();
            values.add(new Value(id, valueName, type));
            return id;
        }

        /** Adds a value that the caller brings. */
        public int addInput(String valueName, ValueType type) {
            int id = addValue(valueName, type);
            inputs.add(id);
            return id;
        }

        /** Takes the place of all inputs, for a pass; the values must have been added. */
        public Builder inputs(List<Integer> replacement) {
            inputs.clear();
            inputs.addAll(replacement);
            return this;
        }

        /** Adds a value that carries a weight. */
        public int addWeight(String valueName, String weightName, Weight.Kind kind, Tensor data) {
            int id = addValue(valueName, data.spec());
            weights.put(id, new Weight(weightName, kind, id, data));
            return id;
        }

        /** Type of a value added before. */
        public ValueType type(int id) {
            return values.get(id).type();
        }

        /** Gives a value another type, for a pass that knows more. */
        public Builder type(int id, ValueType type) {
            Value value = values.get(id);
            values.set(id, new Value(id, value.name(), type));
            return this;
        }

        /** Turns the value of a weight into one that is made in another way: a state, for instance. */
        public Builder removeWeight(int id) {
            weights.remove(id);
            return this;
        }

        /** Adds a state, whose value must have been added and be no input, weight or output of a layer. */
        public Builder addState(State state) {
            states.add(state);
            return this;
        }

        /** Takes the place of all states, for a pass. */
        public Builder states(List<State> replacement) {
            states.clear();
            states.addAll(replacement);
            return this;
        }

        /** Adds an entry point without inputs. */
        public Builder addMethod(String methodName, LayerGraph method) {
            methods.put(methodName, method);
            return this;
        }

        /** Adds a layer; producers first. */
        public Builder addLayer(Layer layer) {
            layers.add(layer);
            return this;
        }

        /** Adds something that the caller gets. */
        public Builder addOutput(Argument output) {
            outputs.add(output);
            return this;
        }

        /** Takes the place of all layers, for a pass. */
        public Builder layers(List<Layer> replacement) {
            layers.clear();
            layers.addAll(replacement);
            return this;
        }

        /** Takes the place of all outputs, for a pass. */
        public Builder outputs(List<Argument> replacement) {
            outputs.clear();
            outputs.addAll(replacement);
            return this;
        }

        /**
         * Checks and builds. Weights that no layer and no output reads are dropped.
         *
         * @throws IllegalArgumentException if a value is read before it is made, made twice, or unknown
         */
        public LayerGraph build() {
            boolean[] defined = new boolean[values.size()];
            Set<Integer> read = new HashSet<>();
            inputs.forEach(id -> define(defined, id, "the inputs"));
            weights.keySet().forEach(id -> define(defined, id, "the weights"));
            states.forEach(state -> define(defined, state.value(), "the states"));
            for (Layer layer : layers) {
                for (int input : layer.inputs()) {
                    require(defined, input, "layer " + layer.name());
                    read.add(input);
                }
                for (int output : layer.outputs()) {
                    if (output != Value.NONE) {
                        define(defined, output, "layer " + layer.name());
                    }
                }
            }
            for (Argument output : outputs) {
                Layer.forEachRef(output, id -> {
                    require(defined, id, "the outputs");
                    read.add(id);
                });
            }
            for (State state : states) {
                Layer.forEachRef(state.initial(), read::add);
                Layer.forEachRef(state.next(), id -> {
                    require(defined, id, "the state " + state.name());
                    read.add(id);
                });
            }
            Map<Integer, Weight> used = new LinkedHashMap<>(weights);
            used.keySet().retainAll(read);
            return new LayerGraph(
                    name,
                    List.copyOf(values),
                    List.copyOf(inputs),
                    List.copyOf(outputs),
                    List.copyOf(layers),
                    Collections.unmodifiableMap(used),
                    List.copyOf(states),
                    Collections.unmodifiableMap(new LinkedHashMap<>(methods)));
        }

        private void define(boolean[] defined, int id, String where) {
            if (id < 0 || id >= defined.length) {
                throw new IllegalArgumentException(where + " make the unknown value " + id);
            }
            if (defined[id]) {
                throw new IllegalArgumentException(
                        where + " make the value " + values.get(id).name() + " a second time");
            }
            defined[id] = true;
        }

        private void require(boolean[] defined, int id, String where) {
            if (id < 0 || id >= defined.length || !defined[id]) {
                throw new IllegalArgumentException(where + " read the value "
                        + (id >= 0 && id < defined.length ? values.get(id).name() : String.valueOf(id))
                        + " before it is made");
            }
        }
    }
}
