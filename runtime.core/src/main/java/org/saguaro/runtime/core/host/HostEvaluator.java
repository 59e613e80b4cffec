// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.HostOp;
import org.saguaro.runtime.core.residency.TensorLostException;

/**
 * Computes {@linkplain HostOp host operators}. Stateless; may be used from any thread.
 *
 * <p>Host values are: null (None), {@link Long}, {@link Double}, {@link Boolean}, {@link String},
 * {@link org.saguaro.model.api.DType} (an element type), {@link List}, {@link HostTuple}, {@link HostDict} and
 * {@link HostTensor}. All are immutable; nobody may change a list after it was passed.
 *
 * <p>Results are those of Python 3, also where PyTorch's own interpreter of TorchScript is laxer (it gives infinity where Python
 * raises ZeroDivisionError). Integers have 64 bits, and a result that needs more is an error. INT, FLOAT, BOOL, NOT and SELECT
 * take a tensor of one element for its element.
 */
public final class HostEvaluator {

    private HostEvaluator() {}

    /**
     * Computes one operator.
     *
     * @param operands in the order of {@link HostOp#parameters}
     * @param results filled; one element, but for UNPACK, which fills as many as there are, and RAISE, which fills none
     * @throws ModelRaisedException if the operator is RAISE, or has no result for these operands
     * @throws AccelException if the data of a tensor cannot be read
     * @throws TensorLostException if the data of a tensor are gone
     */
    public static void evaluate(HostOp op, @Nullable Object[] operands, @Nullable Object[] results)
            throws AccelException, TensorLostException {
        int wanted = op.parameters().size();
        if (operands.length != wanted) {
            throw new IllegalArgumentException(
                    op.op() + " takes " + op.parameters() + ", found " + operands.length + " operands");
        }
        try {
            if (op == HostOp.UNPACK) {
                unpack(operands[0], results);
            } else {
                Object result = evaluate(op, operands);
                Arrays.fill(results, result);
            }
        } catch (ModelRaisedException e) {
            if (op == HostOp.RAISE || op == HostOp.UNWRAP) {
                throw e;
            }
            ModelRaisedException named = new ModelRaisedException(
                    e.pythonType(), op.op().namespace() + "." + op.op().name() + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    private static @Nullable Object evaluate(HostOp op, @Nullable Object[] o)
            throws AccelException, TensorLostException {
        return switch (op) {
            case SIZE -> size(tensor(o[0]), PythonNumbers.integer(o[1]));
            case SHAPE -> shape(tensor(o[0]));
            case RANK -> (long) tensor(o[0]).sizes().length;
            case NUMEL -> elementCount(tensor(o[0]));
            case DTYPE -> tensor(o[0]).dtype();
            case IS_FLOATING_POINT -> tensor(o[0]).dtype().isFloatingPoint();
            case IS_COMPLEX -> tensor(o[0]).dtype().name().startsWith("COMPLEX");
            case ITEM -> item(tensor(o[0]));
            case TOLIST -> tensor(o[0]).toList();

            case ADD -> eitherSequence(o) ? PythonLists.concatenate(o[0], o[1]) : PythonNumbers.add(o[0], o[1]);
            case SUB -> PythonNumbers.subtract(o[0], o[1]);
            case MUL -> multiply(o[0], o[1]);
            case TRUEDIV -> PythonNumbers.trueDivide(o[0], o[1]);
            case FLOORDIV -> PythonNumbers.floorDivide(o[0], o[1]);
            case MOD -> PythonNumbers.modulo(o[0], o[1]);
            case POW -> PythonNumbers.power(o[0], o[1]);
            case NEG -> PythonNumbers.negate(o[0]);
            case ABS -> PythonNumbers.absolute(o[0]);
            case MIN -> extreme(PythonLists.elements(o[0]), false);
            case MAX -> extreme(PythonLists.elements(o[0]), true);
            case SUM -> sum(PythonLists.elements(o[0]));
            case FLOOR -> PythonNumbers.rounded(o[0], Math::floor);
            case CEIL -> PythonNumbers.rounded(o[0], Math::ceil);
            case ROUND -> PythonNumbers.rounded(o[0], Math::rint);
            case TRUNC -> PythonNumbers.rounded(o[0], PythonNumbers::truncated);
            case SQRT -> PythonNumbers.squareRoot(o[0]);
            case EXP -> PythonNumbers.exponential(o[0]);
            case LOG -> PythonNumbers.logarithm(o[0]);
            case LOG2 -> PythonNumbers.logarithm2(o[0]);
            case SIN -> PythonNumbers.trigonometric(o[0], Math::sin);
            case COS -> PythonNumbers.trigonometric(o[0], Math::cos);
            case TAN -> PythonNumbers.trigonometric(o[0], Math::tan);
            case IS_NAN -> Double.isNaN(PythonNumbers.real(o[0]));
            case IS_INF -> Double.isInfinite(PythonNumbers.real(o[0]));

            case EQ -> PythonOrder.equal(o[0], o[1]);
            case NE -> !PythonOrder.equal(o[0], o[1]);
            case LT -> PythonOrder.less(o[0], o[1]);
            case LE -> PythonOrder.lessOrEqual(o[0], o[1]);
            case GT -> PythonOrder.less(o[1], o[0]);
            case GE -> PythonOrder.lessOrEqual(o[1], o[0]);
            case IS -> same(o[0], o[1]);

            case AND -> PythonNumbers.and(o[0], o[1]);
            case OR -> PythonNumbers.or(o[0], o[1]);
            case XOR -> PythonNumbers.xor(o[0], o[1]);
            case NOT -> !truth(o[0]);
            case INVERT -> ~PythonNumbers.integer(o[0]);
            case LSHIFT -> PythonNumbers.shiftLeft(o[0], o[1]);
            case RSHIFT -> PythonNumbers.shiftRight(o[0], o[1]);

            case INT -> PythonNumbers.parseInteger(element(o[0]));
            case FLOAT -> PythonNumbers.parseReal(element(o[0]));
            case BOOL -> truth(o[0]);
            case STR -> PythonText.str(o[0]);
            case SELECT -> truth(o[0]) ? o[1] : o[2];
            case IDENTITY -> o[0];

            case LIST -> PythonLists.copyOf(PythonLists.elements(o[0]));
            case TUPLE -> new HostTuple(PythonLists.elements(o[0]));
            case DICT -> HostDict.of(PythonLists.elements(o[0]), PythonLists.elements(o[1]));
            case LEN -> length(o[0]);
            case GET -> o[0] instanceof HostDict dict ? dict.get(o[1]) : PythonLists.get(o[0], o[1]);
            case SLICE -> PythonLists.slice(o[0], o[1], o[2], o[3]);
            case CONTAINS -> contains(o[0], o[1]);
            case SET -> o[0] instanceof HostDict dict ? dict.with(o[1], o[2]) : PythonLists.set(o[0], o[1], o[2]);
            case APPEND -> append(list(o[0]), o[1]);
            case INSERT -> PythonLists.insert(o[0], o[1], o[2]);
            case REMOVE -> o[0] instanceof HostDict dict ? dict.without(o[1]) : PythonLists.remove(o[0], o[1]);
            case KEYS -> dict(o[0]).keys();
            case VALUES -> dict(o[0]).values();
            case ITEMS -> items(dict(o[0]));
            case RANGE ->
                PythonLists.range(
                        o[0] == null ? 0 : PythonNumbers.integer(o[0]),
                        PythonNumbers.integer(o[1]),
                        o[2] == null ? 1 : PythonNumbers.integer(o[2]));
            case REVERSED -> PythonLists.reversed(o[0]);
            case SORTED -> PythonLists.sorted(o[0], truth(o[1]));
            case INDEX -> index(PythonLists.elements(o[0]), o[1]);

            case FORMAT -> PythonText.format(text(o[0]), PythonLists.elements(o[1]));
            case PERCENT -> PythonText.percent(text(o[0]), percentArguments(o[1]));
            case JOIN -> join(text(o[0]), PythonLists.elements(o[1]));
            case SPLIT -> split(text(o[0]), o[1]);
            case STRIP -> text(o[0]).strip();
            case UPPER -> text(o[0]).toUpperCase(Locale.ROOT);
            case LOWER -> text(o[0]).toLowerCase(Locale.ROOT);
            case STARTS_WITH -> text(o[0]).startsWith(text(o[1]));
            case ENDS_WITH -> text(o[0]).endsWith(text(o[1]));
            case REPLACE -> text(o[0]).replace(text(o[1]), text(o[2]));

            case RAISE -> throw raised(o[0], o[1]);
            case UNWRAP -> unwrapped(o[0], o[1]);
            case UNPACK -> throw new IllegalStateException("UNPACK fills its results itself");
        };
    }

    /**
     * Python's truth value.
     *
     * @throws AccelException if the data of a tensor cannot be read
     * @throws TensorLostException if the data of a tensor are gone
     * @throws ModelRaisedException for a tensor that has not one element
     */
    public static boolean truth(@Nullable Object value) throws AccelException, TensorLostException {
        Object element = element(value);
        if (element == null) {
            return false;
        }
        if (element instanceof Boolean flag) {
            return flag;
        }
        if (element instanceof Long number) {
            return number != 0;
        }
        if (element instanceof Double number) {
            return number != 0;
        }
        if (PythonLists.isSequence(element)) {
            return !PythonLists.elements(element).isEmpty();
        }
        return !(element instanceof HostDict dict) || dict.size() > 0;
    }

    private static boolean eitherSequence(@Nullable Object[] o) {
        return PythonLists.isSequence(o[0]) || PythonLists.isSequence(o[1]);
    }

    // --- tensors ---

    private static HostTensor tensor(@Nullable Object value) {
        if (value instanceof HostTensor tensor) {
            return tensor;
        }
        throw PythonNumbers.unexpected("a tensor", value);
    }

    /** The element of a tensor; anything else as it is. */
    private static @Nullable Object element(@Nullable Object value) throws AccelException, TensorLostException {
        return value instanceof HostTensor tensor ? item(tensor) : value;
    }

    private static Object item(HostTensor tensor) throws AccelException, TensorLostException {
        long count = elementCount(tensor);
        if (count != 1) {
            throw new ModelRaisedException(
                    "RuntimeError",
                    "a tensor of sizes " + Arrays.toString(tensor.sizes()) + " has " + count
                            + " elements, expected one");
        }
        return tensor.item();
    }

    private static long elementCount(HostTensor tensor) {
        return Arrays.stream(tensor.sizes()).reduce(1, Math::multiplyExact);
    }

    private static Object size(HostTensor tensor, long dim) {
        long[] sizes = tensor.sizes();
        long position = dim < 0 ? dim + sizes.length : dim;
        if (position < 0 || position >= sizes.length) {
            throw new ModelRaisedException(
                    "IndexError", "a tensor of sizes " + Arrays.toString(sizes) + " has no dimension " + dim);
        }
        return sizes[(int) position];
    }

    private static Object shape(HostTensor tensor) {
        List<@Nullable Object> sizes = new ArrayList<>();
        for (long size : tensor.sizes()) {
            sizes.add(size);
        }
        return Collections.unmodifiableList(sizes);
    }

    // --- numbers ---

    private static Object multiply(@Nullable Object left, @Nullable Object right) {
        if (PythonLists.isSequence(left)) {
            return PythonLists.repeat(left, right);
        }
        return PythonLists.isSequence(right) ? PythonLists.repeat(right, left) : PythonNumbers.multiply(left, right);
    }

    /** Of equal ones the first, as in Python. */
    private static @Nullable Object extreme(List<@Nullable Object> operands, boolean largest) {
        if (operands.isEmpty()) {
            throw new ModelRaisedException("ValueError", "an empty list has no smallest or largest element");
        }
        Object found = operands.get(0);
        for (Object next : operands.subList(1, operands.size())) {
            if (largest ? PythonOrder.less(found, next) : PythonOrder.less(next, found)) {
                found = next;
            }
        }
        return found;
    }

    private static Object sum(List<@Nullable Object> operands) {
        Object sum = 0L;
        for (Object next : operands) {
            sum = PythonNumbers.add(sum, next);
        }
        return sum;
    }

    /** Identity: of what Python has once, and of numbers and texts that cannot be told apart. */
    private static boolean same(@Nullable Object left, @Nullable Object right) {
        return left == right
                || (left != null && left.equals(right) && (PythonNumbers.isNumber(left) || left instanceof String));
    }

    // --- containers ---

    private static void unpack(@Nullable Object container, @Nullable Object[] results) {
        List<@Nullable Object> elements = PythonLists.elements(container);
        if (elements.size() != results.length) {
            throw new ModelRaisedException(
                    "ValueError",
                    "expected " + results.length + " elements to unpack, found " + elements.size() + " in "
                            + PythonText.shortRepr(container));
        }
        for (int i = 0; i < results.length; i++) {
            results[i] = elements.get(i);
        }
    }

    private static List<@Nullable Object> list(@Nullable Object value) {
        if (value instanceof List) {
            return PythonLists.elements(value);
        }
        throw PythonNumbers.unexpected("a list", value);
    }

    private static HostDict dict(@Nullable Object value) {
        if (value instanceof HostDict dict) {
            return dict;
        }
        throw PythonNumbers.unexpected("a dictionary", value);
    }

    private static String text(@Nullable Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw PythonNumbers.unexpected("a text", value);
    }

    private static Object length(@Nullable Object container) {
        if (container instanceof HostDict dict) {
            return (long) dict.size();
        }
        if (container instanceof HostTensor tensor) {
            return size(tensor, 0);
        }
        return (long) PythonLists.elements(container).size();
    }

    private static boolean contains(@Nullable Object container, @Nullable Object key) {
        if (container instanceof HostDict dict) {
            return dict.contains(key);
        }
        if (container instanceof String text) {
            return text.contains(text(key));
        }
        return PythonLists.contains(PythonLists.elements(container), key);
    }

    private static Object append(List<@Nullable Object> list, @Nullable Object value) {
        List<@Nullable Object> longer = new ArrayList<>(list);
        longer.add(value);
        return Collections.unmodifiableList(longer);
    }

    private static Object items(HostDict dict) {
        List<@Nullable Object> items = new ArrayList<>();
        for (Object key : dict.keys()) {
            items.add(new HostTuple(Arrays.asList(key, dict.get(key))));
        }
        return Collections.unmodifiableList(items);
    }

    private static Object index(List<@Nullable Object> list, @Nullable Object value) {
        int position = PythonLists.position(list, value);
        if (position < 0) {
            throw new ModelRaisedException("ValueError", PythonText.shortRepr(value) + " is not in the list");
        }
        return (long) position;
    }

    // --- texts ---

    /** A tuple or list holds the values, anything else is the one value. */
    private static List<@Nullable Object> percentArguments(@Nullable Object arguments) {
        if (arguments instanceof List || arguments instanceof HostTuple) {
            return PythonLists.elements(arguments);
        }
        List<@Nullable Object> one = new ArrayList<>();
        one.add(arguments);
        return one;
    }

    private static String join(String separator, List<@Nullable Object> texts) {
        List<String> parts = new ArrayList<>();
        for (Object part : texts) {
            parts.add(text(part));
        }
        return String.join(separator, parts);
    }

    /** Without a separator at runs of blanks, as in Python. */
    private static Object split(String text, @Nullable Object separator) {
        List<@Nullable Object> parts = new ArrayList<>();
        if (separator == null) {
            String stripped = text.strip();
            if (!stripped.isEmpty()) {
                parts.addAll(Arrays.asList(stripped.split("\\s+", -1)));
            }
            return Collections.unmodifiableList(parts);
        }
        String by = text(separator);
        if (by.isEmpty()) {
            throw new ModelRaisedException("ValueError", "an empty separator");
        }
        int start = 0;
        for (int at = text.indexOf(by); at >= 0; at = text.indexOf(by, start)) {
            parts.add(text.substring(start, at));
            start = at + by.length();
        }
        parts.add(text.substring(start));
        return Collections.unmodifiableList(parts);
    }

    // --- the end ---

    private static ModelRaisedException raised(@Nullable Object message, @Nullable Object exception) {
        String type = exception == null ? "RuntimeError" : PythonText.str(exception);
        return new ModelRaisedException(type, PythonText.str(message));
    }

    private static Object unwrapped(@Nullable Object optional, @Nullable Object message) {
        if (optional == null) {
            throw new ModelRaisedException(
                    "AssertionError", message == null ? "a value is None that must not be" : PythonText.str(message));
        }
        return optional;
    }
}
