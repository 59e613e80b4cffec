// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.aten.ArgumentTypes;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.aten.SchemaArgument;
import org.saguaro.model.torch.aten.SchemaReturn;
import org.saguaro.model.torch.aten.UnannouncedAccess;
import org.saguaro.model.torch.json.JsonValue;

/** Reads a node whose target is an operator of the dispatcher: its arguments as the schema has them, its outputs. */
final class OperatorReader {

    /** How an archive marks an argument passed by position. */
    private static final long POSITIONAL = 1;

    private final AtenSchemas schemas;
    private final Scope scope;
    private final ArgumentReader arguments;

    OperatorReader(AtenSchemas schemas, Scope scope, ArgumentReader arguments) {
        this.schemas = schemas;
        this.scope = scope;
        this.arguments = arguments;
    }

    /**
     * Reads a node.
     *
     * @param target the operator: {@code aten.conv2d.default}
     * @throws ModelFormatException if it is damaged, its operator unknown, or its arguments do not fit the operator
     */
    void read(JsonValue node, String name, String target) throws ModelFormatException {
        OperatorSchema schema = schema(node, target);
        List<NamedArgument> passed = arguments(node, name, schema);
        List<List<Integer>> made = outputs(node, schema);
        scope.block().memory().record(schema, passed, made);
        scope.block()
                .addLayer(new Layer(
                        name,
                        schema.name(),
                        passed,
                        made.stream().flatMap(List::stream).toList(),
                        NodeReader.modulePath(node)));
    }

    private OperatorSchema schema(JsonValue node, String target) throws ModelFormatException {
        OpName name;
        try {
            name = OpName.parse(target);
        } catch (IllegalArgumentException e) {
            throw node.refuse("the target \"torch.ops." + target + "\"", "torch.ops.aten.<operator>.<overload>");
        }
        if (!AtenSchemas.NAMESPACES.contains(name.namespace())) {
            throw node.refuse(
                    "the custom operator " + name.namespace() + "::" + name.name(),
                    "an operator of PyTorch itself (torch.ops.aten.*), or torchvision's nms, roi_align or deform_conv2d",
                    "replace the custom operator, or decompose it before saving (exported.run_decompositions())");
        }
        OperatorSchema schema = schemas.find(name);
        if (schema == null) {
            throw node.refuse(
                    "the operator " + name,
                    name.namespace().equals("aten")
                            ? "one of the " + schemas.size() + " operators of torch " + schemas.torchVersion()
                            : "torchvision's nms, roi_align or deform_conv2d",
                    "decompose it before saving (exported.run_decompositions()), or use a Saguaro made for that torch");
        }
        return schema;
    }

    private List<NamedArgument> arguments(JsonValue node, String layer, OperatorSchema schema)
            throws ModelFormatException {
        Map<String, Argument> given = given(node, layer, schema);
        List<NamedArgument> complete = new ArrayList<>();
        for (SchemaArgument argument : schema.arguments()) {
            Argument passed = given.get(argument.name());
            Argument value = passed == null ? argument.defaultValue() : passed;
            if (value == null) {
                throw node.refuse(
                        "no argument " + argument.name(), argument.type() + " " + argument.name() + " of the schema");
            }
            complete.add(new NamedArgument(argument.name(), argument.alias().access(), value));
        }
        return UnannouncedAccess.marked(schema, complete);
    }

    private Map<String, Argument> given(JsonValue node, String layer, OperatorSchema schema)
            throws ModelFormatException {
        Map<String, Argument> given = new HashMap<>();
        List<JsonValue> inputs = node.field("inputs").elements();
        for (int i = 0; i < inputs.size(); i++) {
            JsonValue input = inputs.get(i);
            String name = input.field("name").text();
            SchemaArgument expected = schema.argument(name);
            if (expected == null) {
                throw input.refuse(
                        "the argument \"" + name + "\"",
                        "one of "
                                + schema.arguments().stream()
                                        .map(SchemaArgument::name)
                                        .toList(),
                        "the model was exported by a torch whose " + schema.name()
                                + " differs from that of torch " + schemas.torchVersion()
                                + ": export it with that version");
            }
            requirePosition(input, i, expected, schema);
            JsonValue value = input.field("arg").named(node.place() + ", argument " + name);
            Argument fitted = fitted(node, layer, expected, value);
            if (fitted == null) {
                throw value.unexpected("an argument of type " + expected.type());
            }
            if (given.put(name, fitted) != null) {
                throw value.refuse("a second argument of that name", "one");
            }
        }
        return given;
    }

