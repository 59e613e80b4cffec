// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/** How host values look as text. */
final class PythonText {

    /** Longest text in an error about it. */
    private static final int SHORT = 60;

    private PythonText() {}

    /** Python's {@code str()}. A tensor is shown by element type and sizes, without its elements. */
    static String str(@Nullable Object value) {
        return value instanceof String text ? text : repr(value);
    }

    /** Python's {@code repr()}. */
    static String repr(@Nullable Object value) {
        if (value == null) {
            return "None";
        }
        if (value instanceof Boolean flag) {
            return flag ? "True" : "False";
        }
        if (value instanceof Double real) {
            return real(real);
        }
        if (value instanceof String text) {
            return quoted(text);
        }
        if (value instanceof DType type) {
            return "torch." + type.torchName();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(PythonText::repr).collect(Collectors.joining(", ", "[", "]"));
        }
        if (value instanceof HostTuple tuple) {
            String end = tuple.elements().size() == 1 ? ",)" : ")";
            return tuple.elements().stream().map(PythonText::repr).collect(Collectors.joining(", ", "(", end));
        }
        if (value instanceof HostDict dict) {
            return dict.keys().stream()
                    .map(key -> repr(key) + ": " + repr(dict.get(key)))
                    .collect(Collectors.joining(", ", "{", "}"));
        }
        if (value instanceof HostTensor tensor) {
            return "tensor(" + tensor.dtype() + Arrays.toString(tensor.sizes()) + ")";
        }
        return value.toString();
    }

    /** For an error. */
    static String shortRepr(@Nullable Object value) {
        String text = repr(value);
        return text.length() <= SHORT ? text : text.substring(0, SHORT) + " ...";
    }

    /** Python's name of a value's type. */
    static String typeName(@Nullable Object value) {
        if (value == null) {
            return "NoneType";
        }
        if (value instanceof Long) {
            return "int";
        }
        if (value instanceof Double) {
            return "float";
        }
        if (value instanceof Boolean) {
            return "bool";
        }
        if (value instanceof String) {
            return "str";
        }
        if (value instanceof DType) {
            return "dtype";
        }
        if (value instanceof List) {
            return "list";
        }
        if (value instanceof HostTuple) {
            return "tuple";
        }
        if (value instanceof HostDict) {
            return "dict";
        }
        return value instanceof HostTensor ? "Tensor" : value.getClass().getSimpleName();
    }

