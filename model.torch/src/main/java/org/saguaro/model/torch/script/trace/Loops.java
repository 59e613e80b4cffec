// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.torch.script.graph.GraphDraft;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.Expression;
import org.saguaro.model.torch.script.syntax.Statement;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.HeapObject;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/**
 * Loops. One whose number of iterations is known is unrolled, within limits. Otherwise its body becomes a nested graph: what it
 * changes is found by running it until nothing more turns out to change.
 */
final class Loops {

    /** Iterations up to which a loop is unrolled. */
    private static final int MAX_UNROLLED = 512;

    /** Each round lets at least one more value change; no model needs more than a handful. */
    private static final int MAX_ROUNDS = 64;

    private static final String SIMPLIFY = "write the loop in a simpler way, and save the model again";

    private final Recording recording;
    private final Interpreter interpreter;

    Loops(Recording recording, Interpreter interpreter) {
        this.recording = recording;
        this.interpreter = interpreter;
    }

    /**
     * A loop that becomes a nested graph.
     *
     * @param trips how many iterations at most; None if there is no limit
     * @param condition whether there is a first one
     */
    private record Dynamic(Statement at, List<Statement> body, ScriptValue trips, ScriptValue condition, Turn turn) {}

    /** What is done around the body in each iteration. */
    private interface Turn {
        /** Before the body, with the number of the iteration. */
        void begin(ScriptValue iteration) throws ModelFormatException, CodeRaises;

        /** After it: whether there is another one. */
        ScriptValue end() throws ModelFormatException, CodeRaises;
    }

    Outcome run(Statement.While loop, Frame frame) throws ModelFormatException, CodeRaises {
        for (int i = 0; ; i++) {
            ScriptValue condition = condition(loop, frame);
            if (!(condition instanceof BoolValue known)
                    || (known.value()
                            && (i >= MAX_UNROLLED || !recording.budget().allowsUnrolling()))) {
                Turn turn = new Turn() {
                    @Override
                    public void begin(ScriptValue iteration) {}

                    @Override
                    public ScriptValue end() throws ModelFormatException, CodeRaises {
                        return condition(loop, frame);
                    }
                };
                record(new Dynamic(loop, loop.body(), ScriptValue.NONE, condition, turn), frame);
                return Outcome.THROUGH;
            }
            if (!known.value()) {
                return Outcome.THROUGH;
            }
            Outcome outcome = interpreter.run(Work.of(loop.body()), frame);
            if (outcome.kind() == Outcome.Kind.RETURN) {
                return outcome;
            }
            if (outcome.kind() == Outcome.Kind.BREAK) {
                return Outcome.THROUGH;
            }
        }
    }

    private ScriptValue condition(Statement.While loop, Frame frame) throws ModelFormatException, CodeRaises {
        recording.at(loop.at());
        return interpreter.truth(interpreter.evaluator().evaluate(loop.condition(), frame));
    }

    Outcome run(Statement.For loop, Frame frame) throws ModelFormatException, CodeRaises {
        Iteration iteration = iteration(loop, frame);
        List<ScriptValue> known = iteration.known(MAX_UNROLLED);
        if (known != null && recording.budget().allowsUnrolling()) {
            return unrolled(loop, known, frame);
        }
        Turn turn = new Turn() {
            @Override
            public void begin(ScriptValue number) throws ModelFormatException, CodeRaises {
                interpreter.evaluator().assign(loop.target(), iteration.at(number, recording), frame);
            }

            @Override
            public ScriptValue end() {
                return new BoolValue(true);
            }
        };
        record(new Dynamic(loop, loop.body(), iteration.trips(recording), new BoolValue(true), turn), frame);
        return Outcome.THROUGH;
    }

    private Outcome unrolled(Statement.For loop, List<ScriptValue> elements, Frame frame)
            throws ModelFormatException, CodeRaises {
        for (ScriptValue element : elements) {
            interpreter.evaluator().assign(loop.target(), element, frame);
            Outcome outcome = interpreter.run(Work.of(loop.body()), frame);
            if (outcome.kind() == Outcome.Kind.RETURN) {
                return outcome;
            }
            if (outcome.kind() == Outcome.Kind.BREAK) {
                break;
            }
        }
        return Outcome.THROUGH;
    }

