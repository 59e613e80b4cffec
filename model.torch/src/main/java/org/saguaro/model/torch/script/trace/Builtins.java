// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.TensorCalls;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.DictObject;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;
import org.saguaro.model.torch.script.value.ScriptValue.TupleValue;

/**
 * The functions that are not the archive's own: {@code torch.*} (operators on tensors, but also on numbers, lists and texts),
 * {@code ops.prim.*}, and what Python has by itself.
 */
final class Builtins {

    private final Recording recording;
    private final TensorCalls tensors;
    private final TensorFacts facts;
    private final Numbers numbers;
    private final Lists lists;
    private final Dictionaries dictionaries;
    private final Texts texts;
    private final Creation creation;
    private final OwnCode ownCode = new OwnCode();
    private final Upgrades upgrades;

    Builtins(Recording recording, AtenSchemas schemas, int version) {
        this.recording = recording;
        this.tensors = new TensorCalls(recording, schemas);
        this.facts = new TensorFacts(recording, tensors);
        this.numbers = new Numbers(recording);
        this.lists = new Lists(recording);
        this.dictionaries = new Dictionaries(recording);
        this.texts = new Texts(recording);
        this.creation = new Creation(recording, tensors, ownCode);
        this.upgrades = new Upgrades(recording, tensors, ownCode, version);
    }

    /** Says who runs the reader's own code. */
    void interpreter(Interpreter interpreter) {
        ownCode.interpreter(interpreter);
    }

    /** The number in a tensor of one element. */
    ScriptValue item(ScriptValue tensor) throws ModelFormatException, CodeRaises {
        return tensors.item(tensor);
    }

    /** {@code torch.name(...)}. */
    ScriptValue torch(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue result = switchesOnly(name);
        if (result != null) {
            return result;
        }
        switch (name) {
            case "__is__", "__isnot__" -> {
                ScriptValue is = recording.host(HostOp.IS, TypeName.BOOL, arguments.get(0), arguments.get(1));
                return name.equals("__is__") ? is : recording.host(HostOp.NOT, TypeName.BOOL, is);
            }
            case "wait" -> {
                return arguments.get(0);
            }
            case "_unwrap_optional" -> {
                return prim("unchecked_unwrap_optional", arguments, named);
            }
            case "device" -> {
                return new ScriptValue.DeviceValue("cpu");
            }
            default -> {}
        }
        ScriptValue first = arguments.isEmpty() ? ScriptValue.NONE : arguments.get(0);
        if (first instanceof DictObject dict) {
            result = dictionaries.call(name, dict, arguments);
        } else if (name.equals("dict")) {
            result = dictionaries.make(arguments);
        } else if (first instanceof ListObject || first instanceof TupleValue) {
            result = lists.call(name, arguments, named);
        } else if (Types.of(first).is("str")) {
            result = texts.call(name, arguments);
        }
        if (result == null) {
            result = facts.call(name, arguments, named);
        }
        if (result == null) {
            result = creation.call(name, arguments, named);
        }
        if (result == null && !holdsTensor(arguments)) {
            result = numbers.call(name, arguments);
        }
        if (result == null && arguments.stream().anyMatch(NumberTensor.class::isInstance)) {
            result = onNumberTensors(name, arguments, named);
        }
        if (result == null) {
            result = upgrades.call(name, arguments, named);
        }
        return result == null ? tensors.call(name, arguments, named) : result;
    }

    /** What sets or tells things that do not matter here: gradients, random numbers, warnings. */
    private static @Nullable ScriptValue switchesOnly(String name) {
        return switch (name) {
            case "warn", "set_grad_enabled", "manual_seed", "_assert" -> ScriptValue.NONE;
            case "is_grad_enabled", "is_autocast_enabled", "is_autocast_cpu_enabled", "_is_tracing" ->
                new BoolValue(false);
            default -> null;
        };
    }

