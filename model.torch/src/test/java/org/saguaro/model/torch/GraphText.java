// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import java.util.List;
import java.util.stream.Collectors;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/**
 * A graph as text, for tests that show all of it: inputs, weights and states, then {@code layer: operator(arguments) -> outputs} line by
 * line, nested graphs indented below their layer. Written arguments have an exclamation mark.
 */
final class GraphText {

    private final StringBuilder text = new StringBuilder();

    private GraphText() {}

    static String of(LayerGraph graph) {
        GraphText text = new GraphText();
        text.write(graph, "");
        return text.text.toString();
    }

    private void write(LayerGraph graph, String indent) {
        line(
                indent,
                "inputs " + graph.inputs().stream().map(id -> typed(graph, id)).collect(Collectors.joining(", ")));
        for (Weight weight : graph.weights()) {
            line(indent, "weight " + graph.value(weight.value()).name() + " = " + weight.name() + " " + weight.data());
        }
        for (State state : graph.states()) {
            line(
                    indent,
                    "state " + graph.value(state.value()).name() + " = " + state.name() + " from "
                            + argument(graph, state.initial()) + ", then " + argument(graph, state.next()));
        }
        for (Layer layer : graph.layers()) {
            line(
                    indent,
                    layer.name() + ": " + layer.op() + "("
                            + layer.arguments().stream()
                                    .map(a -> argument(graph, a))
                                    .collect(Collectors.joining(", "))
                            + ")" + outputs(graph, layer));
            for (NamedArgument argument : layer.arguments()) {
                if (argument.value() instanceof Argument.Graph nested) {
                    line(indent + "  ", argument.name() + " " + nested.graph().name());
                    write(nested.graph(), indent + "    ");
                }
            }
        }
        line(indent, "outputs " + list(graph, graph.outputs()));
    }

    private static String outputs(LayerGraph graph, Layer layer) {
        return layer.outputs().isEmpty()
                ? ""
                : " -> "
                        + layer.outputs().stream()
                                .map(id -> id == Value.NONE ? "none" : typed(graph, id))
                                .collect(Collectors.joining(", "));
    }

    private static String typed(LayerGraph graph, int id) {
        return graph.value(id).name() + " " + graph.value(id).type();
    }

    private static String argument(LayerGraph graph, NamedArgument argument) {
        return argument.name() + (argument.access() == Access.WRITE ? "!" : "") + "="
                + argument(graph, argument.value());
    }

    private static String argument(LayerGraph graph, Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return graph.value(ref.value()).name();
        } else if (argument instanceof Argument.Int number) {
            return Long.toString(number.value());
        } else if (argument instanceof Argument.Real number) {
            return Double.toString(number.value());
        } else if (argument instanceof Argument.Bool bool) {
            return Boolean.toString(bool.value());
        } else if (argument instanceof Argument.ListOf list) {
            return "[" + list(graph, list.elements()) + "]";
        } else if (argument instanceof Argument.Graph) {
            return "graph";
        } else if (argument instanceof Argument.None) {
            return "none";
        }
        return argument.toString();
    }

    private static String list(LayerGraph graph, List<Argument> arguments) {
        return arguments.stream().map(a -> argument(graph, a)).collect(Collectors.joining(", "));
    }

    private void line(String indent, String line) {
        text.append(indent).append(line).append('\n');
    }
}
