// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.aten.SchemaArgument;
import org.saguaro.model.torch.aten.SchemaReturn;
import org.saguaro.model.torch.aten.UnannouncedAccess;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/** Records calls of operators on tensors. */
public final class TensorCalls {

    /** They change no element but what the tensor looks like: whoever holds it sees another view from then on. */
    private static final Set<String> RESHAPE_IN_PLACE =
            Set.of("unsqueeze_", "squeeze_", "t_", "transpose_", "swapaxes_", "swapdims_");

    /** Their lists of results are as long as a list they are given: its position among the arguments. */
    private static final Map<OpName, Integer> LIST_FOR_LIST = Map.of(
            OpName.parse("aten.split.sizes"), 1,
            OpName.parse("aten.split_with_sizes"), 1,
            OpName.parse("aten.unsafe_split_with_sizes"), 1,
            OpName.parse("aten.meshgrid"), 0,
            OpName.parse("aten.meshgrid.indexing"), 0,
            OpName.parse("aten.broadcast_tensors"), 0);

    /** Other names for what {@code torch.export} calls by the first. */
    private static final Map<String, String> ALIASES = Map.of(
            "true_divide", "div",
            "true_divide_", "div_",
            "divide", "div",
            "divide_", "div_",
            "multiply", "mul",
            "multiply_", "mul_",
            "subtract", "sub",
            "subtract_", "sub_");

    private final Recording recording;
    private final AtenSchemas schemas;
    private final Overloads overloads;
    private final SchemaOperands operands;

    public TensorCalls(Recording recording, AtenSchemas schemas) {
        this.recording = recording;
        this.schemas = schemas;
        this.overloads = new Overloads(schemas);
        this.operands = new SchemaOperands(recording);
    }

    /**
     * Records a call of an operator that is not torch's own.
     *
     * @return null if it is not known
     */
    public @Nullable ScriptValue custom(
            String namespace, String name, List<ScriptValue> positional, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        OperatorSchema schema = schemas.find(new OpName(namespace, name, OpName.DEFAULT_OVERLOAD));
        if (schema == null) {
            return null;
        }
        Overloads.Match match = Overloads.matchOf(schema, positional, named);
        if (match == null) {
            throw recording.refuse(
                    "a call of " + schema.name() + " with " + positional.size() + " arguments",
                    "the " + schema.arguments().size() + " of its schema",
                    "save the model again with a newer torchvision");
        }
        return record(match.schema(), match.values());
    }

    /** The number in a tensor of one element. */
    public ScriptValue item(ScriptValue tensor) throws ModelFormatException, CodeRaises {
        return operands.item(tensor);
    }

    /**
     * Records a call.
     *
     * @return what it returns: a tuple if that is several things
     */
    public ScriptValue call(String name, List<ScriptValue> positional, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        if (RESHAPE_IN_PLACE.contains(name)
                && !positional.isEmpty()
                && positional.get(0) instanceof TensorObject self) {
            ScriptValue view = call(name.substring(0, name.length() - 1), positional, named);
            recording.heap().change(self, ((TensorObject) view).content());
            return self;
        }
        Overloads.Match match = overloads.find(ALIASES.getOrDefault(name, name), positional, named);
        if (match == null) {
            throw noOverload(name, positional, named);
        }
        Canonical canonical = Canonical.of(match, schemas);
        return record(canonical.schema(), canonical.values());
    }

    private ModelFormatException noOverload(String name, List<ScriptValue> positional, Map<String, ScriptValue> named) {
        List<String> given = new ArrayList<>();
        positional.forEach(value -> given.add(Types.of(value).toString()));
        named.forEach((key, value) -> given.add(key + "=" + Types.of(value)));
        String call = "torch." + name + "(" + String.join(", ", given) + ")";
        List<OpName> candidates = schemas.overloads(name);
        if (candidates.isEmpty()) {
            return recording.refuse(
                    "the operator " + call,
                    "an operator of torch " + schemas.torchVersion(),
                    "express the model without it, and save it again");
        }
        return recording.refuse(
                "the call " + call,
                "arguments of one of " + candidates,
                "save the model again with a newer torch, or use a Saguaro made for that torch");
    }

