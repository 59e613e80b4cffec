// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.zip.Storage;

/**
 * The classes and functions that {@code torch.save} and {@code torch.jit.save} name in the pickle of a model of plain tensors, and the
 * model's own classes, which TorchScript keeps under {@code __torch__}.
 */
final class TorchClasses implements PickleClasses {

    private static final String OWN_CLASSES = "__torch__";
    private static final String NATIVE_CLASSES = "__torch__.torch.classes";
    private static final String CONTAINERS_AND_TENSORS = "dense tensors, numbers, texts and containers of them";

    /** Element type of a storage, as its class says; null for bytes of any type. */
    private record StorageClass(@Nullable DType dtype) {}

    /** A storage of a pickle, before a tensor is made of it. */
    private record TypedStorage(Storage storage, @Nullable DType dtype, long sizeBytes, String path) {}

    /** A class that only stands as an argument. */
    private record Marker(String name) {}

    private final EntryStorages storages;

    TorchClasses(EntryStorages storages) {
        this.storages = storages;
    }

    @Override
    public @Nullable Object find(String module, String name) throws PickleRefusal {
        if (module.equals(OWN_CLASSES) || module.startsWith(OWN_CLASSES + ".")) {
            return ownClass(module, name);
        }
        return switch (module) {
            case "torch" -> ofTorch(name);
            case "torch.storage" -> name.equals("UntypedStorage") ? new StorageClass(null) : null;
            case "torch._utils" -> rebuilding(name);
            case "torch._tensor" -> name.equals("_rebuild_from_type_v2") ? (PickleClass) this::plainTensor : null;
            case "torch.nn.parameter" ->
                name.equals("Parameter") || name.equals("Buffer") ? new Marker(module + "." + name) : null;
            case "torch.jit._pickle" -> ofTorchScript(name);
            case "torch.serialization" -> name.equals("_get_layout") ? (PickleClass) TorchClasses::layout : null;
            case "collections" -> name.equals("OrderedDict") ? (PickleClass) TorchClasses::orderedDict : null;
            case "_codecs" -> name.equals("encode") ? (PickleClass) TorchClasses::bytes : null;
            case "builtins", "__builtin__" -> name.equals("complex") ? (PickleClass) TorchClasses::complex : null;
            default -> null;
        };
    }

    @Override
    public Object persistent(@Nullable Object id) throws PickleRefusal, IOException, ModelFormatException {
        if (!(id instanceof Tuple tuple)
                || tuple.size() < 5
                || !"storage".equals(tuple.get(0))
                || !(tuple.get(1) instanceof StorageClass type)
                || !(tuple.get(2) instanceof String key)
                || !(tuple.get(3) instanceof String location)
                || !(tuple.get(4) instanceof Long count)) {
            throw new PickleRefusal(
                    "a reference to " + Unpickler.describe(id),
                    "a reference to a storage: its type, key, device and number of elements");
        }
        if (location.equals("meta")) {
            throw new PickleRefusal(
                    "a storage on the device meta, which has no data", "data", "load the weights before saving");
        }
        Storage storage = storages.find(key);
        if (storage == null) {
            throw new PickleRefusal(
                    "a reference to the storage " + Unpickler.printable(key),
                    "an entry " + Unpickler.printable(storages.path(key)) + " in the archive");
        }
        int elementBytes = type.dtype() == null ? 1 : type.dtype().sizeBytes();
        if (count < 0 || count > storage.sizeBytes() / elementBytes) {
            throw new PickleRefusal(
                    "a storage of " + count + " elements of " + elementBytes + " bytes",
                    "one that fits the " + storage.sizeBytes() + " bytes of the entry " + storages.path(key));
        }
        return new TypedStorage(storage, type.dtype(), count * elementBytes, storages.path(key));
    }

