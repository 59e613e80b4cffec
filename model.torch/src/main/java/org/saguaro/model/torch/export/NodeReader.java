// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Value;
import org.saguaro.model.torch.aten.ArgumentTypes;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.aten.SchemaArgument;
import org.saguaro.model.torch.aten.SchemaReturn;
import org.saguaro.model.torch.aten.UnannouncedAccess;
import org.saguaro.model.torch.json.JsonValue;

/** Reads the nodes of a graph, one after the other, into layers. */
final class NodeReader {

    private static final String OPERATORS = "torch.ops.";
    private static final String ATEN_ONLY = "an operator of the namespace aten (torch.ops.aten.*)";

    /** How an archive marks an argument passed by position. */
    private static final long POSITIONAL = 1;

    private final AtenSchemas schemas;
    private final Values values;
    private final ArgumentReader arguments;
    private final WrittenMemory memory;
    private final Set<String> names = new HashSet<>();

    NodeReader(AtenSchemas schemas, Values values, ArgumentReader arguments, WrittenMemory memory) {
        this.schemas = schemas;
        this.values = values;
        this.arguments = arguments;
        this.memory = memory;
    }

    /**
     * Reads the next node.
     *
     * @param position in the list of nodes
     * @throws ModelFormatException if it is damaged, its operator unknown, or its arguments do not fit the operator
     */
    Layer read(JsonValue listed, int position) throws ModelFormatException {
        String target = listed.field("target").text();
        JsonValue givenName = listed.optional("name");
        String name = givenName == null ? "node_" + position : givenName.text();
        JsonValue node = listed.named("node " + name + " (" + target + ")");
        if (!names.add(name)) {
            throw node.refuse("a second node of the name " + name, "a name of its own");
        }
        OperatorSchema schema = schema(node, target);
        List<NamedArgument> passed = arguments(node, schema);
        List<List<Integer>> made = outputs(node, schema);
        memory.record(node, schema, passed, made);
        return new Layer(
                name, schema.name(), passed, made.stream().flatMap(List::stream).toList(), modulePath(node));
    }

    private OperatorSchema schema(JsonValue node, String target) throws ModelFormatException {
        if (target.startsWith(OPERATORS + "higher_order.")) {
            throw node.refuse(
                    "the control-flow operator " + target,
                    ATEN_ONLY,
                    "control flow sub-graphs are not supported yet: export the model without torch.cond and loops");
        }
        if (!target.startsWith(OPERATORS)) {
            throw node.refuse(
                    "the Python function " + target + ", which computes a symbolic size",
                    ATEN_ONLY,
                    "symbolic arithmetic comes later: export with fixed sizes, without dynamic_shapes");
        }
        OpName name;
        try {
            name = OpName.parse(target.substring(OPERATORS.length()));
        } catch (IllegalArgumentException e) {
            throw node.refuse("the target \"" + target + "\"", "torch.ops.aten.<operator>.<overload>");
        }
        if (!name.namespace().equals("aten")) {
            throw node.refuse(
                    "an operator of the namespace " + name.namespace(),
                    ATEN_ONLY,
                    "replace the custom operator, or decompose it before saving (exported.run_decompositions())");
        }
        OperatorSchema schema = schemas.find(name);
        if (schema == null) {
            throw node.refuse(
                    "the operator " + name,
                    "one of the " + schemas.size() + " operators of torch " + schemas.torchVersion(),
                    "decompose it before saving (exported.run_decompositions()), or use a Saguaro made for that torch");
        }
        return schema;
    }

    private List<NamedArgument> arguments(JsonValue node, OperatorSchema schema) throws ModelFormatException {
        Map<String, Argument> given = given(node, schema);
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

    private Map<String, Argument> given(JsonValue node, OperatorSchema schema) throws ModelFormatException {
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
            Argument fitted = ArgumentTypes.fit(expected.type(), arguments.read(value), values::type);
            if (fitted == null) {
                throw value.unexpected("an argument of type " + expected.type());
            }
            if (given.put(name, fitted) != null) {
                throw value.refuse("a second argument of that name", "one");
            }
        }
        return given;
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
            case "as_tensor" -> List.of(values.madeTensor(value.field("name")));
            case "as_optional_tensor" -> List.of(optionalTensor(value));
            case "as_tensors" -> {
                List<Integer> made = new ArrayList<>();
                for (JsonValue element : value.elements()) {
                    made.add(values.madeTensor(element.field("name")));
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
            case "as_sym_int" -> List.of(values.madeScalar(value.field("as_name"), ScalarType.INT));
            case "as_sym_float" -> List.of(values.madeScalar(value.field("as_name"), ScalarType.FLOAT));
            case "as_sym_bool" -> List.of(values.madeScalar(value.field("as_name"), ScalarType.BOOL));
            default -> throw output.unexpected("a tensor, a list of tensors, a scalar or none");
        };
    }

    private int optionalTensor(JsonValue value) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = value.variant();
        return switch (variant.getKey()) {
            case "as_tensor" -> values.madeTensor(variant.getValue().field("name"));
            case "as_none" -> Value.NONE;
            default -> throw value.unexpected("as_tensor or as_none");
        };
    }

    private static String modulePath(JsonValue node) throws ModelFormatException {
        JsonValue metadata = node.optional("metadata");
        JsonValue stack = metadata == null ? null : metadata.optional("nn_module_stack");
        return stack == null ? "" : ModulePath.innermost(stack.text());
    }
}