    private Iteration iteration(Statement.For loop, Frame frame) throws ModelFormatException, CodeRaises {
        Evaluator evaluator = interpreter.evaluator();
        if (loop.iterable() instanceof Expression.Call call
                && call.function() instanceof Expression.Name name
                && name.name().equals("range")
                && !call.arguments().isEmpty()
                && call.arguments().size() <= 3) {
            List<ScriptValue> bounds = new ArrayList<>();
            for (Expression argument : call.arguments()) {
                bounds.add(evaluator.integer(evaluator.evaluate(argument, frame)));
            }
            return Iteration.Range.of(bounds);
        }
        ScriptValue value = evaluator.evaluate(loop.iterable(), frame);
        if (value instanceof DictObject dict && dict.content() instanceof Content.Remote) {
            return new Iteration.Elements(recording.host(
                    HostOp.KEYS, TypeName.of("List", dict.type().arguments().get(0)), dict));
        }
        if (!(value instanceof ListObject || value instanceof TupleValue || value instanceof DictObject)) {
            throw recording.refuse(
                    "a loop over " + value.describe(), "one over a range, a list, a tuple or a dictionary", SIMPLIFY);
        }
        return new Iteration.Elements(value);
    }

    private void record(Dynamic loop, Frame frame) throws ModelFormatException, CodeRaises {
        recording.budget().enter(loop.at().at());
        Map<String, Join> variables = new LinkedHashMap<>();
        Set<String> assigned = new LinkedHashSet<>();
        collectAssigned(loop.body(), assigned);
        for (String name : assigned) {
            ScriptValue value = frame.get(name);
            if (value != null) {
                variables.put(name, new Join.Same(value));
            }
        }
        Map<HeapObject, Join> objects = new LinkedHashMap<>();
        for (int round = 0; ; round++) {
            if (round > MAX_ROUNDS) {
                throw loop.at().at().refuse("a loop whose variables never settle", "variables of one type", SIMPLIFY);
            }
            if (round(loop, variables, objects, frame)) {
                break;
            }
        }
        recording.budget().leave();
    }

    /** Runs the body once; records the loop if what it changes was known. Otherwise more is known now. */
    private boolean round(Dynamic loop, Map<String, Join> variables, Map<HeapObject, Join> objects, Frame frame)
            throws ModelFormatException, CodeRaises {
        List<TypeName> types = new ArrayList<>();
        variables.values().forEach(join -> join.leaves(types));
        objects.values().forEach(join -> join.leaves(types));

        Map<String, ScriptValue> before = new HashMap<>(frame.variables());
        String path = recording.modulePath();
        int depth = recording.budget().depth();
        int expressionDepth = recording.budget().expressionDepth();
        GraphDraft body = recording.openNested();
        recording.heap().beginTrial();
        Node iteration = body.addInput("iteration", ScalarType.INT);
        List<Node> inputs = new ArrayList<>();
        for (TypeName type : types) {
            inputs.add(body.addInput("carried", Types.valueType(type)));
        }
        List<Argument> outputs = new ArrayList<>();
        boolean settled;
        try {
            rebuild(variables, objects, inputs.iterator(), frame);
            loop.turn().begin(new ScalarNode(iteration, ScalarType.INT));
            Outcome outcome = interpreter.run(Work.of(loop.body()), frame);
            if (outcome.kind() != Outcome.Kind.THROUGH) {
                throw loop.at()
                        .at()
                        .refuse(
                                "a " + outcome.kind() + " in a loop of which only the running model knows the length",
                                "a loop that ends by its condition",
                                "write it as while with a flag, and save the model again");
            }
            ScriptValue next = loop.turn().end();
            settled = widen(loop, variables, objects, frame);
            if (settled) {
                outputs.add(recording.operand(next));
                for (Map.Entry<String, Join> entry : variables.entrySet()) {
                    entry.getValue().flatten(value(frame, entry.getKey()), recording, outputs);
                }
                for (Map.Entry<HeapObject, Join> entry : objects.entrySet()) {
                    HeapObject object = entry.getKey();
                    entry.getValue().flattenContents(object.content(), object, recording, outputs);
                }
            }
        } catch (CodeRaises end) {
            recording.budget().depth(depth, expressionDepth);
            recording.modulePath(path);
            recording.heap().endTrial();
            recording.closeNested();
            frame.swap(before);
            raiseIfEntered(loop, String.valueOf(end.getMessage()));
            return true;
        }
        recording.heap().endTrial();
        recording.closeNested();
        frame.swap(before);
        if (settled) {
            List<Node> made = finish(loop, body, outputs, variables, objects, types, frame);
            rebuild(variables, objects, made.iterator(), frame);
        }
        return settled;
    }

    private static ScriptValue value(Frame frame, String name) {
        ScriptValue value = frame.get(name);
        if (value == null) {
            throw new IllegalStateException("the variable " + name + " is gone");
        }
        return value;
    }

    private void rebuild(Map<String, Join> variables, Map<HeapObject, Join> objects, Iterator<Node> leaves, Frame frame)
            throws ModelFormatException, CodeRaises {
        for (Map.Entry<String, Join> entry : variables.entrySet()) {
            frame.set(entry.getKey(), entry.getValue().rebuilt(leaves, recording));
        }
        for (Map.Entry<HeapObject, Join> entry : objects.entrySet()) {
            recording.heap().change(entry.getKey(), entry.getValue().rebuiltContents(leaves, recording));
        }
    }

