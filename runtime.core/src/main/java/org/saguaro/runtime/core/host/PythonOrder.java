// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Equality and order of host values, as in Python. */
final class PythonOrder {

    private PythonOrder() {}

    /**
     * Python's {@code ==}.
     *
     * @throws ModelRaisedException if a tensor is among them: that comparison makes a tensor
     */
    static boolean equal(@Nullable Object left, @Nullable Object right) {
        if (left instanceof HostTensor || right instanceof HostTensor) {
            if (left == null || right == null || left == right) {
                return left == right;
            }
            throw new ModelRaisedException(
                    "TypeError", "tensors cannot be compared on the host: the comparison makes a tensor");
        }
        if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
            return !isNan(left) && !isNan(right) && compareNumbers(left, right) == 0;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return equalElements(a, b);
        }
        if (left instanceof HostTuple a && right instanceof HostTuple b) {
            return equalElements(a.elements(), b.elements());
        }
        if (left instanceof HostDict a && right instanceof HostDict b) {
            return a.size() == b.size()
                    && a.keys().stream().allMatch(key -> b.contains(key) && sameOrEqual(a.get(key), b.get(key)));
        }
        if (left instanceof HostDict || right instanceof HostDict) {
            return false;
        }
        return Objects.equals(left, right);
    }

    /** What membership and equality of containers go by: NaN is found by identity. */
    static boolean sameOrEqual(@Nullable Object left, @Nullable Object right) {
        return left == right || equal(left, right);
    }

    private static boolean equalElements(List<?> left, List<?> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!sameOrEqual(left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Python's {@code <}.
     *
     * @throws ModelRaisedException if the two have no order
     */
    static boolean less(@Nullable Object left, @Nullable Object right) {
        int order = compare(left, right, "<");
        return order < 0 && !isNan(left) && !isNan(right);
    }

    /** Python's {@code <=}. */
    static boolean lessOrEqual(@Nullable Object left, @Nullable Object right) {
        int order = compare(left, right, "<=");
        return order <= 0 && !isNan(left) && !isNan(right);
    }

    /**
     * Negative, 0 or positive; NaN comes last.
     *
     * @param operator for the error
     * @throws ModelRaisedException if the two have no order
     */
    static int compare(@Nullable Object left, @Nullable Object right, String operator) {
        if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
            return compareNumbers(left, right);
        }
        if (left instanceof String a && right instanceof String b) {
            return compareTexts(a, b);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return compareElements(a, b, operator);
        }
        if (left instanceof HostTuple a && right instanceof HostTuple b) {
            return compareElements(a.elements(), b.elements(), operator);
        }
        throw new ModelRaisedException(
                "TypeError",
                "'" + operator + "' has no meaning between " + PythonText.typeName(left) + " and "
                        + PythonText.typeName(right));
    }

    private static int compareElements(List<?> left, List<?> right, String operator) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            if (!sameOrEqual(left.get(i), right.get(i))) {
                return compare(left.get(i), right.get(i), operator);
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    /** By code point, as Python, not by UTF-16 unit. */
    private static int compareTexts(String left, String right) {
        int[] a = left.codePoints().toArray();
        int[] b = right.codePoints().toArray();
        return java.util.Arrays.compare(a, b);
    }

    private static int compareNumbers(@Nullable Object left, @Nullable Object right) {
        if (left instanceof Double || right instanceof Double) {
            double a = PythonNumbers.real(left);
            double b = PythonNumbers.real(right);
            boolean mixed = !(left instanceof Double) || !(right instanceof Double);
            if (mixed && Double.isFinite(a) && Double.isFinite(b)) {
                return exact(left).compareTo(exact(right));
            }
            return a == b ? 0 : Double.compare(a, b);
        }
        return Long.compare(PythonNumbers.integer(left), PythonNumbers.integer(right));
    }

    private static BigDecimal exact(@Nullable Object number) {
        return number instanceof Double real ? new BigDecimal(real) : BigDecimal.valueOf(PythonNumbers.integer(number));
    }

    private static boolean isNan(@Nullable Object value) {
        return value instanceof Double real && real.isNaN();
    }
}
