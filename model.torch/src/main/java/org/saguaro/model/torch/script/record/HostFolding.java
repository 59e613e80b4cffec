// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.Constant;
import org.saguaro.model.torch.script.value.ScriptValue.FloatValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** Computes host operators whose operands are known. */
final class HostFolding {

    /** The code fails at this operator. */
    static final class Fails extends Exception {
        private static final long serialVersionUID = 1L;

        Fails(String message) {
            super(message, null, false, false);
        }
    }

    private HostFolding() {}

    /** The value, or null if it is not known. */
    static @Nullable ScriptValue fold(HostOp op, List<ScriptValue> operands) throws Fails {
        return switch (op) {
            case IDENTITY -> operands.get(0);
            case INT -> isOf(operands.get(0), ScalarType.INT) ? operands.get(0) : constants(op, operands);
            case FLOAT -> isOf(operands.get(0), ScalarType.FLOAT) ? operands.get(0) : constants(op, operands);
            case BOOL -> isOf(operands.get(0), ScalarType.BOOL) ? operands.get(0) : constants(op, operands);
            case IS -> is(operands.get(0), operands.get(1));
            case EQ, NE -> equality(op, operands.get(0), operands.get(1));
            case SELECT ->
                operands.get(0) instanceof BoolValue condition ? operands.get(condition.value() ? 1 : 2) : null;
            case MIN, MAX, SUM -> reduced(op, operands.get(0));
            case FORMAT, PERCENT, JOIN, SPLIT -> null;
            default -> constants(op, operands);
        };
    }

    private static boolean isOf(ScriptValue value, ScalarType type) {
        return value instanceof ScalarNode scalar && scalar.type() == type;
    }

    private static @Nullable ScriptValue constants(HostOp op, List<ScriptValue> operands) throws Fails {
        List<Constant> known = new ArrayList<>();
        for (ScriptValue operand : operands) {
            if (!(operand instanceof Constant constant)) {
                return null;
            }
            known.add(constant);
        }
        return switch (known.size()) {
            case 1 -> unary(op, known.get(0));
            case 2 -> binary(op, known.get(0), known.get(1));
            default -> null;
        };
    }

    /** Whether one is None; other objects are not compared by identity in TorchScript. */
    private static @Nullable ScriptValue is(ScriptValue left, ScriptValue right) {
        if (left instanceof NoneValue && right instanceof NoneValue) {
            return new BoolValue(true);
        }
        ScriptValue other = left instanceof NoneValue ? right : left;
        if (other instanceof HostNode) {
            return null;
        }
        return new BoolValue(left.equals(right));
    }

    private static @Nullable ScriptValue equality(HostOp op, ScriptValue left, ScriptValue right) {
        Boolean equal = equal(left, right);
        return equal == null ? null : new BoolValue(equal == (op == HostOp.EQ));
    }

    /** Null if only the running graph knows. */
    static @Nullable Boolean equal(ScriptValue left, ScriptValue right) {
        if (left instanceof Constant && right instanceof Constant) {
            Double a = real(left);
            Double b = real(right);
            if (left instanceof IntValue x && right instanceof IntValue y) {
                return x.value() == y.value();
            }
            return (a != null && b != null) ? a.doubleValue() == b.doubleValue() : left.equals(right);
        }
        List<ScriptValue> a = elements(left);
        List<ScriptValue> b = elements(right);
        if (a == null || b == null) {
            return null;
        }
        if (a.size() != b.size()) {
            return false;
        }
        boolean unknown = false;
        for (int i = 0; i < a.size(); i++) {
            Boolean one = (a.get(i).equals(b.get(i)) && !(a.get(i) instanceof FloatValue))
                    ? Boolean.TRUE
                    : equal(a.get(i), b.get(i));
            if (one != null && !one) {
                return false;
            }
            unknown |= one == null;
        }
        return unknown ? null : true;
    }

    static @Nullable List<ScriptValue> elements(ScriptValue value) {
        if (value instanceof TupleValue tuple) {
            return tuple.elements();
        }
        return value instanceof ListObject list ? list.elements() : null;
    }