    private static boolean holdsTensor(List<ScriptValue> values) {
        for (ScriptValue value : values) {
            if (value instanceof TensorObject || value instanceof NumberTensor || isListOfTensors(value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isListOfTensors(ScriptValue value) {
        return value instanceof ListObject list
                && list.elementType().unwrapped().is("Tensor");
    }

    /** Whole numbers that tracing has recorded as tensors stay numbers as long as only such meet. */
    private @Nullable ScriptValue onNumberTensors(
            String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        List<ScriptValue> integers = new ArrayList<>();
        for (ScriptValue argument : arguments) {
            ScriptValue number = argument instanceof NumberTensor tensor ? tensor.number() : known(argument);
            if (!Types.of(number).is("int")) {
                return null;
            }
            integers.add(number);
        }
        String function = switch (name) {
            case "add", "sub", "mul", "neg", "floor_divide", "remainder" -> integers.size() <= 2 ? name : "";
            case "rsub" -> "sub";
            case "div" -> {
                boolean floor =
                        named.getOrDefault("rounding_mode", ScriptValue.NONE).equals(new TextValue("floor"));
                yield floor ? "floor_divide" : "";
            }
            case "detach", "clone", "contiguous" -> "detach";
            default -> "";
        };
        if (function.isEmpty() || (!named.isEmpty() && !name.equals("div"))) {
            return null;
        }
        if (function.equals("detach")) {
            return arguments.get(0);
        }
        if (name.equals("rsub")) {
            integers = List.of(integers.get(1), integers.get(0));
        }
        ScriptValue result = numbers.call(function.equals("floor_divide") ? "floordiv" : function, integers);
        return result == null ? null : new NumberTensor(result);
    }

    /** The number in a constant of one whole number; else the value itself. */
    private static ScriptValue known(ScriptValue value) {
        Tensor data = value instanceof TensorObject tensor ? tensor.node().data() : null;
        return data != null && data.rank() == 0 && data.dtype() == DType.INT64
                ? new IntValue(data.bytes().getLong(0))
                : value;
    }

    /** {@code ops.prim.name(...)}. */
    ScriptValue prim(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue first = arguments.isEmpty() ? ScriptValue.NONE : arguments.get(0);
        switch (name) {
            case "RaiseException" -> {
                ScriptValue type = arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE;
                throw recording.raise(first, type instanceof TextValue text ? text.value() : "Exception");
            }
            case "unchecked_unwrap_optional" -> {
                return unwrapped(first);
            }
            case "NumToTensor" -> {
                return new NumberTensor(first);
            }
            case "Print", "print" -> {
                return ScriptValue.NONE;
            }
            case "rangelist" -> {
                return lists.range(List.of(new IntValue(0), first, new IntValue(1)));
            }
            case "min", "max", "abs" -> {
                if (first instanceof ListObject && arguments.size() == 1) {
                    ScriptValue result = lists.call("prim." + name, arguments, named);
                    if (result != null) {
                        return result;
                    }
                }
                if (!holdsTensor(arguments)) {
                    ScriptValue result = numbers.call("prim." + name, arguments);
                    if (result != null) {
                        return result;
                    }
                }
                return tensors.call(name, arguments, named);
            }
            case "TupleIndex" -> {
                return lists.element(first, arguments.get(1));
            }
            case "IfThenElse" -> {
                return recording.host(
                        HostOp.SELECT,
                        Types.join(Types.of(arguments.get(1)), Types.of(arguments.get(2))),
                        first,
                        arguments.get(1),
                        arguments.get(2));
            }
            case "tolist" -> {
                return method(name, first, List.of(), named);
            }
            default -> {}
        }
        ScriptValue fact = facts.prim(name, first);
        if (fact != null) {
            return fact;
        }
        throw recording.refuse(
                "the operator prim::" + name + " on " + first.describe(),
                "an operator that TorchScript documents",
                "express the model without it, and save it again");
    }

    private ScriptValue unwrapped(ScriptValue optional) throws ModelFormatException, CodeRaises {
        if (optional instanceof ScriptValue.NoneValue) {
            throw recording.raise("Unwrapping null optional", "RuntimeError");
        }
        if (!(optional instanceof ScriptValue.HostNode host) || !host.type().is("Optional")) {
            return optional;
        }
        TypeName inner = host.type().unwrapped();
        return recording.wrap(
                recording
                        .recordHost(
                                HostOp.UNWRAP,
                                List.of(Types.valueType(inner)),
                                optional,
                                new TextValue("Unwrapping null optional"))
                        .get(0),
                inner);
    }

    /** What Python has by itself. */
    ScriptValue python(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue first = arguments.isEmpty() ? ScriptValue.NONE : arguments.get(0);
        switch (name) {
            case "int", "float", "bool" -> {
                boolean tensor = first instanceof TensorObject || first instanceof NumberTensor;
                ScriptValue number = tensor ? item(first) : first;
                return switch (name) {
                    case "int" -> recording.host(HostOp.INT, TypeName.INT, number);
                    case "float" -> recording.host(HostOp.FLOAT, TypeName.FLOAT, number);
                    default -> recording.host(HostOp.BOOL, TypeName.BOOL, number);
                };
            }
            case "complex" -> {
                return numbers.complex(arguments);
            }
            case "str" -> {
                return texts.str(first);
            }
            case "len", "list", "dict", "min", "max", "abs", "sum", "sorted", "ord", "chr", "hex", "bin", "round" -> {
                return name.matches("min|max|abs") ? prim(name, arguments, named) : torch(name, arguments, named);
            }
            case "range" -> {
                return lists.range(
                        arguments.size() == 1
                                ? List.of(new IntValue(0), first, new IntValue(1))
                                : arguments.size() == 2
                                        ? List.of(first, arguments.get(1), new IntValue(1))
                                        : arguments);
            }
            case "print" -> {
                return ScriptValue.NONE;
            }
            default ->
                throw recording.refuse(
                        "a call of the unknown function " + name,
                        "one that the archive, torch or Python defines",
                        "express the model without it, and save it again");
        }
    }

    /** {@code owner.name(...)} where the owner is no object of the archive's classes. */
    ScriptValue method(String name, ScriptValue owner, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        if (name.equals("tolist")) {
            return recording.host(HostOp.TOLIST, TypeName.of("List", TypeName.NUMBER), owner);
        }
        List<ScriptValue> all = new ArrayList<>();
        all.add(owner);
        all.addAll(arguments);
        return torch(name, all, named);
    }

    /** {@code ops.namespace.name(...)}. */
    ScriptValue custom(String namespace, String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue result = tensors.custom(namespace, name, arguments, named);
        if (result != null) {
            return result;
        }
        String advice = switch (namespace) {
            case "quantized" -> "quantised models are not supported: save the model in float";
            case "prepacked", "mkldnn_prepacked", "metal_prepacked" ->
                "the model is optimised for mobile: save it before optimize_for_mobile()";
            default -> "express the model with operators of torch and torchvision, and save it again";
        };
        throw recording.refuse(
                "the custom operator " + namespace + "::" + name, "operators of torch and torchvision", advice);
    }

    /** {@code container[start:stop:step]}. */
    ScriptValue slice(ScriptValue container, ScriptValue start, ScriptValue stop, ScriptValue step)
            throws ModelFormatException, CodeRaises {
        return torch(
                "slice",
                container instanceof TensorObject
                        ? List.of(container, new IntValue(0), start, stop, step)
                        : List.of(container, start, stop, step),
                Map.of());
    }
}