    private ScriptValue record(OperatorSchema schema, List<@Nullable ScriptValue> values)
            throws ModelFormatException, CodeRaises {
        List<NamedArgument> arguments = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            SchemaArgument declared = schema.arguments().get(i);
            ScriptValue value = values.get(i);
            Argument defaultValue = declared.defaultValue();
            Argument argument;
            if (value != null) {
                argument = operands.of(declared.type(), value);
            } else if (defaultValue != null) {
                argument = defaultValue;
            } else {
                throw new IllegalStateException(schema.name() + " was matched without " + declared.name());
            }
            arguments.add(new NamedArgument(declared.name(), declared.alias().access(), argument));
        }
        int count = listLength(schema, values);
        List<ValueType> types = new ArrayList<>();
        for (SchemaReturn returned : schema.returns()) {
            ValueType type = valueType(returned);
            int times = type instanceof HostType && count >= 0 ? count : 1;
            for (int i = 0; i < times; i++) {
                types.add(times == 1 && count < 0 ? type : new AnyTensor());
            }
        }
        List<Node> made = recording.layer(
                schema.name().name(), schema.name(), UnannouncedAccess.marked(schema, arguments), types);
        if (count >= 0) {
            List<ScriptValue> elements = new ArrayList<>();
            for (Node node : made) {
                elements.add(recording.tensor(node));
            }
            return recording.list(TypeName.TENSOR, elements);
        }
        List<ScriptValue> results = new ArrayList<>();
        for (int i = 0; i < made.size(); i++) {
            results.add(result(schema, values, schema.returns().get(i), made.get(i)));
        }
        return switch (results.size()) {
            case 0 -> ScriptValue.NONE;
            case 1 -> results.get(0);
            default -> new TupleValue(results);
        };
    }

    /** Length of the list that is returned, or -1 if it is not known, or no list is. */
    private static int listLength(OperatorSchema schema, List<@Nullable ScriptValue> values) {
        Integer position = LIST_FOR_LIST.get(schema.name());
        ScriptValue list = position == null ? null : values.get(position);
        List<ScriptValue> elements = list == null ? null : HostFolding.elements(list);
        return elements == null ? -1 : elements.size();
    }

    private static ValueType valueType(SchemaReturn returned) {
        if (returned.type().list()) {
            return new HostType(
                    returned.type().isTensor()
                            ? "List[Tensor]"
                            : "List[" + returned.type().base() + "]");
        }
        return switch (returned.type().base()) {
            case "Tensor" -> new AnyTensor();
            case "int", "SymInt" -> ScalarType.INT;
            case "float", "SymFloat" -> ScalarType.FLOAT;
            case "bool", "SymBool" -> ScalarType.BOOL;
            case "Scalar" -> new HostType("number");
            case "ScalarType" -> new HostType("dtype");
            default -> new HostType(returned.type().base());
        };
    }

    private ScriptValue result(
            OperatorSchema schema, List<@Nullable ScriptValue> values, SchemaReturn returned, Node node) {
        ValueType type = node.type();
        if (type instanceof AnyTensor) {
            TensorObject written = returned.alias().write() ? written(schema, values, returned) : null;
            if (written == null) {
                return recording.tensor(node);
            }
            // Who reads it later reads what the operator returned, where the draft makes both.
            if (written.node().isMadeIn(recording.draft())) {
                recording.heap().change(written, new Content.Remote(node));
            }
            return written;
        }
        if (type instanceof ScalarType scalar) {
            return new ScalarNode(node, scalar);
        }
        if (returned.type().list()) {
            TypeName element = returned.type().isTensor()
                    ? TypeName.TENSOR
                    : TypeName.of(returned.type().base());
            return new ListObject(recording.heap(), element, new Content.Remote(node));
        }
        return new HostNode(node, TypeName.of(type.toString()));
    }

    /** The argument that the operator writes and returns. */
    private static @Nullable TensorObject written(
            OperatorSchema schema, List<@Nullable ScriptValue> values, SchemaReturn returned) {
        for (int i = 0; i < values.size(); i++) {
            SchemaArgument argument = schema.arguments().get(i);
            if (argument.alias().write()
                    && argument.alias().set().equals(returned.alias().set())
                    && values.get(i) instanceof TensorObject tensor) {
                return tensor;
            }
        }
        return null;
    }

    /** A number as a tensor without dimensions. */
    static ScriptValue scalarTensor(ScriptValue number, IntValue dtype, Recording recording)
            throws ModelFormatException, CodeRaises {
        Argument type = Operands.withDTypes(dtype, recording);
        OpName op = new OpName("aten", "scalar_tensor", OpName.DEFAULT_OVERLOAD);
        Argument none = new Argument.None();
        Node made = recording
                .layer(
                        op.name(),
                        op,
                        List.of(
                                NamedArgument.read("s", recording.operand(number)),
                                NamedArgument.read("dtype", type),
                                NamedArgument.read("layout", none),
                                NamedArgument.read("device", none),
                                NamedArgument.read("pin_memory", none)),
                        List.of(new AnyTensor()))
                .get(0);
        return recording.tensor(made);
    }
}
