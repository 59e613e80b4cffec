// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.ArrayList;
import java.util.List;

/**
 * The two operators that hold nested graphs, in the namespace {@value #NAMESPACE}. The core drives them; their bodies are graphs
 * like any other, so every PE may serve them. Readers express what their format has with these.
 *
 * <p>{@link #IF}: {@code condition, then_graph, else_graph, operands}. Both graphs take the operands as inputs, in order, and
 * make as many outputs as the layer.
 *
 * <p>{@link #LOOP}: {@code max_trips, condition, body, carried, captured}. As {@code prim::Loop} of TorchScript: the body runs
 * while fewer than {@code max_trips} (none: no limit) iterations were done and the condition holds, which is checked before
 * each. Inputs of the body: the number of the iteration from 0, the carried values, the captured ones, in order. Its
 * outputs: the next condition, then the next carried values. The layer's outputs are the carried values after the last
 * iteration, or the initial ones if there was none.
 *
 * <p>A condition is a {@link ScalarType#BOOL} value or constant, or a tensor of one element, which holds if it is not zero. Any
 * other operand may be of any type and may be a constant.
 */
public final class ControlOps {

    public static final String NAMESPACE = "control";
    public static final OpName IF = new OpName(NAMESPACE, "if", OpName.DEFAULT_OVERLOAD);
    public static final OpName LOOP = new OpName(NAMESPACE, "loop", OpName.DEFAULT_OVERLOAD);

    private ControlOps() {}

    /** Whether a layer holds nested graphs. */
    public static boolean isControl(Layer layer) {
        return layer.op().namespace().equals(NAMESPACE);
    }

    /** A branch. */
    public static Layer branch(
            String name,
            Argument condition,
            LayerGraph thenGraph,
            LayerGraph elseGraph,
            List<Argument> operands,
            List<Integer> outputs,
            String modulePath) {
        return new Layer(
                name,
                IF,
                List.of(
                        NamedArgument.read("condition", condition),
                        NamedArgument.read("then_graph", new Argument.Graph(thenGraph)),
                        NamedArgument.read("else_graph", new Argument.Graph(elseGraph)),
                        NamedArgument.read("operands", new Argument.ListOf(operands))),
                outputs,
                modulePath);
    }

    /**
     * A loop.
     *
     * @param maxTrips {@link Argument.None} if there is no limit
     */
    public static Layer loop(
            String name,
            Argument maxTrips,
            Argument condition,
            LayerGraph body,
            List<Argument> carried,
            List<Argument> captured,
            List<Integer> outputs,
            String modulePath) {
        return new Layer(
                name,
                LOOP,
                List.of(
                        NamedArgument.read("max_trips", maxTrips),
                        NamedArgument.read("condition", condition),
                        NamedArgument.read("body", new Argument.Graph(body)),
                        NamedArgument.read("carried", new Argument.ListOf(carried)),
                        NamedArgument.read("captured", new Argument.ListOf(captured))),
                outputs,
                modulePath);
    }

    /** The graphs inside a layer, in argument order; none for most layers. */
    public static List<LayerGraph> graphs(Layer layer) {
        List<LayerGraph> graphs = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            if (argument.value() instanceof Argument.Graph nested) {
                graphs.add(nested.graph());
            }
        }
        return graphs;
    }
}
