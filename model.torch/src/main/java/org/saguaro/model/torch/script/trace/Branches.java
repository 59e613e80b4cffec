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
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
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
import org.saguaro.model.torch.script.value.ScriptValue.HeapObject;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;

/**
 * Branches whose condition only the running graph knows: both sides are run, each into a nested graph, and what differs
 * afterwards becomes outputs of the control layer.
 */
final class Branches {

    /**
     * How one side ended.
     *
     * @param variables all there are at its end
     * @param changed objects from before that it has changed, with what they hold at its end
     * @param raises whether it always ends with an error
     */
    private record Side(
            GraphDraft draft,
            Map<String, ScriptValue> variables,
            Map<HeapObject, Content> changed,
            Outcome outcome,
            boolean raises) {}

    private final Recording recording;
    private final Interpreter interpreter;

    Branches(Recording recording, Interpreter interpreter) {
        this.recording = recording;
        this.interpreter = interpreter;
    }

    /**
     * Runs both sides.
     *
     * @return statements that are to be run in place now, because the other side only raises an error
     */
    List<Statement> run(ScriptValue condition, Statement.If branch, Frame frame)
            throws ModelFormatException, CodeRaises {
        boolean falseFirst = raisesPlainly(branch.ifFalse()) && !raisesPlainly(branch.ifTrue());
        Side first = side(Work.of(falseFirst ? branch.ifFalse() : branch.ifTrue()), frame);
        if (first.raises()) {
            Side nothing = empty();
            record(condition, falseFirst ? nothing : first, falseFirst ? first : nothing, List.of(), List.of());
            return falseFirst ? branch.ifTrue() : branch.ifFalse();
        }
        Side second = side(Work.of(falseFirst ? branch.ifTrue() : branch.ifFalse()), frame);
        if (second.raises()) {
            Side nothing = empty();
            record(condition, falseFirst ? second : nothing, falseFirst ? nothing : second, List.of(), List.of());
            return falseFirst ? branch.ifFalse() : branch.ifTrue();
        }
        join(condition, falseFirst ? second : first, falseFirst ? first : second, frame);
        return List.of();
    }

    /** As above, where a side may leave the function: each side is run together with all that comes after. */
    Outcome runToEnd(ScriptValue condition, Statement.If branch, Work rest, Frame frame)
            throws ModelFormatException, CodeRaises {
        Side ifTrue = side(new Work(branch.ifTrue(), 0, rest), frame);
        if (ifTrue.raises()) {
            record(condition, ifTrue, empty(), List.of(), List.of());
            return interpreter.run(new Work(branch.ifFalse(), 0, rest), frame);
        }
        Side ifFalse = side(new Work(branch.ifFalse(), 0, rest), frame);
        if (ifFalse.raises()) {
            record(condition, empty(), ifFalse, List.of(), List.of());
            return interpreter.run(new Work(branch.ifTrue(), 0, rest), frame);
        }
        if (ifTrue.outcome().kind() != ifFalse.outcome().kind()
                || ifTrue.outcome().kind() == Outcome.Kind.BREAK
                || ifTrue.outcome().kind() == Outcome.Kind.CONTINUE) {
            throw branch.at()
                    .refuse(
                            "a break, continue or return out of a loop that only the running model decides",
                            "a condition of the loop",
                            "write the loop as while with a flag, and save the model again");
        }
        return Outcome.returned(join(condition, ifTrue, ifFalse, frame));
    }

    /** Ends the request with an error if the condition does not hold. */
    void require(ScriptValue condition, ScriptValue message) throws ModelFormatException, CodeRaises {
        recording.openNested();
        recording.recordHost(HostOp.RAISE, List.of(), message, new ScriptValue.TextValue("AssertionError"));
        GraphDraft raising = recording.closeNested();
        record(condition, empty(), new Side(raising, Map.of(), Map.of(), Outcome.THROUGH, true), List.of(), List.of());
    }

    /** Whether some statement of the block itself raises an error. */
    private static boolean raisesPlainly(List<Statement> block) {
        for (Statement statement : block) {
            if (statement instanceof Statement.Raise) {
                return true;
            }
            if (statement instanceof Statement.Evaluate evaluate
                    && evaluate.expression() instanceof Expression.Call call
                    && call.function() instanceof Expression.Attribute function
                    && function.name().equals("RaiseException")) {
                return true;
            }
        }
        return false;
    }

    private Side empty() {
        recording.openNested();
        return new Side(recording.closeNested(), Map.of(), Map.of(), Outcome.THROUGH, false);
    }