    private static @Nullable ScriptValue reduced(HostOp op, ScriptValue list) throws Fails {
        List<ScriptValue> elements = elements(list);
        if (elements == null) {
            return null;
        }
        if (elements.isEmpty()) {
            if (op == HostOp.SUM) {
                return new IntValue(0);
            }
            throw new Fails("min() or max() of an empty list");
        }
        ScriptValue result = elements.get(0);
        if (real(result) == null) {
            return null;
        }
        for (ScriptValue element : elements.subList(1, elements.size())) {
            if (real(element) == null || real(result) == null) {
                return null;
            }
            if (op == HostOp.SUM) {
                result = binary(HostOp.ADD, (Constant) result, (Constant) element);
            } else {
                boolean less = isTrue(binary(HostOp.LT, (Constant) element, (Constant) result));
                boolean greater = isTrue(binary(HostOp.GT, (Constant) element, (Constant) result));
                result = (op == HostOp.MIN ? less : greater) ? element : result;
            }
            if (result == null) {
                return null;
            }
        }
        return result;
    }

    private static boolean isTrue(@Nullable ScriptValue value) {
        return value instanceof BoolValue bool && bool.value();
    }

    private static @Nullable ScriptValue unary(HostOp op, Constant operand) throws Fails {
        Long integer = operand instanceof IntValue number ? Long.valueOf(number.value()) : null;
        if (operand instanceof BoolValue bool && op != HostOp.BOOL && op != HostOp.NOT) {
            integer = bool.value() ? 1L : 0L;
        }
        Double real = real(operand);
        switch (op) {
            case INT -> {
                if (integer != null) {
                    return new IntValue(integer);
                }
                return real == null ? intOfText(operand) : new IntValue(real.longValue());
            }
            case FLOAT -> {
                return real == null ? realOfText(operand) : new FloatValue(real);
            }
            case BOOL -> {
                Boolean truth = truth(operand);
                return truth == null ? null : new BoolValue(truth);
            }
            case NOT -> {
                Boolean truth = truth(operand);
                return truth == null ? null : new BoolValue(!truth);
            }
            default -> {}
        }
        if (integer != null) {
            switch (op) {
                case NEG -> {
                    return new IntValue(-integer);
                }
                case ABS -> {
                    return new IntValue(Math.abs(integer));
                }
                case INVERT -> {
                    return new IntValue(~integer);
                }
                case FLOOR, CEIL, ROUND, TRUNC -> {
                    return new IntValue(integer);
                }
                default -> {}
            }
        }
        return real == null ? null : unaryReal(op, real);
    }

    private static @Nullable ScriptValue unaryReal(HostOp op, double x) {
        return switch (op) {
            case NEG -> new FloatValue(-x);
            case ABS -> new FloatValue(Math.abs(x));
            case FLOOR -> new IntValue((long) Math.floor(x));
            case CEIL -> new IntValue((long) Math.ceil(x));
            case ROUND -> new IntValue((long) Math.rint(x));
            case TRUNC -> new IntValue((long) x);
            case SQRT -> new FloatValue(Math.sqrt(x));
            case EXP -> new FloatValue(Math.exp(x));
            case LOG -> new FloatValue(Math.log(x));
            case LOG2 -> new FloatValue(Math.log(x) / Math.log(2));
            case SIN -> new FloatValue(Math.sin(x));
            case COS -> new FloatValue(Math.cos(x));
            case TAN -> new FloatValue(Math.tan(x));
            case IS_NAN -> new BoolValue(Double.isNaN(x));
            case IS_INF -> new BoolValue(Double.isInfinite(x));
            default -> null;
        };
    }

    private static ScriptValue intOfText(Constant operand) throws Fails {
        try {
            return new IntValue(Long.parseLong(textOf(operand).strip()));
        } catch (NumberFormatException e) {
            throw new Fails("could not convert to int: " + operand.describe());
        }
    }

    private static ScriptValue realOfText(Constant operand) throws Fails {
        String text = textOf(operand).strip();
        return switch (text) {
            case "inf", "+inf" -> new FloatValue(Double.POSITIVE_INFINITY);
            case "-inf" -> new FloatValue(Double.NEGATIVE_INFINITY);
            case "nan" -> new FloatValue(Double.NaN);
            default -> {
                try {
                    yield new FloatValue(Double.parseDouble(text));
                } catch (NumberFormatException e) {
                    throw new Fails("could not convert to float: " + operand.describe());
                }
            }
        };
    }

    private static String textOf(Constant operand) throws Fails {
        if (operand instanceof TextValue text) {
            return text.value();
        }
        throw new Fails("not a number: " + operand.describe());
    }

    private static @Nullable Boolean truth(Constant operand) {
        if (operand instanceof NoneValue) {
            return false;
        }
        if (operand instanceof TextValue text) {
            return !text.value().isEmpty();
        }
        Double real = real(operand);
        return real == null ? null : Boolean.valueOf(real != 0);
    }

