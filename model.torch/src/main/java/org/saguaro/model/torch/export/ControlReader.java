// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.export.NestedGraphs.Nested;
import org.saguaro.model.torch.export.NestedGraphs.Passed;
import org.saguaro.model.torch.json.JsonValue;

/**
 * Reads the nodes that hold graphs: branches and loops become {@link ControlOps control layers}, graphs that only mark a
 * region ({@code torch.no_grad()}) are put in line.
 */
final class ControlReader {

    private static final int ANY = Integer.MAX_VALUE;

    private static final String SUPPORTED =
            "torch.cond, torch.while_loop, map, scan, or a region of torch.no_grad() or of a disabled torch.autocast";

    private final Scope scope;
    private final ArgumentReader arguments;
    private final NestedGraphs graphs;
    private final LoopReader loops;

    ControlReader(ReadContext context, Scope scope, ArgumentReader arguments) {
        this.scope = scope;
        this.arguments = arguments;
        this.graphs = new NestedGraphs(context, scope, arguments);
        this.loops = new LoopReader(context, scope, graphs);
    }

    /**
     * Reads a node.
     *
     * @param operator the higher-order operator's name: {@code cond}
     * @throws ModelFormatException if it is damaged or of a kind not supported
     */
    void read(JsonValue node, String name, String operator) throws ModelFormatException {
        switch (operator) {
            case "cond" -> branch(node, name);
            case "while_loop" -> loops.whileLoop(node, name);
            case "map_impl" -> loops.map(node, name);
            case "scan" -> loops.scan(node, name);
            case "wrap", "strict_mode", "tag_activation_checkpoint", "wrap_activation_checkpoint" ->
                region(node, name, 0, 1);
            case "wrap_with_set_grad_enabled" -> region(node, name, 1, 2);
            case "invoke_subgraph" -> region(node, name, 0, 2);
            case "wrap_with_autocast" -> autocast(node, name);
            default ->
                throw node.refuse(
                        "the higher-order operator " + operator,
                        SUPPORTED,
                        "express the model without it, or decompose it before saving (exported.run_decompositions())");
        }
    }

    private void branch(JsonValue node, String name) throws ModelFormatException {
        List<JsonValue> inputs = NestedGraphs.inputs(node, 3, 4);
        Argument condition = NestedGraphs.condition(inputs.get(0), arguments.read(inputs.get(0)), scope.block());
        List<Passed> passed = graphs.pass(graphs.operands(inputs.subList(3, inputs.size())));
        LayerGraph whenTrue = branchGraph(name, inputs.get(1), passed);
        LayerGraph whenFalse = branchGraph(name, inputs.get(2), passed);
        if (whenTrue.outputs().size() != whenFalse.outputs().size()) {
            throw node.refuse(
                    "branches that return " + whenTrue.outputs().size() + " and "
                            + whenFalse.outputs().size() + " values",
                    "two that return as many");
        }
        graphs.addLayer(ControlOps.branch(
                name,
                condition,
                whenTrue,
                whenFalse,
                NestedGraphs.operandsOf(passed),
                graphs.makeOutputs(node, whenTrue.outputs().size()),
                NodeReader.modulePath(node)));
    }

    private LayerGraph branchGraph(String name, JsonValue argument, List<Passed> passed) throws ModelFormatException {
        Nested nested = graphs.begin(name, argument);
        graphs.enter(nested, NestedGraphs.listedInputs(nested.graph(), passed.size()), passed);
        graphs.body(nested.scope(), nested.graph()).forEach(nested.block().builder()::addOutput);
        return nested.block().builder().build();
    }

    private void autocast(JsonValue node, String name) throws ModelFormatException {
        if (NestedGraphs.inputs(node, 5, ANY).get(2).field("as_bool").bool()) {
            throw node.refuse(
                    "a region of torch.autocast",
                    SUPPORTED,
                    "decompose the model before saving it (exported.run_decompositions()), or export it outside autocast");
        }
        region(node, name, 4, 5);
    }

    /** A graph that stands for what happens in it, passed as argument {@code graph}, its operands as those from {@code first} on. */
    private void region(JsonValue node, String name, int graph, int first) throws ModelFormatException {
        List<JsonValue> inputs = NestedGraphs.inputs(node, first, ANY);
        List<Argument> operands = graphs.operands(inputs.subList(first, inputs.size()));
        graphs.bindOutputs(node, graphs.inLine(scope, inputs.get(graph), name + ".", operands));
    }
}
