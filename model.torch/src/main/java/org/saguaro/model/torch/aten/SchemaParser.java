// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.OpName;

/**
 * Parses an operator schema as libtorch prints it (and as {@code native_functions.yaml} writes it):
 * {@code aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor}.
 */
final class SchemaParser {

    private static final String WORD_END = "()[]?!,=*| \t";

    private final String text;
    private int at;

    private SchemaParser(String text) {
        this.text = text;
    }

    /**
     * Parses one schema.
     *
     * @throws IllegalArgumentException if it is none; the message shows where
     */
    static OperatorSchema parse(String text) {
        SchemaParser parser = new SchemaParser(text);
        OperatorSchema schema = parser.schema();
        parser.skipBlanks();
        if (parser.at != text.length()) {
            throw parser.expected("the end");
        }
        return schema;
    }

    private OperatorSchema schema() {
        String fullName = text.substring(0, Math.max(0, text.indexOf('(')));
        int colons = fullName.indexOf("::");
        if (colons < 1) {
            throw expected("namespace::name(");
        }
        OpName name = OpName.parse(fullName.substring(0, colons) + "." + fullName.substring(colons + 2));
        at = fullName.length();
        List<SchemaArgument> arguments = arguments();
        expect("->");
        return new OperatorSchema(name, arguments, returns());
    }

    private List<SchemaArgument> arguments() {
        List<SchemaArgument> arguments = new ArrayList<>();
        boolean keywordOnly = false;
        expect("(");
        while (!accept(")")) {
            if (accept("*")) {
                keywordOnly = true;
            } else {
                arguments.add(argument(keywordOnly));
            }
            if (!accept(",") && !lookingAt(")")) {
                throw expected(", or )");
            }
        }
        return arguments;
    }

    private SchemaArgument argument(boolean keywordOnly) {
        Annotated annotated = type();
        String name = word();
        Argument defaultValue = accept("=") ? defaultOf(annotated.type()) : null;
        return new SchemaArgument(name, annotated.type(), annotated.alias(), keywordOnly, defaultValue);
    }

    private List<SchemaReturn> returns() {
        List<SchemaReturn> returns = new ArrayList<>();
        if (!accept("(")) {
            returns.add(returned());
            if (at < text.length()) {
                word();
            }
            return returns;
        }
        while (!accept(")")) {
            returns.add(returned());
            if (!lookingAt(",") && !lookingAt(")")) {
                word();
            }
            if (!accept(",") && !lookingAt(")")) {
                throw expected(", or )");
            }
        }
        return returns;
    }

    private SchemaReturn returned() {
        Annotated annotated = type();
        return new SchemaReturn(annotated.type(), annotated.alias());
    }

    private record Annotated(SchemaType type, SchemaAlias alias) {}

    /** {@code Tensor}, {@code Tensor(a!)[]}, {@code Tensor?[]}, {@code int[2]?}, ... */
    private Annotated type() {
        String base = word();
        if (base.equals("Dict")) {
            base += parameters();
        }
        SchemaAlias alias = SchemaAlias.NONE;
        boolean optional = false;
        boolean optionalElement = false;
        boolean list = false;
        int size = 0;
        while (true) {
            if (at < text.length() && text.charAt(at) == '(' && alias.equals(SchemaAlias.NONE)) {
                alias = alias();
            } else if (accept("?")) {
                optional = true;
            } else if (!list && accept("[")) {
                list = true;
                optionalElement = optional;
                optional = false;
                size = lookingAt("]") ? 0 : number(word());
                expect("]");
            } else {
                return new Annotated(new SchemaType(base, optionalElement, list, size, optional), alias);
            }
        }
    }

    /** {@code (str, Tensor)} of a dictionary. */
    private String parameters() {
        int start = at;
        expect("(");
        do {
            type();
        } while (accept(","));
        expect(")");
        return text.substring(start, at);
    }

    /** {@code (a)}, {@code (a!)}, {@code (a -> *)}, {@code (a! -> a)}, {@code (a|b)}: only the set before is of interest. */
    private SchemaAlias alias() {
        expect("(");
        StringBuilder set = new StringBuilder(word());
        boolean write = false;
        while (!accept(")")) {
            if (accept("!")) {
                write = true;
            } else if (accept("|")) {
                set.append('|').append(word());
            } else {
                expect("->");
                while (!lookingAt(")")) {
                    at++;
                    skipBlanks();
                }
            }
        }
        return new SchemaAlias(set.toString(), write);
    }

