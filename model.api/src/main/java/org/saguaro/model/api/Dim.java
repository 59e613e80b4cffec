// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.OptionalLong;

/** One dimension of a {@link Shape}: known when the model is read, or only when a request arrives. */
public sealed interface Dim {

    /** A size known when the model is read. */
    record Fixed(long size) implements Dim {
        public Fixed {
            if (size < 0) {
                throw new IllegalArgumentException("a dimension cannot be negative: " + size);
            }
        }

        @Override
        public String toString() {
            return Long.toString(size);
        }
    }

    /**
     * A size known when a request arrives.
     *
     * <p>Expressions are of a small language, so that whoever knows the symbols can compute them: integers without a sign; names
     * ({@code [A-Za-z_][A-Za-z_0-9]*}); {@code +}, {@code -}, {@code *}, {@code //} (quotient rounded down) and {@code %} (remainder, with
     * the sign of the divisor), of which the last three bind more tightly and all group from the left; brackets; {@code max(a, b)} and
     * {@code min(a, b)}. Blanks mean nothing. What a reader cannot say in it, it leaves as its format has it: such a text is
     * opaque, a name for a size that only its tensor tells.
     *
     * @param expression for instance {@code s0} or {@code 2*s0 + 1}; equal text means equal size
     * @param min smallest size the exporter allows
     * @param max largest size the exporter allows; {@link Long#MAX_VALUE} when it set no bound
     */
    record Symbolic(String expression, long min, long max) implements Dim {
        @Override
        public String toString() {
            return expression;
        }
    }

    /** The size, if it is known when the model is read. */
    default OptionalLong fixedSize() {
        return this instanceof Fixed fixed ? OptionalLong.of(fixed.size()) : OptionalLong.empty();
    }

    /** Whether a request may bring this size. */
    default boolean accepts(long size) {
        if (this instanceof Fixed fixed) {
            return fixed.size() == size;
        }
        Symbolic symbolic = (Symbolic) this;
        return size >= symbolic.min() && size <= symbolic.max();
    }
}
