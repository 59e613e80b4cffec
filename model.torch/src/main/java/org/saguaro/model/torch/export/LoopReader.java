// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.export.NestedGraphs.Nested;
import org.saguaro.model.torch.export.NestedGraphs.Passed;
import org.saguaro.model.torch.json.JsonValue;

/**
 * Reads loops. A while loop's condition, which is a graph, is put in line twice: before the loop, and at the end of its body.
 * Map and scan take slices along dimension 0: their loops select one in each iteration, collect what the body makes of it in
 * lists, and stack these when the loop is done.
 */
final class LoopReader {

    private static final HostType TENSORS = new HostType("List[Tensor]");

    private final ReadContext context;
    private final Scope scope;
    private final NestedGraphs graphs;

    LoopReader(ReadContext context, Scope scope, NestedGraphs graphs) {
        this.context = context;
        this.scope = scope;
        this.graphs = graphs;
    }

    /** {@code while_loop(condition, body, carried, additional)}. */
    void whileLoop(JsonValue node, String name) throws ModelFormatException {
        List<JsonValue> inputs = NestedGraphs.inputs(node, 3, 4);
        List<Argument> carried = graphs.operands(inputs.subList(2, 3));
        List<Argument> additional = graphs.operands(inputs.subList(3, inputs.size()));
        String conditionPath = NestedGraphs.path(name, inputs.get(0));
        Argument condition =
                condition(scope, inputs.get(0), conditionPath + ".before.", concatenated(carried, additional));

        List<Passed> passed = graphs.pass(additional);
        Nested body = graphs.begin(name, inputs.get(1));
        addIteration(body);
        List<Argument> entered = graphs.enter(
                body,
                NestedGraphs.listedInputs(body.graph(), carried.size() + passed.size()),
                concatenated(NestedGraphs.carry(carried), passed));
        List<Argument> next = graphs.body(body.scope(), body.graph());
        if (next.size() != carried.size()) {
            throw inputs.get(1)
                    .refuse(
                            "a body that returns " + next.size() + " values",
                            carried.size() + ", as many as the loop carries");
        }
        List<Argument> unchanged = entered.subList(carried.size(), entered.size());
        body.block()
                .builder()
                .addOutput(condition(body.scope(), inputs.get(0), conditionPath + ".", concatenated(next, unchanged)));
        next.forEach(body.block().builder()::addOutput);
        graphs.addLayer(ControlOps.loop(
                name,
                new Argument.None(),
                condition,
                body.block().builder().build(),
                carried,
                NestedGraphs.operandsOf(passed),
                graphs.makeOutputs(node, carried.size()),
                NodeReader.modulePath(node)));
    }

    private Argument condition(Scope around, JsonValue argument, String prefix, List<Argument> operands)
            throws ModelFormatException {
        context.enterCondition(argument);
        List<Argument> outputs = graphs.inLine(around, argument, prefix, operands);
        context.leaveCondition();
        if (outputs.size() != 1) {
            throw argument.refuse("a condition that returns " + outputs.size() + " values", "one boolean");
        }
        return NestedGraphs.condition(argument, outputs.get(0), around.block());
    }

    /** {@code map(body, sliced, additional)}. */
    void map(JsonValue node, String name) throws ModelFormatException {
        List<JsonValue> inputs = NestedGraphs.inputs(node, 2, 3);
        new Slices(node, name, inputs.get(0), List.of(), inputs.get(1), inputs.subList(2, inputs.size())).read();
    }

    /** {@code scan(body, initial, sliced, additional)}: a map with values carried from one index to the next. */
    void scan(JsonValue node, String name) throws ModelFormatException {
        List<JsonValue> inputs = NestedGraphs.inputs(node, 3, 6);
        // Torch 2.5 and 2.6 passed the dimension and the direction; later ones turn the tensors round outside.
        boolean old = inputs.size() > 4;
        if (old
                && (inputs.get(3).field("as_int").integer() != 0
                        || inputs.get(4).field("as_bool").bool())) {
            throw node.refuse(
                    "a scan over another dimension than 0, or in reverse",
                    "a scan over dimension 0, forwards",
                    ArchiveLayout.EXPORT_AGAIN);
        }
        List<JsonValue> additional = inputs.subList(old ? 5 : 3, inputs.size());
        new Slices(node, name, inputs.get(0), inputs.subList(1, 2), inputs.get(2), additional).read();
    }

    /** A loop over the slices of tensors. */
    private final class Slices {

        private final JsonValue node;
        private final String name;
        private final String modulePath;
        private final JsonValue argument;
        private final Nested body;
        private final List<JsonValue> listed;
        private final List<Argument> carried;
        private final List<Passed> sliced;
        private final List<Passed> additional;

        Slices(
                JsonValue node,
                String name,
                JsonValue argument,
                List<JsonValue> carried,
                JsonValue sliced,
                List<JsonValue> additional)
                throws ModelFormatException {
            this.node = node;
            this.name = name;
            this.modulePath = NodeReader.modulePath(node);
            this.argument = argument;
            this.carried = graphs.operands(carried);
            this.sliced = graphs.pass(graphs.operands(List.of(sliced)));
            this.additional = graphs.pass(graphs.operands(additional));
            this.body = graphs.begin(name, argument);
            this.listed = NestedGraphs.listedInputs(
                    body.graph(), this.carried.size() + this.sliced.size() + this.additional.size());
        }

