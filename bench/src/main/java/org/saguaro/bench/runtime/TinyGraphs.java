// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;

/** Graphs on a single number for {@link TinyElement}: every layer adds one to the sum of its inputs. */
public final class TinyGraphs {

    private static final TensorSpec NUMBER = TensorSpec.of(DType.FLOAT32, 1);

    private TinyGraphs() {}

    /** A chain of layers, their operators taken in turn. */
    public static LayerGraph chain(String name, int length, String... ops) {
        LayerGraph.Builder graph = new LayerGraph.Builder(name);
        int value = graph.addInput("x", NUMBER);
        for (int i = 0; i < length; i++) {
            value = unary(graph, ops[i % ops.length], "layer" + i, value);
        }
        graph.addOutput(new Argument.Ref(value));
        return graph.build();
    }

    /** A layer, and all others after it, each with an output. */
    public static LayerGraph fanOut(String name, int layers, String op) {
        LayerGraph.Builder graph = new LayerGraph.Builder(name);
        int first = unary(graph, op, "first", graph.addInput("x", NUMBER));
        for (int i = 1; i < layers; i++) {
            graph.addOutput(new Argument.Ref(unary(graph, op, "layer" + i, first)));
        }
        return graph.build();
    }

    private static int unary(LayerGraph.Builder graph, String op, String name, int input) {
        int output = graph.addValue(name, NUMBER);
        graph.addLayer(new Layer(
                name,
                OpName.parse("aten." + op),
                List.of(NamedArgument.read("self", new Argument.Ref(input))),
                List.of(output),
                name));
        return output;
    }
}