    private Argument defaultOf(SchemaType type) {
        if (accept("[")) {
            List<Argument> elements = new ArrayList<>();
            while (!accept("]")) {
                elements.add(scalar(type));
                if (!accept(",") && !lookingAt("]")) {
                    throw expected(", or ]");
                }
            }
            return new Argument.ListOf(elements);
        }
        Argument value = scalar(type);
        if (value instanceof Argument.None || !type.list()) {
            return value;
        }
        Argument repeated = ArgumentTypes.repeat(type, value);
        if (repeated == null) {
            throw expected("a list");
        }
        return repeated;
    }

    private Argument scalar(SchemaType type) {
        if (lookingAt("\"") || lookingAt("'")) {
            return new Argument.Text(string());
        }
        int start = at;
        String word = word();
        if (word.equals("None")) {
            return new Argument.None();
        }
        Argument value = switch (type.base()) {
            case "bool" -> booleanOf(word);
            case "int", "SymInt" -> integerOf(word);
            case "float" -> realOf(word);
            case "Scalar" -> scalarOf(word);
            case "ScalarType" -> TorchCodes.dispatcherDType(word);
            case "Layout" -> TorchCodes.dispatcherLayout(word);
            case "MemoryFormat" -> TorchCodes.dispatcherMemoryFormat(word);
            case "Device" -> new Argument.Constant(Argument.Constant.Kind.DEVICE, word);
            default -> null;
        };
        if (value == null) {
            at = start;
            throw expected("a default of type " + type);
        }
        return value;
    }

    private static @Nullable Argument booleanOf(String word) {
        return switch (word) {
            case "True" -> new Argument.Bool(true);
            case "False" -> new Argument.Bool(false);
            default -> null;
        };
    }

    private static @Nullable Argument integerOf(String word) {
        // The YAML file names the reductions of the losses; libtorch prints their numbers.
        return switch (word) {
            case "Mean" -> new Argument.Int(1);
            case "Sum" -> new Argument.Int(2);
            default -> word.matches("-?\\d{1,18}") ? new Argument.Int(Long.parseLong(word)) : null;
        };
    }

    private static @Nullable Argument realOf(String word) {
        return switch (word) {
            case "inf" -> new Argument.Real(Double.POSITIVE_INFINITY);
            case "-inf" -> new Argument.Real(Double.NEGATIVE_INFINITY);
            case "nan" -> new Argument.Real(Double.NaN);
            default ->
                word.matches("-?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?")
                        ? new Argument.Real(Double.parseDouble(word))
                        : null;
        };
    }

    private static @Nullable Argument scalarOf(String word) {
        Argument value = booleanOf(word);
        if (value == null) {
            value = integerOf(word);
        }
        return value == null ? realOf(word) : value;
    }

    private String string() {
        char quote = text.charAt(at++);
        StringBuilder string = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote) {
            if (text.charAt(at) == '\\') {
                at++;
            }
            if (at < text.length()) {
                string.append(text.charAt(at++));
            }
        }
        if (at >= text.length()) {
            throw expected("the end of a string");
        }
        at++;
        return string.toString();
    }

    private String word() {
        skipBlanks();
        int start = at;
        while (at < text.length() && WORD_END.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (start == at) {
            throw expected("a name or a value");
        }
        return text.substring(start, at);
    }

    private int number(String word) {
        if (!word.matches("\\d{1,4}")) {
            throw expected("a small number before this");
        }
        return Integer.parseInt(word);
    }

    private boolean accept(String token) {
        if (!lookingAt(token)) {
            return false;
        }
        at += token.length();
        return true;
    }

    private void expect(String token) {
        if (!accept(token)) {
            throw expected(token);
        }
    }

    private boolean lookingAt(String token) {
        skipBlanks();
        return text.startsWith(token, at);
    }

    private void skipBlanks() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private IllegalArgumentException expected(String what) {
        return new IllegalArgumentException("operator schema \"" + text.substring(0, Math.min(at, text.length()))
                + "<here>" + text.substring(Math.min(at, text.length())) + "\": expected " + what);
    }
}
