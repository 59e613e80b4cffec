// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.OperatorCall;

/** A call of an operator that we know nothing of. Used by one thread. */
final class AnyOperatorCall implements OperatorCall {

    private final Scope scope;
    private final OpName op;
    private final List<NamedArgument> arguments = new ArrayList<>();
    private final List<LayerTensor> operands = new ArrayList<>();
    private List<Spec> results = List.of();

    AnyOperatorCall(Scope scope, OpName op) {
        if (op.namespace().equals(ControlOps.NAMESPACE) || op.namespace().equals(HostOp.NAMESPACE)) {
            throw new IllegalArgumentException(
                    op + " is nothing that a processing element does: write it in Java around the calls");
        }
        this.scope = scope;
        this.op = op;
    }

    @Override
    public OperatorCall tensor(String name, DeviceTensor tensor) {
        return add(name, operand(tensor));
    }

    @Override
    public OperatorCall tensors(String name, List<? extends DeviceTensor> tensors) {
        return add(name, new Argument.ListOf(tensors.stream().map(this::operand).toList()));
    }

    private Argument operand(DeviceTensor tensor) {
        operands.add(ScopeOperators.own(tensor));
        return new Argument.Ref(operands.size() - 1);
    }

    @Override
    public OperatorCall integer(String name, long value) {
        return add(name, new Argument.Int(value));
    }

    @Override
    public OperatorCall integers(String name, long... values) {
        return add(name, Argument.ListOf.ints(values));
    }

    @Override
    public OperatorCall real(String name, double value) {
        return add(name, new Argument.Real(value));
    }

    @Override
    public OperatorCall flag(String name, boolean value) {
        return add(name, new Argument.Bool(value));
    }

    @Override
    public OperatorCall text(String name, String value) {
        return add(name, new Argument.Text(value));
    }

    @Override
    public OperatorCall argument(String name, Argument value) {
        requireConstant(name, value);
        return add(name, value);
    }

    private void requireConstant(String name, Argument value) {
        if (value instanceof Argument.Ref || value instanceof Argument.Graph) {
            throw new IllegalArgumentException(
                    op + ": the argument " + name + " must be a constant, found " + value + "; use tensor(...)");
        }
        if (value instanceof Argument.ListOf list) {
            list.elements().forEach(element -> requireConstant(name, element));
        }
    }

    private OperatorCall add(String name, Argument value) {
        if (arguments.stream().anyMatch(known -> known.name().equals(name))) {
            throw new IllegalArgumentException(op + ": the argument " + name + " is there already");
        }
        arguments.add(NamedArgument.read(name, value));
        return this;
    }

    @Override
    public OperatorCall makes(TensorSpec... specs) {
        for (TensorSpec spec : specs) {
            if (!spec.shape().isStatic()) {
                throw new IllegalArgumentException(op + ": what a call makes has fixed sizes, found " + spec);
            }
        }
        results = Stream.of(specs).map(Spec::of).toList();
        return this;
    }

    @Override
    public DeviceTensor call() {
        return call(1).get(0);
    }

    @Override
    public List<DeviceTensor> call(int count) {
        if (count < 1 || (!results.isEmpty() && results.size() != count)) {
            throw new IllegalArgumentException(op + ": " + count + " results are asked for, "
                    + (results.isEmpty() ? "at least one must be" : results.size() + " are said to be made"));
        }
        if (operands.isEmpty()) {
            throw new IllegalArgumentException(
                    op + " takes no tensor: make one on the host and bring it with tensor(...)");
        }
        Template template = new Template(op, arguments, count, results);
        return List.of(scope.session().issue(scope, template, operands.toArray(LayerTensor[]::new)));
    }
}