        void read() throws ModelFormatException {
            int iteration = addIteration(body);
            graphs.enter(body, listed.subList(0, carried.size()), NestedGraphs.carry(carried));
            List<Integer> lists = addLists();
            selectSlices(iteration);
            graphs.enter(body, listed.subList(carried.size() + sliced.size(), listed.size()), additional);
            List<Argument> results = graphs.body(body.scope(), body.graph());
            if (results.size() != carried.size() + lists.size()) {
                throw argument.refuse(
                        "a body that returns " + results.size() + " values",
                        "the " + carried.size() + " it carries and those to stack");
            }
            body.block().builder().addOutput(new Argument.Bool(true));
            results.subList(0, carried.size()).forEach(body.block().builder()::addOutput);
            for (int i = 0; i < lists.size(); i++) {
                collect(i, lists.get(i), results.get(carried.size() + i));
            }
            loop(lists.size());
        }

        /** The lists that the body collects its results in, as inputs of the body. */
        private List<Integer> addLists() throws ModelFormatException {
            int count = body.graph().field("outputs").elements().size() - carried.size();
            List<Integer> lists = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                lists.add(body.block().addInput("loop.collected_" + i, TENSORS));
            }
            return lists;
        }

        private void selectSlices(int iteration) throws ModelFormatException {
            for (int i = 0; i < sliced.size(); i++) {
                JsonValue slice =
                        listed.get(carried.size() + i).field("as_tensor").field("name");
                int tensor = graphs.enterWhole(body.block(), "loop.sliced_" + i, sliced.get(i), argument);
                addOperator(
                        body.block(),
                        body.scope().layerName("select_" + i),
                        "aten.select.int",
                        List.of(new Argument.Ref(tensor), new Argument.Int(0), new Argument.Ref(iteration)),
                        body.scope().madeTensor(slice));
            }
        }

        private void collect(int index, int list, Argument result) throws ModelFormatException {
            if (!(result instanceof Argument.Ref ref) || !(body.block().type(ref.value()) instanceof TensorSpec)) {
                throw argument.refuse("a result that is no tensor", "tensors, which are stacked");
            }
            int longer = body.block().addValue("loop.collecting_" + index, TENSORS);
            body.block()
                    .addLayer(HostOp.APPEND.layer(
                            context.layerName(body.scope().layerName("collect_" + index), node),
                            List.of(new Argument.Ref(list), result),
                            List.of(longer),
                            modulePath));
            body.block().builder().addOutput(new Argument.Ref(longer));
        }

        private void loop(int stacked) throws ModelFormatException {
            Block block = scope.block();
            List<Integer> made = graphs.makeOutputs(node, carried.size() + stacked);
            List<Argument> initial = new ArrayList<>(carried);
            List<Integer> outputs = new ArrayList<>(made.subList(0, carried.size()));
            for (int i = 0; i < stacked; i++) {
                initial.add(new Argument.ListOf(List.of()));
                outputs.add(block.addValue(name + ".collected_" + i, TENSORS));
            }
            Argument trips = trips();
            graphs.addLayer(ControlOps.loop(
                    name,
                    trips,
                    new Argument.Bool(true),
                    body.block().builder().build(),
                    initial,
                    concatenated(NestedGraphs.operandsOf(sliced), NestedGraphs.operandsOf(additional)),
                    outputs,
                    modulePath));
            for (int i = carried.size(); i < made.size(); i++) {
                addOperator(
                        block,
                        name + ".stack_" + (i - carried.size()),
                        "aten.stack.default",
                        List.of(new Argument.Ref(outputs.get(i)), new Argument.Int(0)),
                        made.get(i));
            }
        }

        /** Size of dimension 0 of what is sliced. */
        private Argument trips() throws ModelFormatException {
            Argument first =
                    sliced.isEmpty() ? new Argument.None() : sliced.get(0).outer();
            if (!(first instanceof Argument.Ref ref)
                    || !(scope.block().type(ref.value()) instanceof TensorSpec spec)
                    || spec.shape().rank() == 0) {
                throw node.refuse("nothing to slice", "at least one tensor with a dimension to go along");
            }
            OptionalLong fixed = spec.shape().dims().get(0).fixedSize();
            if (fixed.isPresent()) {
                return new Argument.Int(fixed.getAsLong());
            }
            int trips = scope.block().addValue(name + ".trips", ScalarType.INT);
            scope.block()
                    .addLayer(HostOp.SIZE.layer(
                            context.layerName(name + ".trips", node),
                            List.of(ref, new Argument.Int(0)),
                            List.of(trips),
                            modulePath));
            return new Argument.Ref(trips);
        }

        private void addOperator(Block block, String layer, String operator, List<Argument> passed, int output)
                throws ModelFormatException {
            OperatorSchema schema = context.schemas().find(OpName.parse(operator));
            if (schema == null) {
                throw new IllegalStateException("the schema table lacks " + operator);
            }
            List<NamedArgument> named = new ArrayList<>();
            for (int i = 0; i < passed.size(); i++) {
                named.add(new NamedArgument(
                        schema.arguments().get(i).name(),
                        schema.arguments().get(i).alias().access(),
                        passed.get(i)));
            }
            block.memory().record(schema, named, List.of(List.of(output)));
            block.addLayer(
                    new Layer(context.layerName(layer, node), schema.name(), named, List.of(output), modulePath));
        }
    }

    private static int addIteration(Nested body) {
        return body.block().addInput("loop.iteration", ScalarType.INT);
    }

    private static <T> List<T> concatenated(List<? extends T> first, List<? extends T> second) {
        List<T> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }
}
