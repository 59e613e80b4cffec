// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Value;

/** A graph as lines of text, so that a test can say what it expects. Arguments at the end that are None or false are left out. */
public final class GraphText {

    private GraphText() {}

    public static String of(LayerGraph graph) {
        List<String> lines = new ArrayList<>();
        print(graph, "", lines);
        return String.join("\n", lines);
    }

    private static void print(LayerGraph graph, String indent, List<String> lines) {
        for (Layer layer : graph.layers()) {
            List<String> made = new ArrayList<>();
            for (int output : layer.outputs()) {
                if (output != Value.NONE) {
                    made.add(graph.value(output).name() + ":"
                            + graph.value(output).type());
                }
            }
            List<String> arguments = new ArrayList<>();
            int written = 0;
            for (NamedArgument argument : layer.arguments()) {
                String text = text(graph, argument.value());
                arguments.add(argument.access() == Access.WRITE ? text + "!" : text);
                if (!text.equals("None") && !text.equals("false")) {
                    written = arguments.size();
                }
            }
            lines.add(indent + (made.isEmpty() ? "" : String.join(" ", made) + " = ") + layer.op() + "("
                    + String.join(", ", arguments.subList(0, written)) + ")");
            for (LayerGraph nested : ControlOps.graphs(layer)) {
                lines.add(indent + "  " + nested.name() + names(nested));
                print(nested, indent + "    ", lines);
            }
        }
        for (State state : graph.states()) {
            lines.add(indent + "state " + state.name() + " "
                    + graph.value(state.value()).type() + " from " + text(graph, state.initial()) + " to "
                    + text(graph, state.next()));
        }
        List<String> outputs = new ArrayList<>();
        graph.outputs().forEach(output -> outputs.add(text(graph, output)));
        lines.add(indent + "-> " + String.join(", ", outputs));
        graph.methods().forEach((name, method) -> {
            lines.add(indent + "method " + name);
            print(method, indent + "  ", lines);
        });
    }

    private static List<String> names(LayerGraph graph) {
        return graph.inputs().stream().map(id -> graph.value(id).name()).toList();
    }

    private static String text(LayerGraph graph, Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return graph.value(ref.value()).name();
        } else if (argument instanceof Argument.ListOf list) {
            return list.elements().stream()
                    .map(element -> text(graph, element))
                    .toList()
                    .toString();
        } else if (argument instanceof Argument.Int number) {
            return String.valueOf(number.value());
        } else if (argument instanceof Argument.Real number) {
            return String.valueOf(number.value());
        } else if (argument instanceof Argument.Bool bool) {
            return String.valueOf(bool.value());
        } else if (argument instanceof Argument.Text text) {
            return "'" + text.value() + "'";
        } else if (argument instanceof Argument.Type type) {
            return type.value().toString();
        } else if (argument instanceof Argument.Constant constant) {
            return constant.name();
        } else if (argument instanceof Argument.Graph) {
            return "...";
        }
        return "None";
    }
}
