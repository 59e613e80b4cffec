// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.aten.TorchCodes;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.TensorCalls;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.FloatValue;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.ListObject;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;

/** {@code torch.tensor(...)}: a tensor made of numbers, or of lists of numbers. */
final class Creation {

    private static final IntValue FLOAT = new IntValue(6);
    private static final IntValue LONG = new IntValue(4);
    private static final IntValue BOOL = new IntValue(11);

    private final Recording recording;
    private final TensorCalls tensors;
    private final OwnCode ownCode;
    private int constants;

    Creation(Recording recording, TensorCalls tensors, OwnCode ownCode) {
        this.recording = recording;
        this.tensors = tensors;
        this.ownCode = ownCode;
    }

    /** {@code torch.name(...)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue call(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        if (!(name.equals("tensor") || name.equals("as_tensor")) || arguments.isEmpty()) {
            return null;
        }
        ScriptValue data = arguments.get(0);
        ScriptValue dtype = named.getOrDefault("dtype", arguments.size() > 1 ? arguments.get(1) : ScriptValue.NONE);
        if (data instanceof TensorObject || data instanceof NumberTensor) {
            List<ScriptValue> self = List.of(data);
            ScriptValue fresh = name.equals("tensor") ? tensors.call("clone", self, Map.of()) : data;
            return dtype instanceof NoneValue ? fresh : tensors.call("to", List.of(fresh, dtype), Map.of());
        }
        if (data instanceof ListObject list) {
            return ofList(list, dtype);
        }
        ScriptValue type = dtype instanceof NoneValue ? typeOf(Types.of(data)) : dtype;
        return tensors.call("scalar_tensor", List.of(data), Map.of("dtype", type));
    }

    private static IntValue typeOf(TypeName number) {
        return number.is("bool") ? BOOL : number.is("int") ? LONG : FLOAT;
    }

    private ScriptValue ofList(ListObject list, ScriptValue dtype) throws ModelFormatException, CodeRaises {
        List<Long> sizes = new ArrayList<>();
        List<ScriptValue> numbers = new ArrayList<>();
        if (list.elements() == null && !list.elementType().is("List")) {
            ScriptValue type = dtype instanceof NoneValue ? typeOf(list.elementType()) : dtype;
            return ownCode.run("tensor_of_list", List.of(list, type));
        }
        if (!flatten(list, 0, sizes, numbers)) {
            throw recording.refuse(
                    "torch.tensor() of a list that only the running model knows",
                    "a list of known length",
                    "make tensors of its elements, and join them with torch.stack()");
        }
        TypeName leaf = list.elementType();
        while (leaf.is("List")) {
            leaf = leaf.element();
        }
        IntValue inferred = numbers.isEmpty() ? FLOAT : typeOf(Types.elementType(numbers));
        if (numbers.stream().allMatch(ScriptValue.Constant.class::isInstance)) {
            ScriptValue constant = constant(sizes, numbers, dtype instanceof IntValue known ? known : inferred);
            ScriptValue fresh = tensors.call("clone", List.of(constant), Map.of());
            return dtype instanceof NoneValue || dtype instanceof IntValue
                    ? fresh
                    : tensors.call("to", List.of(fresh, dtype), Map.of());
        }
        ScriptValue type = dtype instanceof NoneValue ? inferred : dtype;
        List<ScriptValue> scalars = new ArrayList<>();
        for (ScriptValue number : numbers) {
            scalars.add(tensors.call("scalar_tensor", List.of(number), Map.of("dtype", type)));
        }
        ScriptValue flat = tensors.call("stack", List.of(recording.list(TypeName.TENSOR, scalars)), Map.of());
        if (sizes.size() == 1) {
            return flat;
        }
        List<ScriptValue> shape = new ArrayList<>();
        sizes.forEach(size -> shape.add(new IntValue(size)));
        return tensors.call("reshape", List.of(flat, recording.list(TypeName.INT, shape)), Map.of());
    }

    /** Collects numbers and sizes; false if a length is not known, or lists side by side differ in theirs. */
    private boolean flatten(ScriptValue value, int depth, List<Long> sizes, List<ScriptValue> numbers)
            throws ModelFormatException {
        if (!(value instanceof ListObject list)) {
            numbers.add(value);
            return depth == sizes.size();
        }
        List<ScriptValue> elements = list.elements();
        if (elements == null) {
            return false;
        }
        recording.spend(elements.size());
        if (depth == sizes.size() && numbers.isEmpty()) {
            sizes.add((long) elements.size());
        } else if (depth >= sizes.size() || sizes.get(depth) != elements.size()) {
            return false;
        }
        for (ScriptValue element : elements) {
            if (!flatten(element, depth + 1, sizes, numbers)) {
                return false;
            }
        }
        return true;
    }

    private ScriptValue constant(List<Long> sizes, List<ScriptValue> numbers, IntValue dtype)
            throws ModelFormatException {
        Argument.Type type = TorchCodes.dispatcherDType(String.valueOf(dtype.value()));
        if (type == null || type.value() == DType.COMPLEX64 || type.value() == DType.COMPLEX128) {
            throw recording.refuse(
                    "torch.tensor() of the element type " + dtype.value(), "a real element type", "convert it later");
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(
                        numbers.size() * type.value().sizeBytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (ScriptValue number : numbers) {
            double real = number instanceof FloatValue f
                    ? f.value()
                    : number instanceof IntValue i ? (double) i.value() : number.equals(new BoolValue(true)) ? 1 : 0;
            long integer = number instanceof IntValue i ? i.value() : (long) real;
            switch (type.value()) {
                case UINT8, INT8 -> bytes.put((byte) integer);
                case BOOL -> bytes.put((byte) (real != 0 ? 1 : 0));
                case INT16 -> bytes.putShort((short) integer);
                case INT32 -> bytes.putInt((int) integer);
                case INT64 -> bytes.putLong(integer);
                case FLOAT32 -> bytes.putFloat((float) real);
                case FLOAT64 -> bytes.putDouble(real);
                case BFLOAT16 -> bytes.putShort((short) (Float.floatToRawIntBits((float) real) >>> 16));
                case FLOAT16, COMPLEX64, COMPLEX128 ->
                    throw recording.refuse(
                            "torch.tensor() of the element type " + type.value(), "another one", "convert it later");
            }
        }
        long[] shape = sizes.stream().mapToLong(Long::longValue).toArray();
        Tensor data = Tensor.dense(type.value(), shape, bytes.flip());
        return recording.tensor(Node.weight("literal_" + constants++, Weight.Kind.CONSTANT, data));
    }
}
