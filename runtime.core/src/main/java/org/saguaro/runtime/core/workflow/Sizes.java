// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.lowering.SymbolicShapes;

/** Arithmetic on sizes that may be symbolic. */
final class Sizes {

    /** A name, but not that of a function. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z_0-9.]*+(?!\\s*\\()");

    private static final Pattern ATOM = Pattern.compile("[A-Za-z_0-9]+");

    private Sizes() {}

    static Dim plus(Dim dim, long amount) {
        if (amount == 0) {
            return dim;
        }
        if (dim instanceof Dim.Fixed fixed) {
            return new Dim.Fixed(fixed.size() + amount);
        }
        Dim.Symbolic symbolic = (Dim.Symbolic) dim;
        return new Dim.Symbolic(
                bracketed(symbolic.expression()) + (amount < 0 ? " - " : " + ") + Math.abs(amount),
                Math.max(0, symbolic.min() + amount),
                symbolic.max() == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(0, symbolic.max() + amount));
    }

    /** The quotient, rounded down. */
    static Dim dividedBy(Dim dim, long divisor) {
        if (dim instanceof Dim.Fixed fixed) {
            return new Dim.Fixed(fixed.size() / divisor);
        }
        Dim.Symbolic symbolic = (Dim.Symbolic) dim;
        return new Dim.Symbolic(
                bracketed(symbolic.expression()) + " // " + divisor,
                symbolic.min() / divisor,
                symbolic.max() == Long.MAX_VALUE ? Long.MAX_VALUE : symbolic.max() / divisor);
    }

    static Dim sum(Dim left, Dim right) {
        if (right instanceof Dim.Fixed fixed) {
            return plus(left, fixed.size());
        }
        if (left instanceof Dim.Fixed fixed) {
            return plus(right, fixed.size());
        }
        Dim.Symbolic a = (Dim.Symbolic) left;
        Dim.Symbolic b = (Dim.Symbolic) right;
        return new Dim.Symbolic(
                bracketed(a.expression()) + " + " + bracketed(b.expression()),
                a.min() + b.min(),
                a.max() == Long.MAX_VALUE || b.max() == Long.MAX_VALUE ? Long.MAX_VALUE : a.max() + b.max());
    }

    private static String bracketed(String expression) {
        return ATOM.matcher(expression).matches() ? expression : "(" + expression + ")";
    }

    /** A type with other names of its sizes: a name stands for an expression, or for itself with a prefix. */
    static ValueType renamed(ValueType type, Map<String, String> expressions, String prefix) {
        if (!(type instanceof TensorSpec spec) || spec.shape().isStatic()) {
            return type;
        }
        Shape shape = new Shape(spec.shape().dims().stream()
                .map(dim -> renamed(dim, expressions, prefix))
                .toList());
        return SymbolicShapes.resolve(new TensorSpec(spec.dtype(), shape), Map.of());
    }

    private static Dim renamed(Dim dim, Map<String, String> expressions, String prefix) {
        if (!(dim instanceof Dim.Symbolic symbolic)) {
            return dim;
        }
        String text = symbolic.expression();
        String whole = expressions.get(text);
        String replaced = whole != null
                ? whole
                : NAME.matcher(text).replaceAll(match -> {
                    String expression = expressions.get(match.group());
                    return Matcher.quoteReplacement(
                            expression == null ? prefix + match.group() : bracketed(expression));
                });
        return new Dim.Symbolic(replaced, symbolic.min(), symbolic.max());
    }

    /** Whether a size is a name alone, so that it can be given a value. */
    static boolean isName(String expression) {
        return NAME.matcher(expression).matches();
    }
}