    private static @Nullable Double real(ScriptValue operand) {
        if (operand instanceof IntValue number) {
            return (double) number.value();
        }
        if (operand instanceof FloatValue number) {
            return number.value();
        }
        return operand instanceof BoolValue bool ? Double.valueOf(bool.value() ? 1 : 0) : null;
    }

    private static @Nullable ScriptValue binary(HostOp op, Constant left, Constant right) throws Fails {
        if (left instanceof TextValue a && right instanceof TextValue b) {
            return texts(op, a.value(), b.value());
        }
        if (left instanceof BoolValue a && right instanceof BoolValue b) {
            switch (op) {
                case AND -> {
                    return new BoolValue(a.value() && b.value());
                }
                case OR -> {
                    return new BoolValue(a.value() || b.value());
                }
                case XOR -> {
                    return new BoolValue(a.value() ^ b.value());
                }
                default -> {}
            }
        }
        boolean integers = !(left instanceof FloatValue) && !(right instanceof FloatValue);
        Double a = real(left);
        Double b = real(right);
        if (a == null || b == null) {
            return null;
        }
        return integers ? integers(op, integer(left), integer(right)) : reals(op, a, b);
    }

    private static long integer(Constant operand) {
        return operand instanceof IntValue number ? number.value() : operand.equals(new BoolValue(true)) ? 1 : 0;
    }

    private static @Nullable ScriptValue texts(HostOp op, String a, String b) {
        return switch (op) {
            case ADD -> a.length() + b.length() > 1 << 16 ? null : new TextValue(a + b);
            case LT -> new BoolValue(a.compareTo(b) < 0);
            case LE -> new BoolValue(a.compareTo(b) <= 0);
            case GT -> new BoolValue(a.compareTo(b) > 0);
            case GE -> new BoolValue(a.compareTo(b) >= 0);
            case STARTS_WITH -> new BoolValue(a.startsWith(b));
            case ENDS_WITH -> new BoolValue(a.endsWith(b));
            case CONTAINS -> new BoolValue(a.contains(b));
            default -> null;
        };
    }

    private static @Nullable ScriptValue integers(HostOp op, long a, long b) throws Fails {
        if (b == 0 && (op == HostOp.FLOORDIV || op == HostOp.MOD)) {
            throw new Fails("division by zero");
        }
        return switch (op) {
            case ADD -> new IntValue(a + b);
            case SUB -> new IntValue(a - b);
            case MUL -> new IntValue(a * b);
            case TRUEDIV -> new FloatValue((double) a / b);
            case FLOORDIV -> new IntValue(Math.floorDiv(a, b));
            case MOD -> new IntValue(Math.floorMod(a, b));
            case POW -> b < 0 ? new FloatValue(Math.pow((double) a, (double) b)) : new IntValue(power(a, b));
            case LT -> new BoolValue(a < b);
            case LE -> new BoolValue(a <= b);
            case GT -> new BoolValue(a > b);
            case GE -> new BoolValue(a >= b);
            case AND -> new IntValue(a & b);
            case OR -> new IntValue(a | b);
            case XOR -> new IntValue(a ^ b);
            case LSHIFT -> b < 0 || b > 63 ? null : new IntValue(a << b);
            case RSHIFT -> b < 0 || b > 63 ? null : new IntValue(a >> b);
            default -> null;
        };
    }

    private static long power(long base, long exponent) {
        long result = 1;
        long square = base;
        for (long rest = exponent; rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                result *= square;
            }
            square *= square;
        }
        return result;
    }

    private static @Nullable ScriptValue reals(HostOp op, double a, double b) throws Fails {
        if (b == 0 && (op == HostOp.FLOORDIV || op == HostOp.MOD)) {
            throw new Fails("division by zero");
        }
        return switch (op) {
            case ADD -> new FloatValue(a + b);
            case SUB -> new FloatValue(a - b);
            case MUL -> new FloatValue(a * b);
            case TRUEDIV -> new FloatValue(a / b);
            case FLOORDIV -> new FloatValue(Math.floor(a / b));
            case MOD -> new FloatValue(a - b * Math.floor(a / b));
            case POW -> new FloatValue(Math.pow(a, b));
            case LT -> new BoolValue(a < b);
            case LE -> new BoolValue(a <= b);
            case GT -> new BoolValue(a > b);
            case GE -> new BoolValue(a >= b);
            default -> null;
        };
    }
}
