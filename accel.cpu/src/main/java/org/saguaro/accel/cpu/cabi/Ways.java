// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.OperatorSchema;
import org.saguaro.model.api.OpName;

/**
 * Finds how a libtorch can be asked for an operator. There are four ways, the first that applies is taken:
 *
 * <ol>
 *   <li>by name through its dispatcher ({@link DispatcherCall}), unless an argument is a number of unknown type ({@code Scalar}), or, before
 *       libtorch 2.10, a list or a text;
 *   <li>by a C function of its own ({@link FunctionCall}), which some operators have, unless an argument is such a number: these functions
 *       take doubles, and an integer tensor plus 1.0 is none;
 *   <li>as the overload that takes tensors for numbers, with a number as a tensor of rank 0;
 *   <li>composed of other operators and of views ({@link Recipes}); an in-place operator of its functional form and a copy.
 * </ol>
 *
 * <p>What none of these reaches is refused by name. Thread-safe.
 */
final class Ways {

    private static final String ATEN = "aten";

    private final Libtorch libtorch;
    private final Functions functions;
    private final Schemas schemas = Schemas.all();
    private final Map<OpName, Optional<FunctionCall>> ownFunctions = new ConcurrentHashMap<>();
    private final Map<OpName, Optional<Schema>> tensorOverloads = new ConcurrentHashMap<>();
    private final Map<OpName, DispatcherCall> dispatched = new ConcurrentHashMap<>();
    private final Map<String, Schema> byText = new ConcurrentHashMap<>();

    Ways(Libtorch libtorch) {
        this.libtorch = libtorch;
        functions = new Functions(libtorch);
    }

    Libtorch libtorch() {
        return libtorch;
    }

    Functions functions() {
        return functions;
    }

    /** The schema of an operator, or null if no libtorch has it. */
    @Nullable
    Schema find(OpName name) {
        return schemas.find(name);
    }

    /** The operators as the rewriting of segments wants them. */
    OperatorSchema.Table table() {
        return schemas::find;
    }

    /** An operator of ATen by its name, for instance {@code add.Tensor}. */
    Schema schema(String op) {
        return byText.computeIfAbsent(op, text -> {
            Schema schema = schemas.find(OpName.parse(ATEN + "." + text));
            if (schema == null) {
                throw new IllegalArgumentException("libtorch has no operator " + text);
            }
            return schema;
        });
    }

    /**
     * How to call an operator with these arguments. Only what is None matters of them, so what is answered for a layer holds
     * whenever the layer runs.
     *
     * @throws Unreachable if there is no way
     */
    Way of(Schema schema, @Nullable Object[] arguments) {
        Way way = find(schema, arguments);
        if (way == null) {
            throw new Unreachable(schema, libtorch);
        }
        return way;
    }

    /** The same, null if there is none. */
    @Nullable
    Way find(Schema schema, @Nullable Object[] arguments) {
        Recipes.Recipe recipe = Recipes.of(schema.name());
        if (recipe != null && recipe.first()) {
            return recipe.way(schema);
        }
        boolean exists = schema.name().namespace().equals(ATEN) && !(schema.recent() && libtorch.isOlderThan(2, 13));
        if (exists && DispatcherCall.applies(schema, arguments, functions.lists != null)) {
            return dispatched.computeIfAbsent(schema.name(), name -> new DispatcherCall(schema, libtorch));
        }
        FunctionCall function = exists ? ownFunction(schema) : null;
        if (function != null && !hasNumber(schema, arguments)) {
            return function;
        }
        if (recipe != null) {
            return recipe.way(schema);
        }
        Schema overload = tensorOverload(schema);
        if (overload != null) {
            return numbersAsTensors(overload);
        }
        Schema functional = functional(schema);
        return functional == null || find(functional, arguments) == null ? null : inPlace(functional);
    }

    /** What an in-place operator computes before it writes; null if it is none. */
    private @Nullable Schema functional(Schema schema) {
        String name = schema.name().name();
        if (!name.endsWith("_") || name.endsWith("__")) {
            return null;
        }
        Schema functional = schemas.find(new OpName(
                schema.name().namespace(),
                name.substring(0, name.length() - 1),
                schema.name().overload()));
        return functional != null
                        && functional.parameters().size() == schema.parameters().size()
                ? functional
                : null;
    }

    private static Way inPlace(Schema functional) {
        return (aten, arguments, results) -> {
            @Nullable Object[] computed = new @Nullable Object[1];
            aten.ways().of(functional, arguments).call(aten, arguments, computed);
            TensorHandle target = (TensorHandle) Objects.requireNonNull(arguments[0]);
            aten.copy(target, (TensorHandle) Objects.requireNonNull(computed[0]));
            if (results.length > 0) {
                results[0] = aten.same(target);
            }
        };
    }

    private static boolean hasNumber(Schema schema, @Nullable Object[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (schema.parameters().get(i).type() == Schema.Type.NUMBER && arguments[i] != null) {
                return true;
            }
        }
        return false;
    }

    private @Nullable FunctionCall ownFunction(Schema schema) {
        return ownFunctions
                .computeIfAbsent(schema.name(), name -> Optional.ofNullable(FunctionCall.of(schema, libtorch)))
                .orElse(null);
    }

    /**
     * The function of its own that an operator has.
     *
     * @throws Unreachable if it has none
     */
    Way function(Schema schema) {
        Way function = ownFunction(schema);
        if (function == null) {
            throw new Unreachable(schema, libtorch);
        }
        return function;
    }

    private @Nullable Schema tensorOverload(Schema schema) {
        return tensorOverloads
                .computeIfAbsent(schema.name(), name -> Optional.ofNullable(schemas.withTensorsForNumbers(schema)))
                .orElse(null);
    }

    private static Way numbersAsTensors(Schema overload) {
        return (aten, arguments, results) -> {
            @Nullable Object[] converted = arguments.clone();
            TensorHandle beside = firstTensor(arguments);
            for (int i = 0; i < converted.length; i++) {
                Object value = converted[i];
                if (value != null
                        && overload.parameters().get(i).type() == Schema.Type.TENSOR
                        && !(value instanceof TensorHandle)) {
                    converted[i] = aten.number(value, beside);
                }
            }
            aten.ways().of(overload, converted).call(aten, converted, results);
        };
    }

    /** The first tensor among arguments, or null if there is none. */
    static @Nullable TensorHandle firstTensor(@Nullable Object[] arguments) {
        for (Object argument : arguments) {
            if (argument instanceof TensorHandle tensor) {
                return tensor;
            }
        }
        return null;
    }

    /** For messages. */
    static String describe(Aten aten, Schema schema, @Nullable Object[] arguments) {
        List<String> parts = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] != null) {
                parts.add(schema.parameters().get(i).name() + "=" + aten.describe(arguments[i]));
            }
        }
        return schema.name() + "(" + String.join(", ", parts) + ")";
    }

    /** Fails if an operator returned another number of tensors than the model says. */
    static void checkCount(Schema schema, long found, int expected) {
        if (found != expected) {
            throw new IllegalArgumentException(
                    schema.name() + " returned " + found + " tensors, the number must match the model's " + expected);
        }
    }

    /** There is no way to an operator. */
    static final class Unreachable extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        Unreachable(Schema schema, Libtorch libtorch) {
            super(message(schema, libtorch));
        }

        static String message(Schema schema, Libtorch libtorch) {
            return "the C ABI of libtorch " + libtorch.versionText() + " has no way to " + schema.name();
        }
    }
}