    private @Nullable Argument fitted(JsonValue node, String layer, SchemaArgument expected, JsonValue value)
            throws ModelFormatException {
        JsonValue complex = value.optional("as_complex");
        return complex != null && expected.type().isTensor() && !expected.type().list()
                ? complexNumber(node, layer + "." + expected.name(), complex)
                : ArgumentTypes.fit(expected.type(), arguments.read(value), scope.block()::type);
    }

    /**
     * A complex number where the schema says Tensor: a constant without dimensions. Such a tensor leaves the precision to the
     * other operands as the number would, but not where these are integers: so it gets the precision of the result.
     */
    private Argument complexNumber(JsonValue node, String name, JsonValue number) throws ModelFormatException {
        double[] parts = ArgumentReader.complex(number);
        boolean wide = false;
        for (JsonValue output : node.field("outputs").elements()) {
            JsonValue made = output.optional("as_tensor");
            wide |= made != null && scope.spec(made.field("name")).dtype() == DType.COMPLEX128;
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(wide ? 16 : 8).order(ByteOrder.LITTLE_ENDIAN);
        if (wide) {
            bytes.putDouble(parts[0]).putDouble(parts[1]);
        } else {
            bytes.putFloat((float) parts[0]).putFloat((float) parts[1]);
        }
        Tensor constant = Tensor.dense(wide ? DType.COMPLEX128 : DType.COMPLEX64, new long[0], bytes.flip());
        return new Argument.Ref(scope.block().addWeight(name, name, Weight.Kind.CONSTANT, constant));
    }

    /** Arguments passed by position stand in the schema's order without a gap; a gap would mean that one got lost. */
    private static void requirePosition(JsonValue input, int position, SchemaArgument expected, OperatorSchema schema)
            throws ModelFormatException {
        JsonValue kind = input.optional("kind");
        if (kind == null || kind.integer() != POSITIONAL) {
            return;
        }
        int expectedPosition = schema.arguments().indexOf(expected);
        if (position != expectedPosition) {
            throw input.refuse(
                    "the argument " + expected.name() + " in position " + position,
                    "it in position " + expectedPosition + ", as the operator's schema says");
        }
    }

    /** Ids of the values made, one list for each return of the schema. */
    private List<List<Integer>> outputs(JsonValue node, OperatorSchema schema) throws ModelFormatException {
        List<JsonValue> listed = node.field("outputs").elements();
        if (listed.size() != schema.returns().size()) {
            throw node.refuse(
                    listed.size() + " outputs", schema.returns().size() + " outputs, as the operator's schema says");
        }
        List<List<Integer>> made = new ArrayList<>();
        for (int i = 0; i < listed.size(); i++) {
            JsonValue output = listed.get(i).named(node.place() + ", output " + i);
            made.add(output(output, schema.returns().get(i)));
        }
        return made;
    }

    private List<Integer> output(JsonValue output, SchemaReturn returned) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = output.variant();
        JsonValue value = variant.getValue();
        boolean fits = switch (variant.getKey()) {
            case "as_none" -> true;
            case "as_tensor", "as_optional_tensor" ->
                returned.type().isTensor() && !returned.type().list();
            case "as_tensors", "as_optional_tensors" ->
                returned.type().isTensor() && returned.type().list();
            default -> !returned.type().isTensor();
        };
        if (!fits) {
            throw output.unexpected("an output of type " + returned.type());
        }
        return switch (variant.getKey()) {
            case "as_none" -> List.of(Value.NONE);
            case "as_tensor" -> List.of(scope.madeTensor(value.field("name")));
            case "as_optional_tensor" -> List.of(optionalTensor(value));
            case "as_tensors" -> {
                List<Integer> made = new ArrayList<>();
                for (JsonValue element : value.elements()) {
                    made.add(scope.madeTensor(element.field("name")));
                }
                yield made;
            }
            case "as_optional_tensors" -> {
                List<Integer> made = new ArrayList<>();
                for (JsonValue element : value.elements()) {
                    made.add(optionalTensor(element));
                }
                yield made;
            }
            case "as_sym_int" -> List.of(scope.madeScalar(value.field("as_name"), ScalarType.INT));
            case "as_sym_float" -> List.of(scope.madeScalar(value.field("as_name"), ScalarType.FLOAT));
            case "as_sym_bool" -> List.of(scope.madeScalar(value.field("as_name"), ScalarType.BOOL));
            default -> throw output.unexpected("a tensor, a list of tensors, a scalar or none");
        };
    }

    private int optionalTensor(JsonValue value) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = value.variant();
        return switch (variant.getKey()) {
            case "as_tensor" -> scope.madeTensor(variant.getValue().field("name"));
            case "as_none" -> Value.NONE;
            default -> throw value.unexpected("as_tensor or as_none");
        };
    }
}
