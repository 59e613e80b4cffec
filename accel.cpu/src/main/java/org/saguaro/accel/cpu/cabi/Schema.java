// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.OperatorSchema;
import org.saguaro.model.api.OpName;

/**
 * An operator overload as its schema has it. Immutable.
 *
 * @param name which one
 * @param parameters in order
 * @param returns in order
 * @param composed whether libtorch composes it of others, so that a result may be an argument without a mark in the schema
 * @param recent whether the oldest libtorch that is supported has no such operator, or one of other parameters
 */
record Schema(OpName name, List<Parameter> parameters, List<Result> returns, boolean composed, boolean recent)
        implements OperatorSchema {

    /** Types of the schema language. */
    enum Type {
        TENSOR,
        INT,
        FLOAT,
        BOOL,
        NUMBER,
        TEXT,
        ELEMENT_TYPE,
        LAYOUT,
        MEMORY_FORMAT,
        DEVICE,
        GENERATOR,
        OTHER;

        static Type of(String name) {
            return switch (name) {
                case "Tensor" -> TENSOR;
                case "int", "SymInt" -> INT;
                case "float", "SymFloat" -> FLOAT;
                case "bool", "SymBool" -> BOOL;
                case "Scalar", "number" -> NUMBER;
                case "str" -> TEXT;
                case "ScalarType" -> ELEMENT_TYPE;
                case "Layout" -> LAYOUT;
                case "MemoryFormat" -> MEMORY_FORMAT;
                case "Device" -> DEVICE;
                case "Generator" -> GENERATOR;
                default -> OTHER;
            };
        }
    }

    /**
     * One parameter.
     *
     * @param name as the schema has it
     * @param type of the value, of the elements if it is a list
     * @param list whether it is a list
     * @param listLength length that one number given for the list stands for; 0 if it must be a list
     * @param optional whether it may be None
     * @param elementOptional whether elements of the list may be None
     * @param aliased whether a result may be a view on it
     * @param written whether the operator writes it in place
     * @param required whether there is no default
     * @param fallback the default, in the form that {@link Arguments} gives values; null for None
     */
    record Parameter(
            String name,
            Type type,
            boolean list,
            int listLength,
            boolean optional,
            boolean elementOptional,
            boolean aliased,
            boolean written,
            boolean required,
            @Nullable Object fallback)
            implements OperatorSchema.Formal {

        @Override
        public boolean tensor() {
            return type == Type.TENSOR;
        }

        /** For messages. */
        String wanted() {
            Type told =
                    type == Type.ELEMENT_TYPE || type == Type.LAYOUT || type == Type.MEMORY_FORMAT ? Type.INT : type;
            return (list ? "a list of " : "") + told.name().toUpperCase(Locale.ROOT);
        }
    }

    /**
     * One result.
     *
     * @param type of the value, of the elements if it is a list
     * @param list whether it is a list
     * @param aliased whether it may be a view on a parameter marked so
     */
    record Result(Type type, boolean list, boolean aliased) {}

    private static final Pattern LINE = Pattern.compile("(.)(.) (\\w+)::(\\w+)(?:\\.(\\w+))?\\((.*)\\) -> (.*)");
    private static final Pattern TYPE =
            Pattern.compile("(\\w+)(\\([a-z]!?(?: ?-> ?\\*)?\\))?(\\?)?(\\[(\\d*)\\])?(\\([a-z]!?\\))?(\\?)?");

    /** A line of the resource: two marks and the schema. */
    static Schema parse(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a schema: " + line);
        }
        String overload = parts.group(5) == null ? OpName.DEFAULT_OVERLOAD : parts.group(5);
        List<Parameter> parameters = new ArrayList<>();
        for (String part : split(parts.group(6))) {
            if (!part.equals("*")) {
                parameters.add(parseParameter(part));
            }
        }
        List<Result> returns = new ArrayList<>();
        String result = parts.group(7);
        boolean several = result.startsWith("(");
        for (String part : split(several ? result.substring(1, result.length() - 1) : result)) {
            Matcher type = type(part.indexOf(' ') < 0 ? part : part.substring(0, part.indexOf(' ')));
            returns.add(new Result(
                    Type.of(type.group(1)), type.group(4) != null, type.group(2) != null || type.group(6) != null));
        }
        return new Schema(
                new OpName(parts.group(3), parts.group(4), overload),
                List.copyOf(parameters),
                List.copyOf(returns),
                parts.group(1).equals("c"),
                parts.group(2).equals("n"));
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i == text.length() ? ',' : text.charAt(i);
            if (c == '[' || c == '(') {
                depth++;
            } else if (c == ']' || c == ')') {
                depth--;
            } else if (c == ',' && (depth == 0 || i == text.length())) {
                if (!text.substring(start, i).isBlank()) {
                    parts.add(text.substring(start, i).strip());
                }
                start = i + 1;
            }
        }
        return parts;
    }

    private static Matcher type(String text) {
        Matcher type = TYPE.matcher(text);
        if (!type.matches()) {
            throw new IllegalArgumentException("not a type: " + text);
        }
        return type;
    }

    private static Parameter parseParameter(String text) {
        int equals = text.indexOf('=');
        String declared = equals < 0 ? text : text.substring(0, equals);
        int space = declared.lastIndexOf(' ');
        Matcher type = type(declared.substring(0, space));
        boolean list = type.group(4) != null;
        String length = type.group(5);
        String mark = type.group(2) != null ? type.group(2) : type.group(6);
        Type kind = Type.of(type.group(1));
        int listLength = length == null || length.isEmpty() ? 0 : Integer.parseInt(length);
        Object fallback = equals < 0 ? null : value(text.substring(equals + 1));
        if (list && fallback != null && !(fallback instanceof Object[])) {
            Object[] repeated = new Object[Math.max(1, listLength)];
            Arrays.fill(repeated, fallback);
            fallback = repeated;
        }
        return new Parameter(
                declared.substring(space + 1),
                kind,
                list,
                listLength,
                list ? type.group(7) != null : type.group(3) != null || type.group(7) != null,
                list && type.group(3) != null,
                mark != null,
                mark != null && mark.contains("!"),
                equals < 0,
                fallback);
    }

    private static @Nullable Object value(String text) {
        if (text.equals("None")) {
            return null;
        }
        if (text.equals("True") || text.equals("False")) {
            return text.equals("True");
        }
        if (text.startsWith("[")) {
            List<String> elements = split(text.substring(1, text.length() - 1));
            return elements.stream().map(Schema::value).toArray();
        }
        if (text.startsWith("\"")) {
            return text.substring(1, text.length() - 1);
        }
        if (text.contains(".") || text.contains("e") || text.contains("inf")) {
            return Double.parseDouble(text.replace("inf", "Infinity"));
        }
        return Long.parseLong(text);
    }

    /** The parameter of that name, or null if there is none. */
    @Override
    public @Nullable Parameter parameter(String parameterName) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(parameterName)) {
                return parameter;
            }
        }
        return null;
    }

    @Override
    public List<Boolean> aliasingResults() {
        return returns.stream().map(Result::aliased).toList();
    }

    @Override
    public boolean mayAliasSilently() {
        return composed
                && !OperatorSchema.FRESH.contains(name.name())
                && returns.stream().noneMatch(Result::aliased);
    }

    /** Whether it returns one list. */
    boolean returnsList() {
        return returns.size() == 1 && returns.get(0).list();
    }

    /** Name as libtorch's dispatcher has it. */
    String qualified() {
        return name.namespace() + "::" + name.name();
    }

    /** Overload as libtorch's dispatcher has it. */
    String overload() {
        return name.overload().equals(OpName.DEFAULT_OVERLOAD) ? "" : name.overload();
    }
}
