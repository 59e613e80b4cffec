// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;

/** What {@link GraphSketch} does not write: operators that alias, write, or return nothing; and how to look at graphs. */
final class Sketches {

    private Sketches() {}

    /** A layer that writes its first argument, for instance {@code relu_}. */
    static int inPlace(GraphSketch net, String op, TensorSpec spec, int self, NamedArgument... more) {
        return first(net, op, spec, Access.WRITE, self, more);
    }

    /** A layer whose result may be a view on its first argument, for instance {@code alias} or {@code dropout}. */
    static int view(GraphSketch net, String op, TensorSpec spec, int self, NamedArgument... more) {
        return first(net, op, spec, Access.ALIAS, self, more);
    }

    private static int first(
            GraphSketch net, String op, TensorSpec spec, Access access, int self, NamedArgument... more) {
        List<NamedArgument> arguments = new ArrayList<>();
        arguments.add(new NamedArgument("self", access, new Argument.Ref(self)));
        arguments.addAll(Arrays.asList(more));
        return net.layer(op, spec, arguments.toArray(NamedArgument[]::new));
    }

    static TensorSpec float32(long... sizes) {
        return TensorSpec.of(DType.FLOAT32, sizes);
    }

    static NamedArgument bool(String name, boolean value) {
        return NamedArgument.read(name, new Argument.Bool(value));
    }

    /** The graph with a check of {@code value} behind its last layer: a layer that returns nothing. */
    static LayerGraph withCheck(LayerGraph graph, String op, int value) {
        List<Layer> layers = new ArrayList<>(graph.layers());
        layers.add(new Layer("check", OpName.parse(op), List.of(GraphSketch.read("a", value)), List.of(), ""));
        return graph.toBuilder().layers(layers).build();
    }

    /** Operator names of the layers, in order. */
    static List<String> ops(LayerGraph graph) {
        return ops(graph.layers());
    }

    static List<String> ops(List<Layer> layers) {
        return layers.stream().map(layer -> layer.op().name()).toList();
    }

    static Layer layer(LayerGraph graph, int position) {
        return graph.layers().get(position);
    }

    /** Ids of the values that the caller gets. */
    static List<Integer> outputs(LayerGraph graph) {
        return TaskGraph.outputIds(graph);
    }

    /** A PE type for everything, and more types that support these operators only, written {@code type:op,op}. */
    static Function<Layer, Set<String>> cpuAnd(String... others) {
        return layer -> {
            Set<String> types = new TreeSet<>(Set.of("cpu"));
            types.addAll(only(others).apply(layer));
            return types;
        };
    }

    /** PE types that support these operators only, written {@code type:op,op}. */
    static Function<Layer, Set<String>> only(String... types) {
        return layer -> {
            Set<String> supporting = new TreeSet<>();
            for (String type : types) {
                String[] parts = type.split(":", 2);
                if (Arrays.asList(parts[1].split(",", -1)).contains(layer.op().name())) {
                    supporting.add(parts[0]);
                }
            }
            return supporting;
        };
    }
}
