// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.torch.aten.TorchCodes;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.Content;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.DeviceValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
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
import org.saguaro.model.torch.script.value.ScriptValue.Uninitialized;

/** Turns values into arguments of layers. */
final class Operands {

    private Operands() {}

    static Argument of(ScriptValue value, Recording recording) throws ModelFormatException, CodeRaises {
        if (value instanceof IntValue number) {
            return new Argument.Int(number.value());
        } else if (value instanceof FloatValue number) {
            return new Argument.Real(number.value());
        } else if (value instanceof BoolValue bool) {
            return new Argument.Bool(bool.value());
        } else if (value instanceof TextValue text) {
            return new Argument.Text(text.value());
        } else if (value instanceof NoneValue || value instanceof Uninitialized) {
            return new Argument.None();
        } else if (value instanceof DeviceValue device) {
            return new Argument.Constant(Argument.Constant.Kind.DEVICE, device.name());
        } else if (value instanceof ScalarNode scalar) {
            return recording.draft().ref(scalar.node());
        } else if (value instanceof HostNode host) {
            return recording.draft().ref(host.node());
        } else if (value instanceof TensorObject tensor) {
            return recording.draft().ref(tensor.node());
        } else if (value instanceof NumberTensor number) {
            return recording.draft().ref(materialised(number, recording).node());
        } else if (value instanceof TupleValue tuple) {
            Argument elements = list(tuple.elements(), recording);
            Node made = recording
                    .layer(
                            HostOp.TUPLE.op().name(),
                            HostOp.TUPLE.op(),
                            List.of(NamedArgument.read("elements", elements)),
                            List.of(Types.valueType(Types.of(tuple))))
                    .get(0);
            return recording.draft().ref(made);
        } else if (value instanceof ListObject list) {
            List<ScriptValue> elements = list.elements();
            return elements == null ? remote(list, recording) : list(elements, recording);
        } else if (value instanceof DictObject dict) {
            return dictionary(dict, recording);
        }
        throw recording.refuse(
                value.describe() + " that only the running model can choose",
                "tensors, numbers, texts and containers of them",
                "choose between objects outside of forward(), or put what is in them into tuples");
    }

    private static Argument remote(ScriptValue.HeapObject object, Recording recording) {
        return recording.draft().ref(((Content.Remote) object.content()).node());
    }

    private static Argument list(List<ScriptValue> elements, Recording recording)
            throws ModelFormatException, CodeRaises {
        List<Argument> arguments = new ArrayList<>();
        for (ScriptValue element : elements) {
            if (element instanceof ListObject || element instanceof DictObject) {
                ((ScriptValue.HeapObject) element).share();
            }
            arguments.add(of(element, recording));
        }
        return new Argument.ListOf(arguments);
    }

    private static Argument dictionary(DictObject dict, Recording recording) throws ModelFormatException, CodeRaises {
        if (!(dict.content() instanceof Content.Entries known)) {
            return remote(dict, recording);
        }
        Map<ScriptValue, ScriptValue> entries = known.entries();
        Argument keys = list(List.copyOf(entries.keySet()), recording);
        Argument values = list(List.copyOf(entries.values()), recording);
        Node made = recording
                .layer(
                        HostOp.DICT.op().name(),
                        HostOp.DICT.op(),
                        List.of(NamedArgument.read("keys", keys), NamedArgument.read("values", values)),
                        List.of(Types.valueType(dict.type())))
                .get(0);
        return recording.draft().ref(made);
    }

    /** As an argument beside an element type: integers are element types, too. */
    static Argument withDTypes(ScriptValue value, Recording recording) throws ModelFormatException, CodeRaises {
        if (value instanceof IntValue code) {
            Argument type = TorchCodes.dispatcherDType(String.valueOf(code.value()));
            if (type != null) {
                return type;
            }
        }
        if (value instanceof ListObject list && list.elements() != null) {
            List<Argument> arguments = new ArrayList<>();
            for (ScriptValue element : list.elements()) {
                arguments.add(withDTypes(element, recording));
            }
            return new Argument.ListOf(arguments);
        }
        return of(value, recording);
    }

    /** A number as a real tensor. */
    static TensorObject materialised(NumberTensor number, Recording recording) throws ModelFormatException, CodeRaises {
        TypeName type = Types.of(number.number());
        IntValue dtype = new IntValue(type.is("int") ? 4 : type.is("bool") ? 11 : 7);
        return (TensorObject) TensorCalls.scalarTensor(number.number(), dtype, recording);
    }
}
