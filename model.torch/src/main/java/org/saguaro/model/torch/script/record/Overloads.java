// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.aten.SchemaArgument;
import org.saguaro.model.torch.aten.SchemaType;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.ComplexValue;
import org.saguaro.model.torch.script.value.ScriptValue.DeviceValue;
import org.saguaro.model.torch.script.value.ScriptValue.FloatValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/**
 * Finds the overload of an operator that a call means. The code does not name it; it is the one whose schema the arguments fit
 * with the fewest conversions, of which there are those of TorchScript: an integer as a real number, one number as a list
 * of a fixed size, a tensor as a number, a number as a tensor.
 */
final class Overloads {

    private static final int EXACT = 0;
    private static final int WIDENED = 1;
    private static final int NUMBER_AS_TENSOR = 8;
    private static final int TENSOR_AS_NUMBER = 16;
    private static final int NO_FIT = -1;

    /**
     * An overload and what it is given.
     *
     * @param values one for each argument of the schema; null where the default stands
     */
    record Match(OperatorSchema schema, List<@Nullable ScriptValue> values) {}

    private final AtenSchemas schemas;

    Overloads(AtenSchemas schemas) {
        this.schemas = schemas;
    }

    /** The overload; null if none fits. */
    @Nullable
    Match find(String name, List<ScriptValue> positional, Map<String, ScriptValue> named) {
        Match best = null;
        int least = Integer.MAX_VALUE;
        for (OpName overload : schemas.overloads(name)) {
            OperatorSchema schema = schemas.find(overload);
            List<@Nullable ScriptValue> values = schema == null ? null : bind(schema, positional, named);
            if (schema == null || values == null) {
                continue;
            }
            int cost = cost(schema, values);
            if (cost != NO_FIT && cost < least) {
                least = cost;
                best = new Match(schema, values);
            }
        }
        return best;
    }

    /** What one schema is given; null if the arguments do not fit. */
    static @Nullable Match matchOf(
            OperatorSchema schema, List<ScriptValue> positional, Map<String, ScriptValue> named) {
        List<@Nullable ScriptValue> values = bind(schema, positional, named);
        return values == null || cost(schema, values) == NO_FIT ? null : new Match(schema, values);
    }

    private static @Nullable List<@Nullable ScriptValue> bind(
            OperatorSchema schema, List<ScriptValue> positional, Map<String, ScriptValue> named) {
        List<@Nullable ScriptValue> values = new ArrayList<>();
        int used = 0;
        for (int i = 0; i < schema.arguments().size(); i++) {
            SchemaArgument argument = schema.arguments().get(i);
            ScriptValue value = null;
            if (i < positional.size()) {
                if (argument.keywordOnly()) {
                    return null;
                }
                value = positional.get(i);
            } else if (named.containsKey(argument.name())) {
                value = named.get(argument.name());
                used++;
            } else if (argument.defaultValue() == null) {
                return null;
            }
            values.add(value);
        }
        return positional.size() <= schema.arguments().size() && used == named.size() ? values : null;
    }

    private static int cost(OperatorSchema schema, List<@Nullable ScriptValue> values) {
        int sum = 0;
        for (int i = 0; i < values.size(); i++) {
            ScriptValue value = values.get(i);
            int cost = value == null ? EXACT : cost(schema.arguments().get(i).type(), value);
            if (cost == NO_FIT) {
                return NO_FIT;
            }
            sum += cost;
        }
        return sum;
    }

    private static int cost(SchemaType type, ScriptValue value) {
        if (value instanceof NoneValue) {
            return type.optional() ? EXACT : NO_FIT;
        }
        if (value instanceof HostNode host && host.type().is("Optional")) {
            return type.optional() ? typeCost(type, host.type().unwrapped()) : NO_FIT;
        }
        if (!type.list()) {
            return elementCost(type.base(), value);
        }
        if (value instanceof ListObject list && list.content() instanceof Content.Remote) {
            return typeCost(type, list.type());
        }
        List<ScriptValue> elements = HostFolding.elements(value);
        if (elements == null) {
            int cost = type.size() == 0 || type.isTensor() ? NO_FIT : elementCost(type.base(), value);
            return cost == NO_FIT ? NO_FIT : cost + WIDENED;
        }
        return listCost(type, elements);
    }