    /** Takes in what the body has changed; whether that was nothing new. */
    private boolean widen(Dynamic loop, Map<String, Join> variables, Map<HeapObject, Join> objects, Frame frame)
            throws ModelFormatException {
        boolean settled = true;
        for (Map.Entry<String, Join> entry : variables.entrySet()) {
            recording.measure(value(frame, entry.getKey()));
            Join widened = entry.getValue().widened(value(frame, entry.getKey()));
            if (widened == null) {
                throw loop.at()
                        .at()
                        .refuse(
                                "the variable " + entry.getKey() + ", which a loop makes something of another kind",
                                "a variable of one kind",
                                SIMPLIFY);
            }
            settled &= widened.equals(entry.getValue());
            entry.setValue(widened);
        }
        Map<HeapObject, Content> changed = recording.heap().changedInTrial();
        for (Map.Entry<HeapObject, Content> entry : changed.entrySet()) {
            HeapObject object = entry.getKey();
            recording.measure(object);
            Join known = objects.get(object);
            Join join = known == null
                    ? Join.contents(object, entry.getValue(), object.content())
                    : known.widenedContents(object.content(), object);
            if (join == null) {
                throw loop.at()
                        .at()
                        .refuse(
                                object.describe() + ", of which a loop changes attributes to another kind",
                                "attributes of one kind",
                                SIMPLIFY);
            }
            settled &= join.equals(known);
            objects.put(object, join);
        }
        return settled;
    }

    private List<Node> finish(
            Dynamic loop,
            GraphDraft body,
            List<Argument> outputs,
            Map<String, Join> variables,
            Map<HeapObject, Join> objects,
            List<TypeName> types,
            Frame frame)
            throws ModelFormatException, CodeRaises {
        List<Argument> initial = new ArrayList<>();
        for (Map.Entry<String, Join> entry : variables.entrySet()) {
            entry.getValue().flatten(value(frame, entry.getKey()), recording, initial);
        }
        for (Map.Entry<HeapObject, Join> entry : objects.entrySet()) {
            HeapObject object = entry.getKey();
            entry.getValue().flattenContents(object.content(), object, recording, initial);
        }
        List<Node> captured = List.copyOf(body.captures());
        LayerGraph graph = body.finish("body", captured, outputs, List.of());
        List<Argument> passed = new ArrayList<>();
        for (Node node : captured) {
            passed.add(recording.draft().ref(node));
        }
        List<ValueType> valueTypes = types.stream().map(Types::valueType).toList();
        return recording.layer(
                ControlOps.LOOP.name(),
                ControlOps.LOOP,
                List.of(
                        NamedArgument.read("max_trips", recording.operand(loop.trips())),
                        NamedArgument.read("condition", recording.operand(loop.condition())),
                        NamedArgument.read("body", new Argument.Graph(graph)),
                        NamedArgument.read("carried", new Argument.ListOf(initial)),
                        NamedArgument.read("captured", new Argument.ListOf(passed))),
                valueTypes);
    }

    /** A body that always ends with an error: the request does, if there is an iteration at all. */
    private void raiseIfEntered(Dynamic loop, String message) throws ModelFormatException, CodeRaises {
        ScriptValue entered = loop.condition();
        if (!(loop.trips() instanceof ScriptValue.NoneValue)) {
            ScriptValue some = recording.host(HostOp.GT, TypeName.BOOL, loop.trips(), new IntValue(0));
            entered = recording.host(HostOp.AND, TypeName.BOOL, entered, some);
        }
        ScriptValue passes = recording.host(HostOp.NOT, TypeName.BOOL, entered);
        if (passes instanceof BoolValue known && !known.value()) {
            throw recording.raise(message, "RuntimeError");
        }
        new Branches(recording, interpreter).require(passes, new ScriptValue.TextValue(message));
    }

    private static void collectAssigned(List<Statement> block, Set<String> names) {
        for (Statement statement : block) {
            if (statement instanceof Statement.Assign assign) {
                collectTargets(assign.target(), names);
            } else if (statement instanceof Statement.If branch) {
                collectAssigned(branch.ifTrue(), names);
                collectAssigned(branch.ifFalse(), names);
            } else if (statement instanceof Statement.While loop) {
                collectAssigned(loop.body(), names);
            } else if (statement instanceof Statement.For loop) {
                collectTargets(loop.target(), names);
                collectAssigned(loop.body(), names);
            } else if (statement instanceof Statement.With with) {
                collectAssigned(with.body(), names);
            }
        }
    }

    private static void collectTargets(Expression target, Set<String> names) {
        if (target instanceof Expression.Name name) {
            names.add(name.name());
        } else if (target instanceof Expression.TupleDisplay tuple) {
            tuple.elements().forEach(element -> collectTargets(element, names));
        }
    }
}
