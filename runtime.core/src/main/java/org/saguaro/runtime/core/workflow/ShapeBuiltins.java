// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.saguaro.runtime.core.workflow.StageLayers.integer;
import static org.saguaro.runtime.core.workflow.StageLayers.integers;
import static org.saguaro.runtime.core.workflow.StageLayers.like;
import static org.saguaro.runtime.core.workflow.StageLayers.tensor;
import static org.saguaro.runtime.core.workflow.StageLayers.tensors;
import static org.saguaro.runtime.core.workflow.StageLayers.viewed;
import static org.saguaro.runtime.core.workflow.StageLayers.with;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.workflow.Description.Parameters;

/** Steps that give tensors other shapes or join them. */
final class ShapeBuiltins {

    private ShapeBuiltins() {}

    static List<Builtin> all() {
        return List.of(
                new Builtin(
                        "reshape",
                        "the same elements in another shape; one size may be -1, which is what the others leave",
                        1,
                        1,
                        List.of(Parameter.integers("sizes", "of the output", -1, 1 << 24)),
                        List.of("output"),
                        ShapeBuiltins::reshape),
                new Builtin(
                        "squeeze",
                        "without a dimension of size 1",
                        1,
                        1,
                        List.of(Parameter.axis("the dimension that goes", null)),
                        List.of("output"),
                        ShapeBuiltins::squeeze),
                new Builtin(
                        "unsqueeze",
                        "with a new dimension of size 1",
                        1,
                        1,
                        List.of(Parameter.axis("where it is in the output", null)),
                        List.of("output"),
                        ShapeBuiltins::unsqueeze),
                new Builtin(
                        "select",
                        "one position of a dimension, which goes",
                        1,
                        1,
                        List.of(
                                Parameter.axis("the dimension", null),
                                Parameter.integer(
                                        "index", "the position; negative from the end", null, -(1 << 24), 1 << 24)),
                        List.of("output"),
                        ShapeBuiltins::select),
                new Builtin(
                        "slice",
                        "positions start to end (exclusive) of a dimension",
                        1,
                        1,
                        List.of(
                                Parameter.axis("the dimension", null),
                                Parameter.integer("start", "first position", 0L, 0, 1 << 24),
                                Parameter.integer("end", "position after the last", null, 1, 1 << 24)),
                        List.of("output"),
                        ShapeBuiltins::slice),
                new Builtin(
                        "concat",
                        "tensors one after the other along a dimension; the other dimensions are the same",
                        2,
                        Builtin.MANY,
                        List.of(Parameter.axis("the dimension", 0L)),
                        List.of("output"),
                        ShapeBuiltins::concat),
                new Builtin(
                        "stack",
                        "tensors of one shape along a new dimension",
                        1,
                        Builtin.MANY,
                        List.of(Parameter.axis("where the new dimension is in the output", 0L)),
                        List.of("output"),
                        ShapeBuiltins::stack),
                new Builtin(
                        "add",
                        "sum of two tensors of one shape and element type",
                        2,
                        2,
                        List.of(),
                        List.of("output"),
                        (layers, inputs, parameters) -> List.of(layers.layer(
                                "aten.add.Tensor",
                                alike(inputs),
                                tensor("self", inputs.get(0).value()),
                                tensor("other", inputs.get(1).value()),
                                integer("alpha", 1)))),
                new Builtin(
                        "multiply",
                        "product of two tensors of one shape and element type, element by element",
                        2,
                        2,
                        List.of(),
                        List.of("output"),
                        (layers, inputs, parameters) -> List.of(layers.layer(
                                "aten.mul.Tensor",
                                alike(inputs),
                                tensor("self", inputs.get(0).value()),
                                tensor("other", inputs.get(1).value())))));
    }

    /** The type of all operands, which must be one, as far as it is known. */
    private static ValueType alike(List<Operand> inputs) throws StageException {
        Operand known = null;
        for (Operand input : inputs) {
            if (input.spec() == null) {
                continue;
            }
            if (known != null && !input.known().equals(known.known())) {
                throw input.wrong(known.known() + " as " + known.from());
            }
            known = input;
        }
        return like(known == null ? inputs.get(0) : known);
    }

