// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.syntax.Expression;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.syntax.Statement;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.FunctionValue;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;

/** Runs functions statement by statement. A call is run in its place, so that in the end nothing of functions is left. */
final class Interpreter {

    private final Recording recording;
    private final Evaluator evaluator;
    private final Branches branches;
    private final Loops loops;

    Interpreter(Recording recording, CodeLibrary library, Constants constants, Builtins builtins) {
        this.recording = recording;
        this.branches = new Branches(recording, this);
        this.loops = new Loops(recording, this);
        this.evaluator = new Evaluator(recording, library, constants, builtins, this);
    }

    /** Runs a function or a method. */
    ScriptValue call(FunctionValue function, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        FunctionDefinition definition = function.definition();
        Position caller = recording.at();
        recording.budget().enter(caller);
        String path = recording.modulePath();
        if (function.self() instanceof Instance self) {
            String selfPath = self.path();
            recording.modulePath(selfPath == null ? path : selfPath);
        }
        Frame frame = new Frame(bind(function, arguments, named));
        Outcome outcome = run(Work.of(definition.body()), frame);
        recording.modulePath(path);
        recording.budget().leave();
        recording.at(caller);
        if (outcome.kind() == Outcome.Kind.BREAK || outcome.kind() == Outcome.Kind.CONTINUE) {
            throw definition.at().refuse("break or continue outside of a loop", "it inside of one");
        }
        return outcome.value();
    }

    private Map<String, ScriptValue> bind(
            FunctionValue function, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        FunctionDefinition definition = function.definition();
        List<FunctionDefinition.Parameter> parameters = definition.parameters();
        Map<String, ScriptValue> bound = new HashMap<>(function.closure());
        int next = 0;
        ScriptValue self = function.self();
        if (self != null) {
            if (parameters.isEmpty()) {
                throw definition.at().refuse("a method without parameters", "self");
            }
            bound.put(parameters.get(0).name(), self);
            next = 1;
        }
        int first = next;
        if (arguments.size() > parameters.size() - first) {
            throw recording
                    .at()
                    .refuse(
                            arguments.size() + " arguments for " + function.name(),
                            "at most " + (parameters.size() - first));
        }
        int used = 0;
        for (int i = first; i < parameters.size(); i++) {
            FunctionDefinition.Parameter parameter = parameters.get(i);
            ScriptValue value;
            Expression defaultValue = parameter.defaultValue();
            if (i - first < arguments.size()) {
                value = arguments.get(i - first);
            } else if (named.containsKey(parameter.name())) {
                value = named.get(parameter.name());
                used++;
            } else if (defaultValue != null) {
                value = evaluator.evaluate(defaultValue, new Frame(Map.of()));
            } else {
                throw recording
                        .at()
                        .refuse("a call of " + function.name() + " without " + parameter.name(), "all its arguments");
            }
            bound.put(parameter.name(), value);
        }
        if (used != named.size()) {
            throw recording
                    .at()
                    .refuse("the named arguments " + named.keySet() + " for " + function.name(), "its parameters");
        }
        return bound;
    }

    /** Runs statements. */
    Outcome run(@Nullable Work start, Frame frame) throws ModelFormatException, CodeRaises {
        Work work = start;
        while (work != null) {
            if (work.index() >= work.block().size()) {
                work = work.after();
                continue;
            }
            Statement statement = work.block().get(work.index());
            Work rest = new Work(work.block(), work.index() + 1, work.after());
            recording.at(statement.at());
            if (statement instanceof Statement.If branch) {
                ScriptValue condition = truth(evaluator.evaluate(branch.condition(), frame));
                if (condition instanceof BoolValue known) {
                    work = new Work(known.value() ? branch.ifTrue() : branch.ifFalse(), 0, rest);
                    continue;
                }
                if (Work.leaves(branch.ifTrue()) || Work.leaves(branch.ifFalse())) {
                    return branches.runToEnd(condition, branch, rest, frame);
                }
                List<Statement> inPlace = branches.run(condition, branch, frame);
                work = new Work(inPlace, 0, rest);
                continue;
            }
            if (statement instanceof Statement.With with) {
                requireHarmless(evaluator.evaluate(with.context(), frame));
                work = new Work(with.body(), 0, rest);
                continue;
            }
            Outcome outcome = step(statement, frame);
            if (outcome.kind() != Outcome.Kind.THROUGH) {
                return outcome;
            }
            work = rest;
        }
        return Outcome.THROUGH;
    }

    private Outcome step(Statement statement, Frame frame) throws ModelFormatException, CodeRaises {
        if (statement instanceof Statement.Assign assign) {
            evaluator.assign(assign.target(), evaluator.evaluate(assign.value(), frame), frame);
        } else if (statement instanceof Statement.Evaluate evaluate) {
            evaluator.evaluate(evaluate.expression(), frame);
        } else if (statement instanceof Statement.Return leave) {
            Expression value = leave.value();
            return Outcome.returned(value == null ? ScriptValue.NONE : evaluator.evaluate(value, frame));
        } else if (statement instanceof Statement.For loop) {
            return loops.run(loop, frame);
        } else if (statement instanceof Statement.While loop) {
            return loops.run(loop, frame);
        } else if (statement instanceof Statement.Assert check) {
            check(check, frame);
        } else if (statement instanceof Statement.Raise raise) {
            Expression exception = raise.exception();
            ScriptValue value = exception == null ? ScriptValue.NONE : evaluator.evaluate(exception, frame);
            throw recording.raise(value, "Exception");
        } else if (statement instanceof Statement.Define define) {
            recording.spend(frame.variables().size());
            String name = define.function().name();
            frame.set(name, new FunctionValue(name, define.function(), null, Map.copyOf(frame.variables())));
        } else if (statement instanceof Statement.Break) {
            return new Outcome(Outcome.Kind.BREAK, ScriptValue.NONE);
        } else if (statement instanceof Statement.Continue) {
            return new Outcome(Outcome.Kind.CONTINUE, ScriptValue.NONE);
        }
        return Outcome.THROUGH;
    }

    private void check(Statement.Assert check, Frame frame) throws ModelFormatException, CodeRaises {
        ScriptValue holds = truth(evaluator.evaluate(check.condition(), frame));
        Expression message = check.message();
        ScriptValue text =
                message == null ? new ScriptValue.TextValue("AssertionError") : evaluator.evaluate(message, frame);
        if (!(holds instanceof BoolValue known)) {
            branches.require(holds, text);
        } else if (!known.value()) {
            throw recording.raise(text, "AssertionError");
        }
    }

    /** Contexts of torch itself switch things like gradients, which do not matter here. */
    private void requireHarmless(ScriptValue context) throws ModelFormatException {
        if (!(context instanceof Instance instance) || !instance.className().startsWith("__torch__.torch.")) {
            throw recording.refuse(
                    "a with statement on " + context.describe(),
                    "one on a context of torch itself, such as torch.no_grad()",
                    "express the model without it");
        }
    }

    /** Whether a value counts as true: a boolean, known or not. */
    ScriptValue truth(ScriptValue value) throws ModelFormatException, CodeRaises {
        if (value instanceof BoolValue || (value instanceof ScalarNode scalar && scalar.type() == ScalarType.BOOL)) {
            return value;
        }
        ScriptValue number = value instanceof TensorObject
                ? recording.host(HostOp.ITEM, TypeName.NUMBER, value)
                : value instanceof NumberTensor tensor ? tensor.number() : value;
        return recording.host(HostOp.BOOL, TypeName.BOOL, number);
    }

    Evaluator evaluator() {
        return evaluator;
    }
}