    private static Object ownClass(String module, String name) throws PickleRefusal {
        String className = module + "." + name;
        if (module.startsWith(NATIVE_CLASSES)) {
            throw new PickleRefusal(
                    "an object of the native class " + Unpickler.printable(className.substring("__torch__.".length())),
                    CONTAINERS_AND_TENSORS,
                    "objects of C++ classes, such as packed quantised weights, are not supported: save the model in float");
        }
        return (PickleClass) argument -> {
            if (argument instanceof Tuple arguments) {
                if (arguments.size() > 0) {
                    throw new PickleRefusal("an object of " + className + " made of arguments", "one without");
                }
                return new PickledObject(className);
            }
            return new PickledEnum(className, argument);
        };
    }

    private static @Nullable Object ofTorch(String name) throws PickleRefusal {
        if (name.endsWith("Storage")) {
            return storageClass(name);
        }
        for (DType dtype : DType.values()) {
            if (dtype.torchName().equals(name)) {
                return dtype;
            }
        }
        return switch (name) {
            case "Size" -> (PickleClass) TorchClasses::size;
            case "device" -> (PickleClass) TorchClasses::device;
            case "Tensor" -> new Marker("torch.Tensor");
            case "uint16", "uint32", "uint64", "complex32" -> throw dtypeNotSupported(name);
            default -> {
                if (name.matches("float\\d.*|q?u?int\\d.*|bits\\d.*")) {
                    throw dtypeNotSupported(name);
                }
                yield null;
            }
        };
    }

    private static @Nullable StorageClass storageClass(String name) throws PickleRefusal {
        DType dtype = switch (name.substring(0, name.length() - "Storage".length())) {
            case "Byte" -> DType.UINT8;
            case "Char" -> DType.INT8;
            case "Short" -> DType.INT16;
            case "Int" -> DType.INT32;
            case "Long" -> DType.INT64;
            case "Half" -> DType.FLOAT16;
            case "BFloat16" -> DType.BFLOAT16;
            case "Float" -> DType.FLOAT32;
            case "Double" -> DType.FLOAT64;
            case "Bool" -> DType.BOOL;
            case "ComplexFloat" -> DType.COMPLEX64;
            case "ComplexDouble" -> DType.COMPLEX128;
            case "QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4" -> throw quantised("the storage class " + name);
            default -> null;
        };
        if (dtype == null && !name.equals("UntypedStorage")) {
            return null;
        }
        return new StorageClass(dtype);
    }

    private @Nullable PickleClass rebuilding(String name) throws PickleRefusal {
        return switch (name) {
            case "_rebuild_tensor", "_rebuild_tensor_v2" -> this::tensor;
            case "_rebuild_tensor_v3" -> this::untypedTensor;
            case "_rebuild_parameter", "_rebuild_parameter_with_state" -> TorchClasses::parameter;
            case "_rebuild_qtensor" -> throw quantised("a quantised tensor (_rebuild_qtensor)");
            case "_rebuild_sparse_tensor",
                    "_rebuild_sparse_csr_tensor",
                    "_rebuild_nested_tensor",
                    "_rebuild_wrapper_subclass",
                    "_rebuild_device_tensor_from_numpy",
                    "_rebuild_device_tensor_from_cpu_tensor" ->
                throw new PickleRefusal(
                        "a tensor that is not dense (" + name + ")",
                        CONTAINERS_AND_TENSORS,
                        "make it a plain dense tensor (to_dense()) before saving");
            case "_rebuild_meta_tensor_no_storage" ->
                throw new PickleRefusal(
                        "a tensor on the device meta, which has no data",
                        CONTAINERS_AND_TENSORS,
                        "load the weights before saving");
            default -> null;
        };
    }

    private static @Nullable PickleClass ofTorchScript(String name) {
        return switch (name) {
            case "build_intlist", "build_tensorlist", "build_doublelist", "build_boollist" -> TorchClasses::typedList;
            case "restore_type_tag" -> TorchClasses::typeTag;
            default -> null;
        };
    }

    // tensors