    private static List<Integer> reshape(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        long[] sizes = parameters.integers("sizes");
        int open = -1;
        long others = 1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1) {
                if (open >= 0) {
                    throw parameters.wrong("sizes", "found -1 twice, expected it at most once");
                }
                open = i;
            } else {
                others *= sizes[i];
                if (others < 0 || others > Integer.MAX_VALUE) {
                    throw parameters.wrong("sizes", "found a product beyond 2^31, expected a smaller tensor");
                }
            }
        }
        return List.of(layers.layer(
                "aten.reshape.default",
                reshaped(layers, x, sizes, open, others, parameters),
                viewed("self", x.value()),
                integers("shape", sizes)));
    }

    private static ValueType reshaped(
            StageLayers layers, Operand x, long[] sizes, int open, long others, Parameters parameters)
            throws StageException {
        TensorSpec spec = x.spec();
        if (spec == null) {
            return like(x);
        }
        if (!spec.shape().isStatic()) {
            if (open < 0) {
                throw parameters.wrong("sizes", "found no -1, expected one: " + x.from() + " is " + spec);
            }
            List<Dim> dims =
                    fixed(sizes, open, new Dim.Symbolic(Names.size(layers.stage(), "rest"), 0, Long.MAX_VALUE));
            return new TensorSpec(spec.dtype(), new Shape(dims));
        }
        long count = spec.shape().elementCount();
        boolean fits = open < 0 ? count == others : others != 0 && count % others == 0;
        if (!fits) {
            throw parameters.wrong(
                    "sizes",
                    "found sizes for " + others + " elements, expected them to hold the " + count + " elements of "
                            + x.from() + ", " + spec);
        }
        return new TensorSpec(
                spec.dtype(), new Shape(fixed(sizes, open, new Dim.Fixed(open < 0 ? 0 : count / others))));
    }

    private static List<Dim> fixed(long[] sizes, int open, Dim rest) {
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            dims.add(i == open ? rest : new Dim.Fixed(sizes[i]));
        }
        return dims;
    }

    private static List<Integer> squeeze(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        int axis = x.axis(parameters);
        if (x.spec() != null && !x.dim(axis).equals(new Dim.Fixed(1))) {
            throw x.wrong("size 1 in dimension " + axis);
        }
        return List.of(layers.layer(
                "aten.squeeze.dim", with(x, axis, null, null), viewed("self", x.value()), integer("dim", axis)));
    }

    private static List<Integer> unsqueeze(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        TensorSpec spec = x.spec();
        int axis = Operand.axis(parameters, spec == null ? -1 : spec.shape().rank() + 1);
        return List.of(layers.layer(
                "aten.unsqueeze.default",
                inserted(spec, axis, new Dim.Fixed(1)),
                viewed("self", x.value()),
                integer("dim", axis)));
    }

    private static ValueType inserted(@Nullable TensorSpec spec, int axis, Dim dim) {
        if (spec == null) {
            return new AnyTensor();
        }
        List<Dim> dims = new ArrayList<>(spec.shape().dims());
        dims.add(axis, dim);
        return new TensorSpec(spec.dtype(), new Shape(dims));
    }

    private static List<Integer> select(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        int axis = x.axis(parameters);
        long index = parameters.integer("index");
        if (x.spec() != null
                && x.dim(axis) instanceof Dim.Fixed size
                && (index < -size.size() || index >= size.size())) {
            throw parameters.wrong("index", "found " + index + ", expected a position of " + size.size());
        }
        return List.of(layers.layer(
                "aten.select.int",
                with(x, axis, null, null),
                viewed("self", x.value()),
                integer("dim", axis),
                integer("index", index)));
    }

    private static List<Integer> slice(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand x = inputs.get(0);
        int axis = x.axis(parameters);
        long start = parameters.integer("start");
        long end = parameters.integer("end");
        if (end <= start) {
            throw parameters.wrong("end", "found " + end + ", expected more than the start, " + start);
        }
        if (x.spec() != null && !(x.dim(axis) instanceof Dim.Fixed size && end <= size.size())) {
            throw x.wrong("at least " + end + " positions in dimension " + axis);
        }
        return List.of(layers.layer(
                "aten.slice.Tensor",
                with(x, axis, new Dim.Fixed(end - start), null),
                viewed("self", x.value()),
                integer("dim", axis),
                integer("start", start),
                integer("end", end),
                integer("step", 1)));
    }

    private static List<Integer> concat(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        Operand first = inputs.get(0);
        int axis = first.axis(parameters);
        Dim total = null;
        for (Operand input : inputs) {
            if (first.spec() == null || input.spec() == null) {
                total = null;
                break;
            }
            if (!sameButFor(axis, first.known(), input.known())) {
                throw input.wrong(first.known() + " as " + first.from() + ", but for dimension " + axis);
            }
            total = total == null ? input.dim(axis) : Sizes.sum(total, input.dim(axis));
        }
        return List.of(layers.layer(
                "aten.cat.default",
                total == null ? new AnyTensor() : with(first, axis, total, null),
                tensors("tensors", inputs),
                integer("dim", axis)));
    }

    private static boolean sameButFor(int axis, TensorSpec left, TensorSpec right) {
        if (left.dtype() != right.dtype()
                || left.shape().rank() != right.shape().rank()) {
            return false;
        }
        for (int i = 0; i < left.shape().rank(); i++) {
            if (i != axis
                    && !left.shape().dims().get(i).equals(right.shape().dims().get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<Integer> stack(StageLayers layers, List<Operand> inputs, Parameters parameters)
            throws StageException {
        boolean known = inputs.stream().allMatch(input -> input.spec() != null);
        TensorSpec spec = known && alike(inputs) instanceof TensorSpec all ? all : null;
        int axis = Operand.axis(parameters, spec == null ? -1 : spec.shape().rank() + 1);
        return List.of(layers.layer(
                "aten.stack.default",
                inserted(spec, axis, new Dim.Fixed(inputs.size())),
                tensors("tensors", inputs),
                integer("dim", axis)));
    }
}