    private Side side(@Nullable Work work, Frame frame) throws ModelFormatException {
        recording.budget().enter(recording.at());
        recording.openNested();
        recording.heap().beginTrial();
        Map<String, ScriptValue> before = new HashMap<>(frame.variables());
        recording.spend(before.size() / 8);
        String path = recording.modulePath();
        int depth = recording.budget().depth();
        int expressionDepth = recording.budget().expressionDepth();
        Outcome outcome = Outcome.THROUGH;
        boolean raises = false;
        try {
            outcome = interpreter.run(work, frame);
        } catch (CodeRaises end) {
            raises = true;
            recording.modulePath(path);
            recording.budget().depth(depth, expressionDepth);
        }
        Map<HeapObject, Content> changed = recording.heap().endTrial();
        GraphDraft draft = recording.closeNested();
        Map<String, ScriptValue> after = frame.swap(before);
        recording.budget().leave();
        return new Side(draft, after, changed, outcome, raises);
    }

    /** Lets variables and objects be what they are after either side; returns what the sides return. */
    private ScriptValue join(ScriptValue condition, Side ifTrue, Side ifFalse, Frame frame)
            throws ModelFormatException, CodeRaises {
        Map<String, Join> variables = new LinkedHashMap<>();
        Set<String> dropped = new LinkedHashSet<>();
        for (Map.Entry<String, ScriptValue> entry : ifTrue.variables().entrySet()) {
            String name = entry.getKey();
            ScriptValue a = entry.getValue();
            ScriptValue b = ifFalse.variables().get(name);
            if (b == null || (a.equals(b) && a.equals(frame.get(name)))) {
                continue;
            }
            Join join = joinOf(a, ifTrue, b, ifFalse);
            if (join == null) {
                dropped.add(name);
            } else {
                variables.put(name, join);
            }
        }
        Join returned =
                joinOf(ifTrue.outcome().value(), ifTrue, ifFalse.outcome().value(), ifFalse);
        if (returned == null) {
            throw recording.refuse(
                    "a function that returns different kinds of things in different cases",
                    "the same kind",
                    "let forward() return tensors, numbers, texts or containers of them");
        }
        Map<HeapObject, Join> objects = joinedObjects(ifTrue, ifFalse);

        List<Argument> fromTrue = new ArrayList<>();
        List<Argument> fromFalse = new ArrayList<>();
        flatten(ifTrue, variables, returned, objects, fromTrue);
        flatten(ifFalse, variables, returned, objects, fromFalse);
        List<TypeName> types = new ArrayList<>();
        variables.values().forEach(join -> join.leaves(types));
        returned.leaves(types);
        objects.values().forEach(join -> join.leaves(types));

        Iterator<Node> leaves = outputs(condition, ifTrue, ifFalse, fromTrue, fromFalse, types);
        for (Map.Entry<String, Join> entry : variables.entrySet()) {
            frame.set(entry.getKey(), entry.getValue().rebuilt(leaves, recording));
        }
        dropped.forEach(name -> frame.variables().remove(name));
        ScriptValue result = returned.rebuilt(leaves, recording);
        for (Map.Entry<HeapObject, Join> entry : objects.entrySet()) {
            recording.heap().change(entry.getKey(), entry.getValue().rebuiltContents(leaves, recording));
        }
        return result;
    }

    private @Nullable Join joinOf(ScriptValue a, Side ifTrue, ScriptValue b, Side ifFalse) throws ModelFormatException {
        if (!a.equals(b)
                && (ifTrue.changed().containsKey(a) || ifFalse.changed().containsKey(b))) {
            throw recording.refuse(
                    "a variable that is one of two objects, of which one is changed in the same branch",
                    "objects of its own in each branch",
                    "copy the list or dictionary before changing it");
        }
        recording.measure(a);
        recording.measure(b);
        return Join.of(a, b);
    }

    private Map<HeapObject, Join> joinedObjects(Side ifTrue, Side ifFalse) throws ModelFormatException {
        Set<HeapObject> changed = new LinkedHashSet<>(ifTrue.changed().keySet());
        changed.addAll(ifFalse.changed().keySet());
        Map<HeapObject, Join> objects = new LinkedHashMap<>();
        for (HeapObject object : changed) {
            recording.measure(object);
            Content a = ifTrue.changed().getOrDefault(object, object.content());
            Content b = ifFalse.changed().getOrDefault(object, object.content());
            Join join = Join.contents(object, a, b);
            if (join == null) {
                throw recording.refuse(
                        object.describe() + " with attributes of different kinds after the branches",
                        "attributes of the same kind",
                        "give the attribute a value of one type in both branches");
            }
            objects.put(object, join);
        }
        return objects;
    }

