// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.ComplexValue;
import org.saguaro.model.torch.script.value.ScriptValue.FloatValue;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** Operators on numbers, and comparisons of whatever else there is. */
final class Numbers {

    private static final Map<String, HostOp> COMPARISONS = Map.of(
            "eq", HostOp.EQ, "ne", HostOp.NE, "lt", HostOp.LT, "le", HostOp.LE, "gt", HostOp.GT, "ge", HostOp.GE);

    private static final Map<String, HostOp> ARITHMETIC = Map.of(
            "add", HostOp.ADD,
            "sub", HostOp.SUB,
            "mul", HostOp.MUL,
            "floordiv", HostOp.FLOORDIV,
            "floor_divide", HostOp.FLOORDIV,
            "remainder", HostOp.MOD,
            "__lshift__", HostOp.LSHIFT,
            "__rshift__", HostOp.RSHIFT);

    private static final Map<String, HostOp> LOGIC =
            Map.of("__and__", HostOp.AND, "__or__", HostOp.OR, "__xor__", HostOp.XOR);

    /** They make a real number of any number. */
    private static final Map<String, HostOp> REAL = Map.of(
            "sqrt", HostOp.SQRT,
            "exp", HostOp.EXP,
            "log", HostOp.LOG,
            "log2", HostOp.LOG2,
            "sin", HostOp.SIN,
            "cos", HostOp.COS,
            "tan", HostOp.TAN);

    /** What the host does not compute while the graph runs, but can be computed while it is read. */
    private static final Map<String, DoubleUnaryOperator> KNOWN_ONLY = Map.of(
            "log10", Math::log10,
            "log1p", Math::log1p,
            "expm1", Math::expm1,
            "tanh", Math::tanh,
            "sinh", Math::sinh,
            "cosh", Math::cosh,
            "atan", Math::atan,
            "asin", Math::asin,
            "acos", Math::acos);

    private static final int MAX_KNOWN_RANGE = 1 << 12;

    private final Recording recording;

    Numbers(Recording recording) {
        this.recording = recording;
    }

