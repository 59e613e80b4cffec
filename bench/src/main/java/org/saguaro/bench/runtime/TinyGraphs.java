// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.ArrayList;
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

    /** So many chains beside each other, each with an output. */
    public static LayerGraph chains(String name, int count, int length, String op) {
        LayerGraph.Builder graph = new LayerGraph.Builder(name);
        int input = graph.addInput("x", NUMBER);
        List<Integer> ends = new ArrayList<>();
        for (int c = 0; c < count; c++) {
            int value = input;
            for (int i = 0; i < length; i++) {
                value = unary(graph, op, "chain" + c + "_" + i, value);
            }
            ends.add(value);
        }
        ends.forEach(end -> graph.addOutput(new Argument.Ref(end)));
        return graph.build();
    }

    private static int unary(LayerGraph.Builder graph, String op, String name, int input) {
        int output = graph.addValue(name, NUMBER);
        graph.addLayer(new Layer(
                name,
                OpName.parse("aten." + op),
                List.of(new NamedArgument("self", NamedArgument.Access.READ, new Argument.Ref(input))),
                List.of(output),
                name));
        return output;
    }
}
