// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/** Operators composed of others, for those that a libtorch's C ABI does not reach itself. */
final class Recipes {

    /** What is done. */
    @FunctionalInterface
    interface Body {
        /** A tensor, a number, or an array of results, all temporaries. */
        @Nullable
        Object cook(Aten torch, Arguments arguments);
    }

    /**
     * A composed operator.
     *
     * @param body what is done
     * @param first whether it goes before every other way
     */
    record Recipe(Body body, boolean first) {

        Way way(Schema schema) {
            return (aten, arguments, results) -> cook(schema, aten, arguments, results);
        }

        private void cook(Schema schema, Aten aten, @Nullable Object[] arguments, @Nullable Object[] results) {
            Object result = body.cook(aten, new Arguments(schema, arguments, results.length));
            if (result instanceof Object[] several) {
                if (schema.returnsList()) {
                    Ways.checkCount(schema, several.length, results.length);
                }
                System.arraycopy(several, 0, results, 0, Math.min(several.length, results.length));
            } else if (results.length > 0) {
                results[0] = result;
            }
        }
    }

    /** Recipes being collected, by the names of ATen's overloads. */
    static final class Book {
        private final Map<OpName, Recipe> recipes = new HashMap<>();

        /** Where nothing else reaches the operator. */
        Book add(String op, Body body) {
            return put(op, new Recipe(body, false));
        }

        /** Also where something else would reach it. */
        Book first(String op, Body body) {
            return put(op, new Recipe(body, true));
        }

        private Book put(String op, Recipe recipe) {
            OpName name = OpName.parse("aten." + op);
            if (recipes.put(name, recipe) != null) {
                throw new IllegalStateException("two recipes for " + op);
            }
            return this;
        }

        /** An operator of ours. */
        Book own(OpName name, Body body) {
            recipes.put(name, new Recipe(body, true));
            return this;
        }
    }

    private static final Map<OpName, Recipe> ALL = all();

    private Recipes() {}

    private static Map<OpName, Recipe> all() {
        Book book = new Book();
        ViewRecipes.collect(book);
        ArithmeticRecipes.collect(book);
        ReductionRecipes.collect(book);
        NetworkRecipes.collect(book);
        RecurrentRecipes.collect(book);
        ResizeRecipes.collect(book);
        SpectrumRecipes.collect(book);
        MakingRecipes.collect(book);
        return Map.copyOf(book.recipes);
    }

    /** The recipe of an operator, or null if it has none. */
    static @Nullable Recipe of(OpName name) {
        return ALL.get(name);
    }
}
