// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.List;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.ComplexValue;
import org.saguaro.model.torch.script.value.ScriptValue.DeviceValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.EnumMember;
import org.saguaro.model.torch.script.value.ScriptValue.FloatValue;
import org.saguaro.model.torch.script.value.ScriptValue.FunctionValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.Instance;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.ScalarNode;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;
import org.saguaro.model.torch.script.value.ScriptValue.Uninitialized;

/** What type a value has, and how a type is written in a layer graph. */
public final class Types {

    /** An element type that only the running graph knows. TorchScript itself says int. */
    public static final TypeName DTYPE = TypeName.of("dtype");

    private Types() {}

    /** The type of a value. */
    public static TypeName of(ScriptValue value) {
        if (value instanceof TensorObject || value instanceof NumberTensor) {
            return TypeName.TENSOR;
        } else if (value instanceof IntValue) {
            return TypeName.INT;
        } else if (value instanceof FloatValue) {
            return TypeName.FLOAT;
        } else if (value instanceof BoolValue) {
            return TypeName.BOOL;
        } else if (value instanceof TextValue) {
            return TypeName.STR;
        } else if (value instanceof NoneValue) {
            return TypeName.NONE;
        } else if (value instanceof ComplexValue) {
            return TypeName.of("complex");
        } else if (value instanceof DeviceValue) {
            return TypeName.of("Device");
        } else if (value instanceof ScalarNode scalar) {
            return of(scalar.type());
        } else if (value instanceof HostNode host) {
            return host.type();
        } else if (value instanceof ListObject list) {
            return list.type();
        } else if (value instanceof DictObject dict) {
            return dict.type();
        } else if (value instanceof TupleValue tuple) {
            String className = tuple.className();
            return className != null
                    ? TypeName.of(className)
                    : new TypeName(
                            "Tuple", tuple.elements().stream().map(Types::of).toList());
        } else if (value instanceof Uninitialized never) {
            return never.type();
        } else if (value instanceof EnumMember member) {
            return TypeName.of(member.className());
        } else if (value instanceof Instance instance) {
            return TypeName.of(instance.className());
        } else if (value instanceof FunctionValue) {
            return TypeName.of("Callable");
        }
        throw new IllegalStateException("a value without a type: " + value);
    }

    static TypeName of(ScalarType type) {
        return switch (type) {
            case INT -> TypeName.INT;
            case FLOAT -> TypeName.FLOAT;
            case BOOL -> TypeName.BOOL;
        };
    }

    /** How a value of that type is declared in a graph. */
    public static ValueType valueType(TypeName type) {
        return switch (type.name()) {
            case "Tensor" -> new AnyTensor();
            case "int" -> ScalarType.INT;
            case "float" -> ScalarType.FLOAT;
            case "bool" -> ScalarType.BOOL;
            default -> new HostType(type.toString());
        };
    }

    /** A type that values of both types have. */
    public static TypeName join(TypeName a, TypeName b) {
        if (a.equals(b)) {
            return a;
        }
        if (a.is("NoneType")) {
            return b.optional();
        }
        if (b.is("NoneType")) {
            return a.optional();
        }
        if (a.is("Optional") || b.is("Optional")) {
            return join(a.unwrapped(), b.unwrapped()).optional();
        }
        if (isNumber(a) && isNumber(b)) {
            return TypeName.NUMBER;
        }
        if (a.name().equals(b.name()) && a.arguments().size() == b.arguments().size()) {
            TypeName[] joined = new TypeName[a.arguments().size()];
            for (int i = 0; i < joined.length; i++) {
                joined[i] = join(a.arguments().get(i), b.arguments().get(i));
            }
            return TypeName.of(a.name(), joined);
        }
        return TypeName.ANY;
    }

    static boolean isNumber(TypeName type) {
        return type.is("int") || type.is("float") || type.is("bool") || type.is("number");
    }

    /** Of the elements of a list. */
    public static TypeName elementType(List<ScriptValue> elements) {
        TypeName type = null;
        for (ScriptValue element : elements) {
            type = type == null ? of(element) : join(type, of(element));
        }
        return type == null ? TypeName.TENSOR : type;
    }
}
