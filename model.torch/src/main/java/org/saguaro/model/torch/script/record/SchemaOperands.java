// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.aten.SchemaType;
import org.saguaro.model.torch.aten.TorchCodes;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.ComplexValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;

/** Turns values into the arguments that an operator's schema wants, once {@link Overloads} has said that they fit. */
final class SchemaOperands {

    private final Recording recording;

    SchemaOperands(Recording recording) {
        this.recording = recording;
    }

    Argument of(SchemaType type, ScriptValue value) throws ModelFormatException, CodeRaises {
        if (value instanceof NoneValue) {
            return new Argument.None();
        }
        if (value instanceof HostNode host && host.type().is("Optional")) {
            return recording.operand(value);
        }
        if (!type.list()) {
            return element(type.base(), value);
        }
        List<ScriptValue> elements = HostFolding.elements(value);
        if (elements == null) {
            return value instanceof ListObject
                    ? recording.operand(value)
                    : new Argument.ListOf(Collections.nCopies(Math.max(1, type.size()), element(type.base(), value)));
        }
        recording.spend(elements.size());
        List<Argument> arguments = new ArrayList<>();
        for (ScriptValue element : elements) {
            arguments.add(element instanceof NoneValue ? new Argument.None() : element(type.base(), element));
        }
        return new Argument.ListOf(arguments);
    }

    private Argument element(String base, ScriptValue value) throws ModelFormatException, CodeRaises {
        if (value instanceof ComplexValue) {
            throw recording.refuse(
                    "a complex number as an argument",
                    "real numbers",
                    "build the complex tensor of real ones with torch.complex()");
        }
        return switch (base) {
            case "Scalar" -> scalar(value);
            case "int", "SymInt" -> integer(value);
            case "float", "SymFloat" -> real(value);
            case "bool", "SymBool" ->
                isTensor(value)
                        ? recording.operand(recording.host(HostOp.BOOL, TypeName.BOOL, item(value)))
                        : recording.operand(value);
            case "ScalarType" -> dtype(value);
            case "Layout" -> coded(value, "layout", TorchCodes::dispatcherLayout);
            case "MemoryFormat" -> coded(value, "memory format", TorchCodes::dispatcherMemoryFormat);
            case "Device" -> new Argument.Constant(Argument.Constant.Kind.DEVICE, "cpu");
            default -> recording.operand(value);
        };
    }

    private Argument scalar(ScriptValue value) throws ModelFormatException, CodeRaises {
        return recording.operand(isTensor(value) ? item(value) : value);
    }

    private Argument integer(ScriptValue value) throws ModelFormatException, CodeRaises {
        if (value instanceof BoolValue bool) {
            return new Argument.Int(bool.value() ? 1 : 0);
        }
        boolean convert = isTensor(value) || value instanceof HostNode;
        ScriptValue number = isTensor(value) ? item(value) : value;
        return recording.operand(convert ? recording.host(HostOp.INT, TypeName.INT, number) : number);
    }

    private Argument real(ScriptValue value) throws ModelFormatException, CodeRaises {
        if (value instanceof IntValue number) {
            return new Argument.Real(number.value());
        }
        boolean convert = isTensor(value) || value instanceof HostNode;
        ScriptValue number = isTensor(value) ? item(value) : value;
        return recording.operand(convert ? recording.host(HostOp.FLOAT, TypeName.FLOAT, number) : number);
    }

    /** The number in a tensor. */
    ScriptValue item(ScriptValue tensor) throws ModelFormatException, CodeRaises {
        return tensor instanceof NumberTensor number
                ? number.number()
                : recording.host(HostOp.ITEM, TypeName.NUMBER, tensor);
    }

    private static boolean isTensor(ScriptValue value) {
        return value instanceof TensorObject || value instanceof NumberTensor;
    }

    private Argument dtype(ScriptValue value) throws ModelFormatException, CodeRaises {
        return value instanceof IntValue
                ? coded(value, "element type", TorchCodes::dispatcherDType)
                : recording.operand(value);
    }

    private interface Codes {
        @Nullable
        Argument find(String code);
    }

    private Argument coded(ScriptValue value, String what, Codes codes) throws ModelFormatException {
        Argument argument = value instanceof IntValue code ? codes.find(String.valueOf(code.value())) : null;
        if (argument == null) {
            throw recording.refuse(
                    "the " + what + " of code " + value.describe(),
                    "one that plain dense tensors have",
                    "quantised and sparse tensors are not supported: save the model in float");
        }
        return argument;
    }
}