    private static int listCost(SchemaType type, List<ScriptValue> elements) {
        int most = EXACT;
        for (ScriptValue element : elements) {
            boolean none = element instanceof NoneValue;
            int cost = none
                    ? (type.optionalElement() ? EXACT : NO_FIT)
                    : type.isTensor() && isNumber(element) ? NO_FIT : elementCost(type.base(), element);
            if (element instanceof HostNode host && host.type().is("Optional") && type.optionalElement()) {
                cost = EXACT;
            }
            if (cost == NO_FIT) {
                return NO_FIT;
            }
            most = Math.max(most, cost);
        }
        return most;
    }

    private static boolean isNumber(ScriptValue value) {
        return Types.isNumber(Types.of(value));
    }

    /** How well a value of which only the type is known fits. */
    private static int typeCost(SchemaType type, TypeName given) {
        if (!type.list()) {
            return switch (type.base()) {
                case "Tensor" -> given.is("Tensor") ? EXACT : NO_FIT;
                case "Scalar" -> Types.isNumber(given) ? EXACT : NO_FIT;
                case "int", "SymInt" -> given.is("int") ? EXACT : given.is("number") ? WIDENED : NO_FIT;
                case "float", "SymFloat" ->
                    given.is("float") ? EXACT : given.is("int") || given.is("number") ? WIDENED : NO_FIT;
                case "bool", "SymBool" -> given.is("bool") ? EXACT : NO_FIT;
                case "str" -> given.is("str") ? EXACT : NO_FIT;
                case "ScalarType" -> given.equals(Types.DTYPE) ? EXACT : given.is("int") ? WIDENED : NO_FIT;
                default -> NO_FIT;
            };
        }
        if (!given.is("List")) {
            return NO_FIT;
        }
        TypeName element = given.element();
        boolean fits = switch (type.base()) {
            case "Tensor" ->
                element.is("Tensor")
                        || (type.optionalElement() && element.unwrapped().is("Tensor"));
            case "int", "SymInt" -> element.is("int");
            case "float", "SymFloat" -> element.is("float");
            case "bool", "SymBool" -> element.is("bool");
            case "Scalar" -> Types.isNumber(element);
            case "str" -> element.is("str");
            default -> false;
        };
        return fits ? EXACT : NO_FIT;
    }

    private static int elementCost(String base, ScriptValue value) {
        if (value instanceof TensorObject || value instanceof NumberTensor) {
            return switch (base) {
                case "Tensor" -> EXACT;
                case "Scalar", "int", "SymInt", "float", "SymFloat", "bool", "SymBool" -> TENSOR_AS_NUMBER;
                default -> NO_FIT;
            };
        }
        if (value instanceof HostNode host) {
            return typeCost(new SchemaType(base, false, false, 0, false), host.type());
        }
        if (value instanceof TupleValue || value instanceof ListObject) {
            return NO_FIT;
        }
        boolean integer = value instanceof IntValue || is(value, ScalarType.INT);
        boolean real = value instanceof FloatValue || is(value, ScalarType.FLOAT);
        boolean bool = value instanceof BoolValue || is(value, ScalarType.BOOL);
        return switch (base) {
            case "Tensor" -> integer || real || bool ? NUMBER_AS_TENSOR : NO_FIT;
            case "Scalar" -> integer || real || value instanceof ComplexValue ? EXACT : bool ? WIDENED : NO_FIT;
            case "int", "SymInt" -> integer ? EXACT : bool && value instanceof BoolValue ? 2 * WIDENED : NO_FIT;
            case "float", "SymFloat" -> real ? EXACT : integer ? WIDENED : NO_FIT;
            case "bool", "SymBool" -> bool ? EXACT : NO_FIT;
            case "str" -> value instanceof TextValue ? EXACT : NO_FIT;
            case "ScalarType", "Layout", "MemoryFormat" -> value instanceof IntValue ? EXACT : NO_FIT;
            case "Device" -> value instanceof DeviceValue || value instanceof TextValue ? EXACT : NO_FIT;
            default -> NO_FIT;
        };
    }

    private static boolean is(ScriptValue value, ScalarType type) {
        return value instanceof ScalarNode scalar && scalar.type() == type;
    }
}