    /** {@code storage, offset, sizes, strides, requires_grad, backward_hooks, metadata}, the last three of no importance here. */
    private Object tensor(@Nullable Object argument) throws PickleRefusal {
        Tuple arguments = arguments(argument, 4, 7, "_rebuild_tensor");
        if (arguments.size() == 7) {
            requireNoBits(arguments.get(6));
        }
        if (!(arguments.get(0) instanceof TypedStorage storage) || storage.dtype() == null) {
            throw new PickleRefusal(
                    "a tensor on " + Unpickler.describe(arguments.get(0)), "a tensor on a typed storage");
        }
        return view(storage, storage.dtype(), arguments);
    }

    /** As above, the element type before the metadata. */
    private Object untypedTensor(@Nullable Object argument) throws PickleRefusal {
        Tuple arguments = arguments(argument, 7, 8, "_rebuild_tensor_v3");
        if (arguments.size() == 8) {
            requireNoBits(arguments.get(7));
        }
        if (!(arguments.get(0) instanceof TypedStorage storage) || !(arguments.get(6) instanceof DType dtype)) {
            throw new PickleRefusal(
                    "a tensor on " + Unpickler.describe(arguments.get(0)), "a tensor on a storage, with its type");
        }
        return view(storage, dtype, arguments);
    }

    private static Tensor view(TypedStorage on, DType dtype, Tuple arguments) throws PickleRefusal {
        long[] sizes = longs(arguments.get(2), "sizes");
        long[] strides = longs(arguments.get(3), "strides");
        long offset = arguments.get(1) instanceof Long number ? number : -1;
        Tensor tensor = offset < 0 ? null : on.storage().view(dtype, sizes, strides, offset);
        if (tensor == null || offset * dtype.sizeBytes() + Tensor.spanBytes(dtype, sizes, strides) > on.sizeBytes()) {
            throw new PickleRefusal(
                    "a " + dtype + " tensor of sizes " + Arrays.toString(sizes) + ", strides "
                            + Arrays.toString(strides) + " and storage offset "
                            + Unpickler.describe(arguments.get(1)),
                    "a tensor that lies within the " + on.sizeBytes() + " bytes of its storage " + on.path());
        }
        return tensor;
    }

    private static Object parameter(@Nullable Object argument) throws PickleRefusal {
        return requireTensor(arguments(argument, 3, 4, "_rebuild_parameter").get(0));
    }

    /** {@code function, class, arguments, attributes}: a tensor with attributes of its own, which are no data. */
    private Object plainTensor(@Nullable Object argument) throws PickleRefusal, IOException, ModelFormatException {
        Tuple arguments = arguments(argument, 4, 4, "_rebuild_from_type_v2");
        if (!(arguments.get(0) instanceof PickleClass rebuild) || !(arguments.get(1) instanceof Marker)) {
            throw new PickleRefusal(
                    "a tensor of a class of its own", "torch.Tensor, Parameter or Buffer", "save plain tensors");
        }
        return requireTensor(rebuild.call(arguments.get(2)));
    }

    private static Tensor requireTensor(@Nullable Object value) throws PickleRefusal {
        if (value instanceof Tensor tensor) {
            return tensor;
        }
        throw new PickleRefusal("a parameter made of " + Unpickler.describe(value), "one made of a tensor");
    }

    /** Lazy conjugation and negation: the storage holds something else than the tensor's values. */
    private static void requireNoBits(@Nullable Object metadata) throws PickleRefusal {
        if (metadata instanceof Map<?, ?> flags && flags.containsValue(true)) {
            throw new PickleRefusal(
                    "a tensor that is a lazy conjugate or negative " + flags.keySet(),
                    CONTAINERS_AND_TENSORS,
                    "resolve it (resolve_conj(), resolve_neg()) before saving");
        }
    }

    private static PickleRefusal quantised(String found) {
        return new PickleRefusal(
                found,
                CONTAINERS_AND_TENSORS,
                "quantised tensors are not supported: save the model in float (dequantize())");
    }

    private static PickleRefusal dtypeNotSupported(String name) {
        return new PickleRefusal(
                "the element type " + name,
                "one of the element types " + List.of(DType.values()),
                "convert the tensor to one of these before saving");
    }

