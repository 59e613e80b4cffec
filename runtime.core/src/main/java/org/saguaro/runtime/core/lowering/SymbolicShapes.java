// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;

/** What symbols in shapes stand for, once the sizes of a request are known. */
public final class SymbolicShapes {

    private SymbolicShapes() {}

    /**
     * What sizes tell about symbols.
     *
     * @param symbols what each symbol stands for, as far as the sizes tell
     * @param mismatch why the sizes do not fit, for people; null if they do
     */
    public record Solution(
            Map<String, Long> symbols, @Nullable String mismatch) {
        public Solution {
            symbols = Map.copyOf(symbols);
        }
    }

    /** One dimension with its size. */
    private record Given(String place, Dim dim, long size) {}

    /**
     * Compares sizes with the types of values, dimension by dimension, and solves for the symbols: {@code s0} is what the size
     * says, {@code 2*s0+1} of size 7 says that s0 is 3. An expression that is not understood only has its bounds checked.
     *
     * @param values in any order; those of no tensor type are skipped, and of {@link org.saguaro.model.api.AnyTensor} all is
     *     accepted
     * @param sizes of each value; null where it is no tensor
     */
    public static Solution solve(List<Value> values, List<long @Nullable []> sizes) {
        List<Given> open = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            long[] found = sizes.get(i);
            if (!(values.get(i).type() instanceof TensorSpec spec) || found == null) {
                continue;
            }
            String name = values.get(i).name();
            List<Dim> dims = spec.shape().dims();
            if (dims.size() != found.length) {
                return mismatch(name + " has " + found.length + " dimensions, expected " + dims.size() + " " + spec);
            }
            for (int d = 0; d < found.length; d++) {
                if (!dims.get(d).accepts(found[d])) {
                    return mismatch("dimension " + d + " of " + name + " has size " + found[d] + ", expected "
                            + expected(dims.get(d)));
                }
                open.add(new Given("dimension " + d + " of " + name, dims.get(d), found[d]));
            }
        }
        return solve(open);
    }

    private static String expected(Dim dim) {
        if (dim instanceof Dim.Symbolic symbolic) {
            return symbolic.expression() + " from " + symbolic.min()
                    + (symbolic.max() == Long.MAX_VALUE ? " on" : " to " + symbolic.max());
        }
        return dim.toString();
    }

    private static Solution mismatch(String text) {
        return new Solution(Map.of(), text);
    }

    private static Solution solve(List<Given> given) {
        Map<String, Long> symbols = new HashMap<>();
        Map<String, String> from = new HashMap<>();
        List<Given> open = new ArrayList<>(given);
        boolean progress = true;
        while (progress) {
            progress = false;
            for (Given each : List.copyOf(open)) {
                SizeExpression expression = each.dim() instanceof Dim.Symbolic symbolic
                        ? SizeExpression.parse(symbolic.expression())
                        : null;
                if (expression == null) {
                    open.remove(each);
                    continue;
                }
                List<String> unknown = expression.symbols().stream()
                        .filter(name -> !symbols.containsKey(name))
                        .toList();
                if (unknown.isEmpty()) {
                    open.remove(each);
                    OptionalLong value = expression.evaluate(symbols);
                    if (value.isPresent() && value.getAsLong() != each.size()) {
                        return mismatch(each.place() + " has size " + each.size() + ", expected " + each.dim() + " = "
                                + value.getAsLong() + because(expression, symbols, from));
                    }
                } else if (unknown.size() == 1) {
                    OptionalLong solved = expression.solve(unknown.get(0), symbols, each.size());
                    if (solved.isPresent()) {
                        symbols.put(unknown.get(0), solved.getAsLong());
                        from.put(unknown.get(0), each.place());
                        progress = true;
                    } else if (expression.isLinear(unknown.get(0), symbols)) {
                        return mismatch(
                                each.place() + " has size " + each.size() + ", which is not of the form " + each.dim());
                    }
                }
            }
        }
        return new Solution(symbols, null);
    }

    private static String because(SizeExpression expression, Map<String, Long> symbols, Map<String, String> from) {
        StringBuilder text = new StringBuilder();
        for (String name : expression.symbols()) {
            text.append(text.isEmpty() ? " (" : ", ")
                    .append(name)
                    .append(" is ")
                    .append(symbols.get(name))
                    .append(" by ")
                    .append(from.get(name));
        }
        return text.isEmpty() ? "" : text.append(')').toString();
    }

    /** A type with every dimension that the symbols tell; the type itself if they tell nothing. */
    public static ValueType resolve(ValueType type, Map<String, Long> symbols) {
        if (!(type instanceof TensorSpec spec) || spec.shape().isStatic()) {
            return type;
        }
        List<Dim> dims =
                spec.shape().dims().stream().map(dim -> resolve(dim, symbols)).toList();
        return new TensorSpec(spec.dtype(), new Shape(dims));
    }

    private static Dim resolve(Dim dim, Map<String, Long> symbols) {
        if (!(dim instanceof Dim.Symbolic symbolic)) {
            return dim;
        }
        SizeExpression expression = SizeExpression.parse(symbolic.expression());
        OptionalLong size = expression == null ? OptionalLong.empty() : expression.evaluate(symbols);
        return size.isPresent() && size.getAsLong() >= 0 ? new Dim.Fixed(size.getAsLong()) : dim;
    }
}
