// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.torch.aten.TorchCodes;
import org.saguaro.model.torch.json.JsonValue;

/** Reads what is passed to an operator: an object whose one field says what it is ({@code as_tensor}, {@code as_ints}, ...). */
final class ArgumentReader {

    /** Reads one element of a list. */
    private interface ElementReader {
        Argument read(JsonValue element) throws ModelFormatException;
    }

    private final Scope scope;

    ArgumentReader(Scope scope) {
        this.scope = scope;
    }

    /**
     * Reads one argument.
     *
     * @throws ModelFormatException if it is none, refers to a value that does not exist, or is of a kind not supported
     */
    Argument read(JsonValue argument) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = argument.variant();
        JsonValue value = variant.getValue();
        return switch (variant.getKey()) {
            case "as_none" -> none(value);
            case "as_tensor" -> tensor(value);
            case "as_tensors" -> list(value, this::tensor);
            case "as_nested_tensors" -> list(value, inner -> list(inner, this::tensor));
            case "as_optional_tensor" -> optionalTensor(value);
            case "as_optional_tensors" -> list(value, this::optionalTensor);
            case "as_int" -> integer(value);
            case "as_ints" -> list(value, ArgumentReader::integer);
            case "as_int_lists" -> list(value, inner -> list(inner, ArgumentReader::integer));
            case "as_float" -> real(value);
            case "as_floats" -> list(value, ArgumentReader::real);
            case "as_float_lists" -> list(value, inner -> list(inner, ArgumentReader::real));
            case "as_bool" -> bool(value);
            case "as_bools" -> list(value, ArgumentReader::bool);
            case "as_string" -> new Argument.Text(value.text());
            case "as_strings" -> list(value, text -> new Argument.Text(text.text()));
            case "as_sym_int" -> symInt(value);
            case "as_sym_ints" -> list(value, this::symInt);
            case "as_sym_float" -> symFloat(value);
            case "as_sym_floats" -> list(value, this::symFloat);
            case "as_sym_bool" -> symBool(value);
            case "as_sym_bools" -> list(value, this::symBool);
            case "as_scalar_type" -> new Argument.Type(TensorMeta.dtypeOf(value));
            case "as_memory_format" -> memoryFormat(value);
            case "as_layout" -> layout(value);
            case "as_device" -> device(value);
            case "as_complex" ->
                throw argument.refuse(
                        "the complex number " + complex(value)[0] + " + " + complex(value)[1] + "i",
                        "a real number or a tensor",
                        "make the number a buffer of the model (a complex tensor) before exporting");
            case "as_graph", "as_custom_obj", "as_operator", "as_string_to_argument" ->
                throw argument.refuse(
                        "an argument of the kind " + variant.getKey(),
                        "tensors, numbers, strings, and lists of them",
                        "this kind is not supported: express the model without it");
            default -> throw argument.unexpected("one of the argument kinds of schema 8 (as_tensor, as_ints, ...)");
        };
    }

    /** Real and imaginary part. */
    static double[] complex(JsonValue value) throws ModelFormatException {
        return new double[] {value.field("real").real(), value.field("imag").real()};
    }

    /** Torch 2.5 wrote an empty list where later ones write {@code true}. */
    private static Argument none(JsonValue value) throws ModelFormatException {
        if (!value.isEmptyList() && !value.bool()) {
            throw value.unexpected("true");
        }
        return new Argument.None();
    }

    private Argument tensor(JsonValue value) throws ModelFormatException {
        return scope.tensor(value.field("name"));
    }

    private Argument optionalTensor(JsonValue value) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = value.variant();
        return switch (variant.getKey()) {
            case "as_tensor" -> tensor(variant.getValue());
            case "as_none" -> none(variant.getValue());
            default -> throw value.unexpected("as_tensor or as_none");
        };
    }

    private static Argument integer(JsonValue value) throws ModelFormatException {
        return new Argument.Int(value.integer());
    }

    private static Argument real(JsonValue value) throws ModelFormatException {
        return new Argument.Real(value.real());
    }

    private static Argument bool(JsonValue value) throws ModelFormatException {
        return new Argument.Bool(value.bool());
    }

    private Argument symInt(JsonValue value) throws ModelFormatException {
        return symbolic(value, ScalarType.INT, "as_int", ArgumentReader::integer);
    }

    private Argument symFloat(JsonValue value) throws ModelFormatException {
        return symbolic(value, ScalarType.FLOAT, "as_float", ArgumentReader::real);
    }

    private Argument symBool(JsonValue value) throws ModelFormatException {
        return symbolic(value, ScalarType.BOOL, "as_bool", ArgumentReader::bool);
    }

    private Argument symbolic(JsonValue value, ScalarType type, String constantKind, ElementReader constant)
            throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = value.variant();
        if (variant.getKey().equals("as_name")) {
            return scope.scalar(variant.getValue(), type);
        }
        if (variant.getKey().equals(constantKind)) {
            return constant.read(variant.getValue());
        }
        throw value.unexpected("as_name or " + constantKind);
    }

    private static Argument memoryFormat(JsonValue code) throws ModelFormatException {
        Argument.Constant format = TorchCodes.archiveMemoryFormat(code.integer());
        if (format == null) {
            throw code.unexpected("the code of a memory format (1 to 4)");
        }
        return format;
    }

    private static Argument layout(JsonValue code) throws ModelFormatException {
        Argument.Constant layout = TorchCodes.archiveLayout(code.integer());
        if (layout == null) {
            throw code.unexpected("the code of a layout (1 to 7)");
        }
        return layout;
    }

    private static Argument device(JsonValue device) throws ModelFormatException {
        JsonValue index = device.optional("index");
        String type = device.field("type").text();
        return new Argument.Constant(
                Argument.Constant.Kind.DEVICE, index == null ? type : type + ":" + index.integer());
    }

    private static Argument list(JsonValue list, ElementReader reader) throws ModelFormatException {
        List<Argument> elements = new ArrayList<>();
        for (JsonValue element : list.elements()) {
            elements.add(reader.read(element));
        }
        return new Argument.ListOf(elements);
    }
}
