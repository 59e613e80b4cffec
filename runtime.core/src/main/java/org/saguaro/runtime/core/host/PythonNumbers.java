// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic as Python does it, on integers of 64 bits: a result that needs more is an error, never another number. Booleans
 * count as 0 and 1.
 */
final class PythonNumbers {

    private static final Pattern INTEGER = Pattern.compile("[+-]?\\d+(_\\d+)*");
    private static final Pattern REAL = Pattern.compile("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?");
    private static final double LN_2 = Math.log(2);

    private PythonNumbers() {}

    static boolean isNumber(@Nullable Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    /**
     * An integer or a boolean.
     *
     * @throws ModelRaisedException if it is something else
     */
    static long integer(@Nullable Object value) {
        if (value instanceof Long number) {
            return number;
        }
        if (value instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        throw unexpected("an integer", value);
    }

    /**
     * Any number.
     *
     * @throws ModelRaisedException if it is something else
     */
    static double real(@Nullable Object value) {
        if (value instanceof Double number) {
            return number;
        }
        if (value instanceof Long || value instanceof Boolean) {
            return integer(value);
        }
        throw unexpected("a number", value);
    }

    static ModelRaisedException unexpected(String expected, @Nullable Object found) {
        return new ModelRaisedException(
                "TypeError",
                "expected " + expected + ", found " + PythonText.typeName(found) + " " + PythonText.shortRepr(found));
    }

    private static boolean eitherReal(@Nullable Object left, @Nullable Object right) {
        return left instanceof Double || right instanceof Double;
    }

    static Object add(@Nullable Object left, @Nullable Object right) {
        if (eitherReal(left, right)) {
            return real(left) + real(right);
        }
        return fits(big(left).add(big(right)));
    }

    static Object subtract(@Nullable Object left, @Nullable Object right) {
        if (eitherReal(left, right)) {
            return real(left) - real(right);
        }
        return fits(big(left).subtract(big(right)));
    }

    static Object multiply(@Nullable Object left, @Nullable Object right) {
        if (eitherReal(left, right)) {
            return real(left) * real(right);
        }
        return fits(big(left).multiply(big(right)));
    }

    static Object trueDivide(@Nullable Object left, @Nullable Object right) {
        if (real(right) == 0) {
            throw zeroDivision("division by zero");
        }
        if (eitherReal(left, right)) {
            return real(left) / real(right);
        }
        // Correctly rounded also beyond 2^53.
        return new BigDecimal(big(left))
                .divide(new BigDecimal(big(right)), new MathContext(60, RoundingMode.HALF_EVEN))
                .doubleValue();
    }

    static Object floorDivide(@Nullable Object left, @Nullable Object right) {
        if (real(right) == 0) {
            throw zeroDivision("integer division or modulo by zero");
        }
        if (!eitherReal(left, right)) {
            long a = integer(left);
            long b = integer(right);
            return a == Long.MIN_VALUE && b == -1 ? fits(big(left).negate()) : Math.floorDiv(a, b);
        }
        double a = real(left);
        double b = real(right);
        double remainder = a % b;
        double quotient = (a - remainder) / b;
        if (remainder != 0 && (b < 0) != (remainder < 0)) {
            quotient -= 1;
        }
        if (quotient == 0) {
            return Math.copySign(0.0, a / b);
        }
        double floor = Math.floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    static Object modulo(@Nullable Object left, @Nullable Object right) {
        if (real(right) == 0) {
            throw zeroDivision("integer division or modulo by zero");
        }
        if (!eitherReal(left, right)) {
            return Math.floorMod(integer(left), integer(right));
        }
        double a = real(left);
        double b = real(right);
        return modulo(a, b);
    }

    private static double modulo(double a, double b) {
        double remainder = a % b;
        if (remainder == 0) {
            return Math.copySign(0.0, b);
        }
        return (b < 0) == (remainder < 0) ? remainder : remainder + b;
    }

    static Object power(@Nullable Object left, @Nullable Object right) {
        if (!eitherReal(left, right)) {
            long exponent = integer(right);
            if (exponent >= 0) {
                return power(integer(left), exponent);
            }
        }
        double base = real(left);
        double exponent = real(right);
        if (base == 0 && exponent < 0) {
            throw zeroDivision("0.0 cannot be raised to a negative power");
        }
        if (base < 0 && Double.isFinite(base) && Double.isFinite(exponent) && exponent != Math.rint(exponent)) {
            throw new ModelRaisedException(
                    "ValueError", "a negative number to a fraction is a complex number, which the host has not");
        }
        if (base == 1 || (base == -1 && Double.isInfinite(exponent))) {
            // C and Python disagree with Java for infinite and NaN exponents.
            return 1.0;
        }
        return finite(Math.pow(base, exponent), Double.isFinite(base) && Double.isFinite(exponent));
    }

    private static Object power(long base, long exponent) {
        if (base == 0 || base == 1 || exponent == 0) {
            return exponent == 0 ? 1L : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1L : -1L;
        }
        if (exponent > 64) {
            throw overflow();
        }
        return fits(BigInteger.valueOf(base).pow((int) exponent));
    }

    static Object negate(@Nullable Object value) {
        return value instanceof Double real ? -real : fits(big(value).negate());
    }

    static Object absolute(@Nullable Object value) {
        return value instanceof Double real
                ? (Object) Math.abs(real)
                : (Object) fits(big(value).abs());
    }

    /** A rounded number as an integer. */
    static Object rounded(@Nullable Object value, DoubleUnaryOperator rounding) {
        return value instanceof Double real
                ? (Object) wholeNumber(rounding.applyAsDouble(real))
                : (Object) integer(value);
    }

    private static long wholeNumber(double value) {
        if (Double.isNaN(value)) {
            throw new ModelRaisedException("ValueError", "NaN has no integer part");
        }
        if (Double.isInfinite(value)) {
            throw new ModelRaisedException("OverflowError", "infinity has no integer part");
        }
        return fits(new BigDecimal(value).toBigInteger());
    }

    static double truncated(double value) {
        return value < 0 ? Math.ceil(value) : Math.floor(value);
    }

    static Object squareRoot(@Nullable Object value) {
        return inDomain(real(value), real(value) >= 0, Math::sqrt);
    }

    static Object exponential(@Nullable Object value) {
        double x = real(value);
        return finite(Math.exp(x), Double.isFinite(x));
    }

    static Object logarithm(@Nullable Object value) {
        return inDomain(real(value), real(value) > 0, Math::log);
    }

    static Object logarithm2(@Nullable Object value) {
        return inDomain(real(value), real(value) > 0, PythonNumbers::log2);
    }

    /** Exact for powers of two. */
    private static double log2(double x) {
        int exponent = Math.getExponent(x);
        if (Double.isInfinite(x)) {
            return x;
        }
        if (exponent < Double.MIN_EXPONENT) {
            return log2(x * 0x1p60) - 60;
        }
        double mantissa = Math.scalb(x, -exponent);
        return mantissa == 1
                ? exponent
                : Math.abs(exponent) <= 1 ? Math.log(x) / LN_2 : exponent + Math.log(mantissa) / LN_2;
    }

    static Object trigonometric(@Nullable Object value, DoubleUnaryOperator function) {
        double x = real(value);
        return inDomain(x, !Double.isInfinite(x), function);
    }

    private static Object inDomain(double x, boolean defined, DoubleUnaryOperator function) {
        if (!defined && !Double.isNaN(x)) {
            throw new ModelRaisedException("ValueError", "math domain error: there is no result for " + x);
        }
        return function.applyAsDouble(x);
    }

    /** A result that must be finite if the operands are. */
    private static Object finite(double result, boolean operandsFinite) {
        if (operandsFinite && Double.isInfinite(result)) {
            throw new ModelRaisedException("OverflowError", "the result is too large for a real number");
        }
        return result;
    }

    static Object and(@Nullable Object left, @Nullable Object right) {
        return left instanceof Boolean a && right instanceof Boolean b
                ? (Object) (a && b)
                : (Object) (integer(left) & integer(right));
    }

    static Object or(@Nullable Object left, @Nullable Object right) {
        return left instanceof Boolean a && right instanceof Boolean b
                ? (Object) (a || b)
                : (Object) (integer(left) | integer(right));
    }

    static Object xor(@Nullable Object left, @Nullable Object right) {
        return left instanceof Boolean a && right instanceof Boolean b
                ? (Object) (a ^ b)
                : (Object) (integer(left) ^ integer(right));
    }

    static Object shiftLeft(@Nullable Object left, @Nullable Object right) {
        long bits = shift(right);
        if (integer(left) == 0) {
            return 0L;
        }
        if (bits > 64) {
            throw overflow();
        }
        return fits(big(left).shiftLeft((int) bits));
    }

    static Object shiftRight(@Nullable Object left, @Nullable Object right) {
        return integer(left) >> Math.min(63, shift(right));
    }

    private static long shift(@Nullable Object count) {
        long bits = integer(count);
        if (bits < 0) {
            throw new ModelRaisedException("ValueError", "negative shift count " + bits);
        }
        return bits;
    }

    /** An integer from a number or a text. */
    static Object parseInteger(@Nullable Object value) {
        if (!(value instanceof String text)) {
            return rounded(value, PythonNumbers::truncated);
        }
        String digits = text.strip();
        if (!INTEGER.matcher(digits).matches()) {
            throw new ModelRaisedException("ValueError", "not an integer: " + PythonText.repr(text));
        }
        return fits(new BigInteger(digits.replace("_", "")));
    }

    /** A real number from a number or a text. */
    static Object parseReal(@Nullable Object value) {
        if (!(value instanceof String text)) {
            return real(value);
        }
        String number = text.strip().toLowerCase(Locale.ROOT).replaceAll("(?<=\\d)_(?=\\d)", "");
        boolean negative = number.startsWith("-");
        String unsigned = negative || number.startsWith("+") ? number.substring(1) : number;
        if (unsigned.equals("inf") || unsigned.equals("infinity")) {
            return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        if (unsigned.equals("nan")) {
            return Double.NaN;
        }
        if (!REAL.matcher(number).matches()) {
            throw new ModelRaisedException("ValueError", "not a number: " + PythonText.repr(text));
        }
        return Double.parseDouble(number);
    }

    private static BigInteger big(@Nullable Object value) {
        return BigInteger.valueOf(integer(value));
    }

    private static long fits(BigInteger value) {
        if (value.bitLength() > 63) {
            throw overflow();
        }
        return value.longValue();
    }

    private static ModelRaisedException overflow() {
        return new ModelRaisedException("OverflowError", "the result does not fit an integer of 64 bits");
    }

    private static ModelRaisedException zeroDivision(String message) {
        return new ModelRaisedException("ZeroDivisionError", message);
    }
}