    /** {@code torch.name(numbers)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue call(String name, List<ScriptValue> operands) throws ModelFormatException, CodeRaises {
        return switch (operands.size()) {
            case 1 -> unary(name, operands.get(0));
            case 2 -> binary(name, operands.get(0), operands.get(1));
            case 3 -> ternary(name, operands);
            default -> null;
        };
    }

    private @Nullable ScriptValue unary(String name, ScriptValue x) throws ModelFormatException, CodeRaises {
        TypeName type = Types.of(x);
        if (type.is("complex") && x instanceof ComplexValue complex) {
            return name.equals("neg") ? new ComplexValue(-complex.real(), -complex.imaginary()) : null;
        }
        if (name.equals("__not__")) {
            return recording.host(HostOp.NOT, TypeName.BOOL, x);
        }
        if (!isNumber(type)) {
            return null;
        }
        TypeName same = type.is("bool") ? TypeName.INT : type;
        switch (name) {
            case "neg" -> {
                return recording.host(HostOp.NEG, same, x);
            }
            case "abs", "prim.abs", "fabs" -> {
                return recording.host(HostOp.ABS, same, x);
            }
            case "floor" -> {
                return recording.host(HostOp.FLOOR, TypeName.INT, x);
            }
            case "ceil" -> {
                return recording.host(HostOp.CEIL, TypeName.INT, x);
            }
            case "round" -> {
                ScriptValue nearest = recording.host(HostOp.ROUND, TypeName.INT, x);
                return recording.host(HostOp.FLOAT, TypeName.FLOAT, nearest);
            }
            case "bitwise_not" -> {
                return recording.host(HostOp.INVERT, TypeName.INT, x);
            }
            case "isnan" -> {
                return recording.host(HostOp.IS_NAN, TypeName.BOOL, x);
            }
            case "isinf" -> {
                return recording.host(HostOp.IS_INF, TypeName.BOOL, x);
            }
            case "isfinite" -> {
                ScriptValue nan = recording.host(HostOp.IS_NAN, TypeName.BOOL, x);
                ScriptValue infinite = recording.host(HostOp.IS_INF, TypeName.BOOL, x);
                return recording.host(
                        HostOp.NOT, TypeName.BOOL, recording.host(HostOp.OR, TypeName.BOOL, nan, infinite));
            }
            case "Int" -> {
                return recording.host(HostOp.INT, TypeName.INT, x);
            }
            case "Float" -> {
                return recording.host(HostOp.FLOAT, TypeName.FLOAT, x);
            }
            case "Bool" -> {
                return recording.host(HostOp.BOOL, TypeName.BOOL, x);
            }
            case "degrees" -> {
                return recording.host(HostOp.MUL, TypeName.FLOAT, x, new FloatValue(180 / Math.PI));
            }
            case "radians" -> {
                return recording.host(HostOp.MUL, TypeName.FLOAT, x, new FloatValue(Math.PI / 180));
            }
            default -> {}
        }
        HostOp real = REAL.get(name);
        if (real != null) {
            return recording.host(real, TypeName.FLOAT, x);
        }
        DoubleUnaryOperator known = KNOWN_ONLY.get(name);
        if (known == null) {
            return null;
        }
        return x instanceof ScriptValue.Constant constant ? new FloatValue(known.applyAsDouble(value(constant))) : null;
    }

    private @Nullable ScriptValue binary(String name, ScriptValue x, ScriptValue y)
            throws ModelFormatException, CodeRaises {
        TypeName a = Types.of(x);
        TypeName b = Types.of(y);
        HostOp comparison = COMPARISONS.get(name);
        if (comparison != null) {
            return recording.host(comparison, TypeName.BOOL, x, y);
        }
        if (!isNumber(a) || !isNumber(b)) {
            return a.is("str") && name.equals("add") ? recording.host(HostOp.ADD, TypeName.STR, x, y) : null;
        }
        HostOp logic = LOGIC.get(name);
        if (logic != null) {
            return recording.host(logic, a.is("bool") && b.is("bool") ? TypeName.BOOL : TypeName.INT, x, y);
        }
        HostOp arithmetic = ARITHMETIC.get(name);
        if (arithmetic != null) {
            return recording.host(arithmetic, joined(a, b), x, y);
        }
        switch (name) {
            case "div" -> {
                return recording.host(HostOp.TRUEDIV, TypeName.FLOAT, x, y);
            }
            case "pow" -> {
                ScriptValue power = recording.host(HostOp.POW, joined(a, b), x, y);
                return recording.host(HostOp.FLOAT, TypeName.FLOAT, power);
            }
            case "prim.min", "prim.max" -> {
                TypeName type = joined(a, b);
                HostOp op = name.endsWith("min") ? HostOp.MIN : HostOp.MAX;
                return recording.host(op, type, recording.list(type, List.of(x, y)));
            }
            case "log" -> {
                return recording.host(
                        HostOp.TRUEDIV,
                        TypeName.FLOAT,
                        recording.host(HostOp.LOG, TypeName.FLOAT, x),
                        recording.host(HostOp.LOG, TypeName.FLOAT, y));
            }
            case "__round_to_zero_floordiv" -> {
                ScriptValue quotient = recording.host(HostOp.TRUEDIV, TypeName.FLOAT, x, y);
                return recording.host(HostOp.TRUNC, TypeName.INT, quotient);
            }
            case "fmod" -> {
                // The remainder with the sign of x: x - trunc(x / y) * y.
                ScriptValue quotient = recording.host(HostOp.TRUEDIV, TypeName.FLOAT, x, y);
                ScriptValue whole = recording.host(HostOp.TRUNC, TypeName.INT, quotient);
                ScriptValue product = recording.host(HostOp.MUL, joined(TypeName.INT, b), whole, y);
                ScriptValue rest = recording.host(HostOp.SUB, joined(a, b), x, product);
                return recording.host(HostOp.FLOAT, TypeName.FLOAT, rest);
            }
            case "divmod" -> {
                return new TupleValue(List.of(
                        recording.host(HostOp.FLOORDIV, joined(a, b), x, y),
                        recording.host(HostOp.MOD, joined(a, b), x, y)));
            }
            case "gcd" -> {
                return x instanceof IntValue m && y instanceof IntValue n ? gcd(m.value(), n.value()) : null;
            }
            default -> {
                return null;
            }
        }
    }

    private static IntValue gcd(long a, long b) {
        long x = Math.abs(a);
        long y = Math.abs(b);
        while (y != 0) {
            long rest = x % y;
            x = y;
            y = rest;
        }
        return new IntValue(x);
    }

    private @Nullable ScriptValue ternary(String name, List<ScriptValue> operands)
            throws ModelFormatException, CodeRaises {
        ScriptValue a = operands.get(0);
        ScriptValue b = operands.get(1);
        ScriptValue c = operands.get(2);
        return switch (name) {
            case "__range_length" -> {
                if (c.equals(new IntValue(1))) {
                    ScriptValue length = recording.host(HostOp.SUB, TypeName.INT, b, a);
                    ScriptValue zero = new IntValue(0);
                    yield recording.host(HostOp.MAX, TypeName.INT, recording.list(TypeName.INT, List.of(length, zero)));
                }
                Iteration.Range range = Iteration.Range.of(operands);
                List<ScriptValue> known = range.known(MAX_KNOWN_RANGE);
                yield known != null ? new IntValue(known.size()) : range.trips(recording);
            }
            case "__derive_index" -> {
                ScriptValue offset = recording.host(HostOp.MUL, TypeName.INT, a, c);
                yield recording.host(HostOp.ADD, TypeName.INT, b, offset);
            }
            default -> null;
        };
    }

    /** {@code complex(real, imaginary)}. */
    ScriptValue complex(List<ScriptValue> parts) throws ModelFormatException {
        if (parts.size() == 2
                && parts.get(0) instanceof ScriptValue.Constant real
                && parts.get(1) instanceof ScriptValue.Constant imaginary) {
            return new ComplexValue(value(real), value(imaginary));
        }
        throw recording.refuse(
                "a complex number that only the running model knows",
                "complex tensors",
                "build the complex tensor of real ones with torch.complex()");
    }

    private static double value(ScriptValue.Constant constant) {
        return constant instanceof FloatValue real
                ? real.value()
                : constant instanceof IntValue integer ? (double) integer.value() : 0;
    }

    private static boolean isNumber(TypeName type) {
        return type.is("int") || type.is("float") || type.is("bool") || type.is("number");
    }

    private static TypeName joined(TypeName a, TypeName b) {
        if (a.is("number") || b.is("number")) {
            return a.is("float") || b.is("float") ? TypeName.FLOAT : TypeName.NUMBER;
        }
        return a.is("float") || b.is("float") ? TypeName.FLOAT : TypeName.INT;
    }
}