    /** The shortest decimal that reads back as the same number. */
    private static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Math.abs(value));
        BigDecimal shortest = exact;
        for (int digits = 1; digits <= 17; digits++) {
            shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (shortest.doubleValue() == Math.abs(value)) {
                break;
            }
        }
        int exponent = shortest.precision() - shortest.scale() - 1;
        String sign = value < 0 ? "-" : "";
        if (exponent < -4 || exponent >= 16) {
            return sign + scientific(shortest.stripTrailingZeros(), exponent);
        }
        String plain = shortest.stripTrailingZeros().toPlainString();
        return sign + (plain.contains(".") ? plain : plain + ".0");
    }

    private static String scientific(BigDecimal value, int exponent) {
        String digits = value.unscaledValue().toString();
        return digits.charAt(0) + (digits.length() > 1 ? "." + digits.substring(1) : "") + exponentText(exponent);
    }

    private static String exponentText(int exponent) {
        return (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private static String quoted(String text) {
        char quote = text.contains("'") && !text.contains("\"") ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c == '\n') {
                quoted.append("\\n");
            } else if (c == '\r') {
                quoted.append("\\r");
            } else if (c == '\t') {
                quoted.append("\\t");
            } else if (c < ' ' || (c >= 0x7f && c < 0xa1)) {
                quoted.append(String.format(Locale.ROOT, "\\x%02x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append(quote).toString();
    }

    /** {@code str.format} with {@code {}}, <code>{0}</code> and doubled braces. */
    static String format(String template, List<?> arguments) {
        StringBuilder text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c != '{' && c != '}') {
                text.append(c);
                continue;
            }
            if (i + 1 < template.length() && template.charAt(i + 1) == c) {
                text.append(c);
                i++;
                continue;
            }
            int end = template.indexOf('}', i);
            if (c == '}' || end < 0) {
                throw new ModelRaisedException("ValueError", "a single brace in the template " + quoted(template));
            }
            String field = template.substring(i + 1, end);
            if (!field.matches("\\d{0,6}")) {
                throw new ModelRaisedException(
                        "ValueError",
                        "the template " + quoted(template) + " has the field {" + field
                                + "}; supported are {} and {0}, {1}, ...");
            }
            text.append(str(argument(arguments, field.isEmpty() ? next++ : Integer.parseInt(field), template)));
            i = end;
        }
        return text.toString();
    }

    private static @Nullable Object argument(List<?> arguments, int index, String template) {
        if (index >= arguments.size()) {
            throw new ModelRaisedException(
                    "IndexError",
                    "the template " + quoted(template) + " wants more than the " + arguments.size()
                            + " values it was given");
        }
        return arguments.get(index);
    }

    /** The {@code %} operator, with flags, width and precision. */
    static String percent(String template, List<?> arguments) {
        StringBuilder text = new StringBuilder();
        int next = 0;
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c != '%') {
                text.append(c);
                continue;
            }
            PercentField field = PercentField.at(template, i);
            i = field.end();
            if (field.conversion() == '%') {
                text.append('%');
                continue;
            }
            if (next == arguments.size()) {
                throw new ModelRaisedException(
                        "TypeError",
                        "the template " + quoted(template) + " has more fields than the " + next
                                + " values it was given");
            }
            text.append(field.print(arguments.get(next++), template));
        }
        if (next < arguments.size()) {
            throw new ModelRaisedException(
                    "TypeError",
                    "the template " + quoted(template) + " has " + next + " fields, found " + arguments.size()
                            + " values");
        }
        return text.toString();
    }

    /** {@code %-5.2f}. */
    private record PercentField(String flags, int width, int precision, char conversion, int end) {

        static PercentField at(String template, int start) {
            int i = start + 1;
            int flagsEnd = skip(template, i, "-+ #0");
            int widthEnd = skip(template, flagsEnd, "0123456789");
            int precision = -1;
            int end = widthEnd;
            if (end < template.length() && template.charAt(end) == '.') {
                end = skip(template, end + 1, "0123456789");
                precision = number(template, widthEnd + 1, end);
            }
            if (end >= template.length()) {
                throw new ModelRaisedException("ValueError", "the template " + quoted(template) + " ends in a field");
            }
            return new PercentField(
                    template.substring(i, flagsEnd),
                    number(template, flagsEnd, widthEnd),
                    precision,
                    template.charAt(end),
                    end);
        }

        private static int skip(String template, int from, String of) {
            int i = from;
            while (i < template.length() && of.indexOf(template.charAt(i)) >= 0) {
                i++;
            }
            return i;
        }

        private static int number(String template, int from, int to) {
            if (to - from > 4) {
                throw new ModelRaisedException("ValueError", "a width in " + quoted(template) + " is too large");
            }
            return from == to ? 0 : Integer.parseInt(template.substring(from, to));
        }

        String print(@Nullable Object value, String template) {
            return switch (conversion) {
                case 's' -> padded("", cut(str(value)), false);
                case 'r', 'a' -> padded("", cut(repr(value)), false);
                case 'd', 'i', 'u' -> integer(value, 10);
                case 'x' -> integer(value, 16);
                case 'X' -> integer(value, 16).toUpperCase(Locale.ROOT);
                case 'o' -> integer(value, 8);
                case 'f', 'F', 'e', 'E', 'g', 'G' -> real(PythonNumbers.real(value));
                default ->
                    throw new ModelRaisedException(
                            "ValueError",
                            "the template " + quoted(template) + " has the conversion %" + conversion
                                    + "; supported are d i u o x X e E f F g G r s %");
            };
        }

        private String cut(String text) {
            return precision >= 0 && precision < text.length() ? text.substring(0, precision) : text;
        }

        private String integer(@Nullable Object value, int radix) {
            Object whole = radix == 10 ? PythonNumbers.rounded(value, PythonNumbers::truncated) : value;
            long number = PythonNumbers.integer(whole);
            String prefix = !flags.contains("#") ? "" : radix == 16 ? "0x" : radix == 8 ? "0o" : "";
            String digits = java.math.BigInteger.valueOf(number).abs().toString(radix);
            String zeros = "0".repeat(Math.max(0, precision - digits.length()));
            return padded(sign(number < 0) + prefix, zeros + digits, true);
        }

        private String real(double value) {
            String sign = sign(value < 0 || 1 / value < 0);
            if (!Double.isFinite(value)) {
                return padded(sign, cased(Double.isNaN(value) ? "nan" : "inf"), true);
            }
            BigDecimal exact = new BigDecimal(Math.abs(value));
            int places = precision < 0 ? 6 : precision;
            return padded(
                    sign,
                    cased(
                            switch (Character.toLowerCase(conversion)) {
                                case 'f' ->
                                    exact.setScale(places, RoundingMode.HALF_EVEN)
                                            .toPlainString();
                                case 'e' -> exponential(exact, places);
                                default -> general(exact, Math.max(1, places));
                            }),
                    true);
        }

        private String cased(String text) {
            return Character.isUpperCase(conversion) ? text.toUpperCase(Locale.ROOT) : text;
        }

        private static String exponential(BigDecimal value, int places) {
            if (value.signum() == 0) {
                return "0" + (places > 0 ? "." + "0".repeat(places) : "") + exponentText(0);
            }
            BigDecimal rounded = value.round(new MathContext(places + 1, RoundingMode.HALF_EVEN));
            int exponent = rounded.precision() - rounded.scale() - 1;
            String mantissa = rounded.movePointLeft(exponent)
                    .setScale(places, RoundingMode.UNNECESSARY)
                    .toPlainString();
            return mantissa + exponentText(exponent);
        }

        /** {@code %g}: as few characters as the digits need. */
        private String general(BigDecimal value, int digits) {
            BigDecimal rounded = value.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
            boolean scientific = exponent < -4 || exponent >= digits;
            String text = scientific
                    ? exponential(rounded, digits - 1)
                    : rounded.setScale(digits - 1 - exponent, RoundingMode.UNNECESSARY)
                            .toPlainString();
            if (flags.contains("#")) {
                return text;
            }
            int mantissaEnd = text.indexOf('e') < 0 ? text.length() : text.indexOf('e');
            String mantissa = text.substring(0, mantissaEnd);
            if (mantissa.contains(".")) {
                mantissa = mantissa.replaceAll("\\.?0+$", "");
            }
            return mantissa + text.substring(mantissaEnd);
        }

        private String sign(boolean negative) {
            return negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        }

        private String padded(String sign, String body, boolean zerosAllowed) {
            int missing = Math.max(0, width - sign.length() - body.length());
            if (flags.contains("-")) {
                return sign + body + " ".repeat(missing);
            }
            return zerosAllowed && flags.contains("0")
                    ? sign + "0".repeat(missing) + body
                    : " ".repeat(missing) + sign + body;
        }
    }
}