    private void flatten(
            Side side,
            Map<String, Join> variables,
            Join returned,
            Map<HeapObject, Join> objects,
            List<Argument> arguments)
            throws ModelFormatException, CodeRaises {
        recording.reopen(side.draft());
        recording.heap().beginTrial();
        side.changed().forEach((object, content) -> recording.heap().change(object, content));
        for (Map.Entry<String, Join> entry : variables.entrySet()) {
            ScriptValue value = side.variables().get(entry.getKey());
            if (value != null) {
                entry.getValue().flatten(value, recording, arguments);
            }
        }
        returned.flatten(side.outcome().value(), recording, arguments);
        for (Map.Entry<HeapObject, Join> entry : objects.entrySet()) {
            HeapObject object = entry.getKey();
            entry.getValue().flattenContents(object.content(), object, recording, arguments);
        }
        recording.heap().endTrial();
        recording.closeNested();
    }

    /** Records the control layer; what is the condition itself, or its opposite, needs no output. */
    private Iterator<Node> outputs(
            ScriptValue condition,
            Side ifTrue,
            Side ifFalse,
            List<Argument> fromTrue,
            List<Argument> fromFalse,
            List<TypeName> types)
            throws ModelFormatException, CodeRaises {
        Argument yes = new Argument.Bool(true);
        Argument no = new Argument.Bool(false);
        List<@Nullable Node> nodes = new ArrayList<>();
        List<Argument> trueOutputs = new ArrayList<>();
        List<Argument> falseOutputs = new ArrayList<>();
        List<ValueType> outputTypes = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            Node shortcut = null;
            if (condition instanceof ScalarNode known
                    && fromTrue.get(i).equals(yes)
                    && fromFalse.get(i).equals(no)) {
                shortcut = known.node();
            } else if (fromTrue.get(i).equals(no) && fromFalse.get(i).equals(yes)) {
                shortcut = recording.host(HostOp.NOT, TypeName.BOOL, condition) instanceof ScalarNode opposite
                        ? opposite.node()
                        : null;
            }
            nodes.add(shortcut);
            if (shortcut == null) {
                trueOutputs.add(fromTrue.get(i));
                falseOutputs.add(fromFalse.get(i));
                outputTypes.add(Types.valueType(types.get(i)));
            }
        }
        boolean needed = !outputTypes.isEmpty()
                || ifTrue.draft().layerCount() > 0
                || ifFalse.draft().layerCount() > 0;
        Iterator<Node> made = needed
                ? record(condition, ifTrue, ifFalse, trueOutputs, falseOutputs, outputTypes)
                        .iterator()
                : List.<Node>of().iterator();
        List<Node> all = new ArrayList<>();
        for (Node node : nodes) {
            all.add(node == null ? made.next() : node);
        }
        return all.iterator();
    }

    private void record(
            ScriptValue condition, Side ifTrue, Side ifFalse, List<Argument> trueOutputs, List<Argument> falseOutputs)
            throws ModelFormatException, CodeRaises {
        record(condition, ifTrue, ifFalse, trueOutputs, falseOutputs, List.of());
    }

    private List<Node> record(
            ScriptValue condition,
            Side ifTrue,
            Side ifFalse,
            List<Argument> trueOutputs,
            List<Argument> falseOutputs,
            List<ValueType> types)
            throws ModelFormatException, CodeRaises {
        Set<Node> captured = new LinkedHashSet<>(ifTrue.draft().captures());
        captured.addAll(ifFalse.draft().captures());
        List<Node> operands = List.copyOf(captured);
        LayerGraph thenGraph = ifTrue.draft().finish("then", operands, trueOutputs, List.of());
        LayerGraph elseGraph = ifFalse.draft().finish("else", operands, falseOutputs, List.of());
        List<Argument> passed = new ArrayList<>();
        for (Node operand : operands) {
            passed.add(recording.draft().ref(operand));
        }
        return recording.layer(
                ControlOps.IF.name(),
                ControlOps.IF,
                List.of(
                        NamedArgument.read("condition", recording.operand(condition)),
                        NamedArgument.read("then_graph", new Argument.Graph(thenGraph)),
                        NamedArgument.read("else_graph", new Argument.Graph(elseGraph)),
                        NamedArgument.read("operands", new Argument.ListOf(passed))),
                types);
    }
}