    // small values

    private static Object typedList(@Nullable Object argument) throws PickleRefusal {
        Object list = arguments(argument, 1, 1, "build_list").get(0);
        if (list instanceof List<?>) {
            return list;
        }
        throw new PickleRefusal("a list made of " + Unpickler.describe(list), "one made of a list");
    }

    /** {@code value, type}: the value; the model's own code tells its type again. */
    private static Object typeTag(@Nullable Object argument) throws PickleRefusal {
        Object value = arguments(argument, 2, 2, "restore_type_tag").get(0);
        if (value == null) {
            throw new PickleRefusal("the type of None", "the type of a value");
        }
        return value;
    }

    private static Object orderedDict(@Nullable Object argument) throws PickleRefusal {
        arguments(argument, 0, 0, "OrderedDict");
        return new LinkedHashMap<@Nullable Object, @Nullable Object>();
    }

    private static Object complex(@Nullable Object argument) throws PickleRefusal {
        Tuple parts = arguments(argument, 2, 2, "complex");
        if (parts.get(0) instanceof Double real && parts.get(1) instanceof Double imaginary) {
            return new Complex(real, imaginary);
        }
        throw new PickleRefusal("a complex number made of " + Unpickler.describe(parts.get(0)), "two real numbers");
    }

    /** How protocol 2 writes bytes: as a text of the characters 0 to 255. */
    private static Object bytes(@Nullable Object argument) throws PickleRefusal {
        Tuple arguments = arguments(argument, 2, 2, "_codecs.encode");
        if (arguments.get(0) instanceof String text
                && "latin1".equals(arguments.get(1))
                && text.chars().allMatch(c -> c < 256)) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
        throw new PickleRefusal("an encoded text", "bytes, as a text in latin1");
    }

    private static Object size(@Nullable Object argument) throws PickleRefusal {
        Object sizes = arguments(argument, 1, 1, "torch.Size").get(0);
        return new Tuple(new ArrayList<>(
                Arrays.stream(longs(sizes, "torch.Size")).boxed().toList()));
    }

    private static Object device(@Nullable Object argument) throws PickleRefusal {
        Tuple arguments = arguments(argument, 1, 2, "torch.device");
        if (!(arguments.get(0) instanceof String type)) {
            throw new PickleRefusal("a device named by " + Unpickler.describe(arguments.get(0)), "a text");
        }
        String index = arguments.size() > 1 && arguments.get(1) instanceof Long number ? ":" + number : "";
        return new Argument.Constant(Argument.Constant.Kind.DEVICE, type + index);
    }

    private static Object layout(@Nullable Object argument) throws PickleRefusal {
        if (arguments(argument, 1, 1, "_get_layout").get(0) instanceof String name && name.startsWith("torch.")) {
            return new Argument.Constant(Argument.Constant.Kind.LAYOUT, name.substring("torch.".length()));
        }
        throw new PickleRefusal("a layout without a name", "torch.strided, for instance");
    }

    private static Tuple arguments(@Nullable Object argument, int min, int max, String function) throws PickleRefusal {
        if (argument instanceof Tuple tuple && tuple.size() >= min && tuple.size() <= max) {
            return tuple;
        }
        throw new PickleRefusal(
                function + " of "
                        + (argument instanceof Tuple tuple
                                ? tuple.size() + " arguments"
                                : Unpickler.describe(argument)),
                min == max ? min + " arguments" : min + " to " + max + " arguments");
    }

    private static long[] longs(@Nullable Object value, String what) throws PickleRefusal {
        List<?> elements = value instanceof Tuple tuple ? tuple.elements() : value instanceof List<?> l ? l : null;
        if (elements == null || !elements.stream().allMatch(Long.class::isInstance)) {
            throw new PickleRefusal(what + " made of " + Unpickler.describe(value), "a tuple of integers");
        }
        return elements.stream().mapToLong(e -> (Long) e).toArray();
    }
}
