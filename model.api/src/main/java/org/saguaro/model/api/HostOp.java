// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Operators that the core computes itself, on the host: arithmetic on sizes, decisions, lists, dictionaries, texts. In a graph they
 * are layers of the namespace {@value #NAMESPACE}. Values are as in Python: integers of 64 bits, real numbers, booleans, texts, None,
 * element types, lists, tuples and dictionaries of these and of tensors. Everything is immutable.
 *
 * <p>An operand may be a value of the graph or a constant; a list-valued operand may be an {@link Argument.ListOf} or a value.
 */
public enum HostOp {

    // what a tensor is; none of these waits for its data
    /** Size of one dimension; dim may be negative. */
    SIZE("tensor", "dim"),
    /** All sizes, a list. */
    SHAPE("tensor"),
    /** Number of dimensions. */
    RANK("tensor"),
    /** Number of elements. */
    NUMEL("tensor"),
    /** Element type. */
    DTYPE("tensor"),
    /** Whether elements are real floating-point numbers. */
    IS_FLOATING_POINT("tensor"),
    /** Whether elements are complex. */
    IS_COMPLEX("tensor"),

    // its data
    /** The one element: an integer, a real number or a boolean by element type. */
    ITEM("tensor"),
    /** Nested lists of its elements. */
    TOLIST("tensor"),

    // arithmetic, as Python does it; lists and texts where Python takes them
    /** Sum; concatenation of lists or texts. */
    ADD("left", "right"),
    /** Difference. */
    SUB("left", "right"),
    /** Product; a list repeated. */
    MUL("left", "right"),
    /** Real quotient. */
    TRUEDIV("left", "right"),
    /** Quotient rounded down. */
    FLOORDIV("left", "right"),
    /** Remainder with the sign of right. */
    MOD("left", "right"),
    /** Power; integer for integers unless right is negative. */
    POW("left", "right"),
    /** Negation. */
    NEG("operand"),
    /** Absolute value. */
    ABS("operand"),
    /** Smallest of a list. */
    MIN("operands"),
    /** Largest of a list. */
    MAX("operands"),
    /** Sum of a list. */
    SUM("operands"),
    /** Largest integer not above. */
    FLOOR("operand"),
    /** Smallest integer not below. */
    CEIL("operand"),
    /** Nearest integer, ties to even. */
    ROUND("operand"),
    /** Integer part. */
    TRUNC("operand"),
    /** Square root. */
    SQRT("operand"),
    /** Exponential. */
    EXP("operand"),
    /** Natural logarithm. */
    LOG("operand"),
    /** Logarithm to base 2. */
    LOG2("operand"),
    /** Sine. */
    SIN("operand"),
    /** Cosine. */
    COS("operand"),
    /** Tangent. */
    TAN("operand"),
    /** Whether it is not a number. */
    IS_NAN("operand"),
    /** Whether it is infinite. */
    IS_INF("operand"),

    // comparison; lists element by element, as Python
    /** Equal. */
    EQ("left", "right"),
    /** Not equal. */
    NE("left", "right"),
    /** Less. */
    LT("left", "right"),
    /** Less or equal. */
    LE("left", "right"),
    /** Greater. */
    GT("left", "right"),
    /** Greater or equal. */
    GE("left", "right"),
    /** Same object; used with None. */
    IS("left", "right"),

    // logic on booleans, bits of integers
    /** And. */
    AND("left", "right"),
    /** Or. */
    OR("left", "right"),
    /** Exclusive or. */
    XOR("left", "right"),
    /** Logical negation, of Python's truth value. */
    NOT("operand"),
    /** Bitwise complement. */
    INVERT("operand"),
    /** Shift left. */
    LSHIFT("left", "right"),
    /** Shift right. */
    RSHIFT("left", "right"),

    // conversion
    /** Integer, of a number, boolean or text. */
    INT("operand"),
    /** Real number. */
    FLOAT("operand"),
    /** Python's truth value. */
    BOOL("operand"),
    /** Text as Python prints it. */
    STR("operand"),
    /** One of two, by a boolean. */
    SELECT("condition", "if_true", "if_false"),
    /** The operand itself. */
    IDENTITY("operand"),

    // containers are immutable: what changes one makes another
    /** A list. */
    LIST("elements"),
    /** A tuple. */
    TUPLE("elements"),
    /** A dictionary, in this order. */
    DICT("keys", "values"),
    /** Number of elements. */
    LEN("container"),
    /** An element: by index, which may be negative, or by key. */
    GET("container", "key"),
    /** Part of a list or text; None for an open end. */
    SLICE("list", "start", "stop", "step"),
    /** Whether it has the element or the key. */
    CONTAINS("container", "key"),
    /** With one element replaced or added. */
    SET("container", "key", "value"),
    /** With one element more at the end. */
    APPEND("list", "value"),
    /** With one element more before index. */
    INSERT("list", "index", "value"),
    /** Without one element. */
    REMOVE("container", "key"),
    /** Keys, a list. */
    KEYS("dict"),
    /** Values, a list. */
    VALUES("dict"),
    /** A list of tuples (key, value). */
    ITEMS("dict"),
    /** A list of integers. */
    RANGE("start", "stop", "step"),
    /** In reverse order. */
    REVERSED("list"),
    /** Sorted. */
    SORTED("list", "descending"),
    /** First position of an element. */
    INDEX("list", "value"),
    /** As many values as the layer has outputs; an error if the container has not that many. */
    UNPACK("container"),

    // text
    /** Str.format with positional {} fields. */
    FORMAT("template", "arguments"),
    /** The % operator of a text. */
    PERCENT("template", "arguments"),
    /** Texts joined. */
    JOIN("separator", "list"),
    /** A list of texts. */
    SPLIT("text", "separator"),
    /** Without blanks at both ends. */
    STRIP("text"),
    /** In upper case. */
    UPPER("text"),
    /** In lower case. */
    LOWER("text"),
    /** Whether it begins so. */
    STARTS_WITH("text", "prefix"),
    /** Whether it ends so. */
    ENDS_WITH("text", "suffix"),
    /** Every occurrence replaced. */
    REPLACE("text", "old", "new"),

    // the end
    /** Ends the request with the model's own error. */
    RAISE("message", "exception"),
    /** The operand; ends the request if it is None. */
    UNWRAP("optional", "message");

    /** Of all host operators. */
    public static final String NAMESPACE = "host";

    /** Separated by commas. */
    private final String parameters;

    HostOp(String... parameters) {
        this.parameters = String.join(",", parameters);
    }

    /** Names of the operands, in order. */
    public List<String> parameters() {
        return List.of(parameters.split(",", -1));
    }

    /** Its name in a graph, for instance {@code host.floordiv}. */
    public OpName op() {
        return new OpName(NAMESPACE, name().toLowerCase(Locale.ROOT), OpName.DEFAULT_OVERLOAD);
    }

    /** Whether a layer is one of these. */
    public static boolean isHost(Layer layer) {
        return layer.op().namespace().equals(NAMESPACE);
    }

    /**
     * The operator of a layer.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static HostOp of(Layer layer) {
        return valueOf(layer.op().name().toUpperCase(Locale.ROOT));
    }

    /**
     * A layer.
     *
     * @param operands as many as there are {@link #parameters}
     */
    public Layer layer(String name, List<Argument> operands, List<Integer> outputs, String modulePath) {
        List<String> names = parameters();
        if (operands.size() != names.size()) {
            throw new IllegalArgumentException(op() + " takes " + names + ", found " + operands.size() + " operands");
        }
        List<NamedArgument> arguments = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            arguments.add(NamedArgument.read(names.get(i), operands.get(i)));
        }
        return new Layer(name, op(), arguments, outputs, modulePath);
    }
}
