// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.torch.aten.TorchCodes;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.record.Recording;
import org.saguaro.model.torch.script.record.TensorCalls;
import org.saguaro.model.torch.script.record.Types;
import org.saguaro.model.torch.script.syntax.TypeName;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.DeviceValue;
import org.saguaro.model.torch.script.value.ScriptValue.HostNode;
import org.saguaro.model.torch.script.value.ScriptValue.IntValue;
import org.saguaro.model.torch.script.value.ScriptValue.NoneValue;
import org.saguaro.model.torch.script.value.ScriptValue.NumberTensor;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;
import org.saguaro.model.torch.script.value.ScriptValue.TextValue;

/** What a tensor is like: its sizes, its element type, where it is; and the operators that change only these. */
final class TensorFacts {

    private static final TypeName INTS = TypeName.of("List", TypeName.INT);

    private final Recording recording;
    private final TensorCalls tensors;

    TensorFacts(Recording recording, TensorCalls tensors) {
        this.recording = recording;
        this.tensors = tensors;
    }

    /** {@code torch.name(tensor, ...)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue call(String name, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue self = arguments.isEmpty() ? ScriptValue.NONE : arguments.get(0);
        if (self instanceof NumberTensor number) {
            return ofNumber(name, number, arguments);
        }
        if (!(self instanceof TensorObject tensor)) {
            return null;
        }
        return switch (name) {
            case "size", "sym_size" -> arguments.size() == 1 ? sizes(tensor) : size(tensor, arguments.get(1));
            case "len" -> size(tensor, new IntValue(0));
            case "dim", "ndimension" -> rank(tensor);
            case "numel", "sym_numel" -> {
                TensorSpec spec = spec(tensor);
                yield spec == null
                        ? recording.host(HostOp.NUMEL, TypeName.INT, tensor)
                        : new IntValue(spec.shape().elementCount());
            }
            case "is_floating_point" -> {
                TensorSpec spec = spec(tensor);
                yield spec == null
                        ? recording.host(HostOp.IS_FLOATING_POINT, TypeName.BOOL, tensor)
                        : new BoolValue(spec.dtype().isFloatingPoint());
            }
            case "is_complex" -> recording.host(HostOp.IS_COMPLEX, TypeName.BOOL, tensor);
            case "item", "ScalarImplicit" -> tensors.item(tensor);
            case "IntImplicit", "Int" -> recording.host(HostOp.INT, TypeName.INT, tensors.item(tensor));
            case "FloatImplicit", "Float" -> recording.host(HostOp.FLOAT, TypeName.FLOAT, tensors.item(tensor));
            case "Bool", "is_nonzero" -> recording.host(HostOp.BOOL, TypeName.BOOL, tensors.item(tensor));
            case "tolist" -> recording.host(HostOp.TOLIST, TypeName.of("List", TypeName.NUMBER), tensor);
            case "cuda", "cpu", "requires_grad_", "retain_grad", "pin_memory" -> tensor;
            case "is_contiguous", "is_cuda", "is_pinned" -> new BoolValue(false);
            case "get_device" -> new IntValue(-1);
            case "to" -> to(tensor, arguments, named);
            default -> null;
        };
    }

    private @Nullable ScriptValue ofNumber(String name, NumberTensor tensor, List<ScriptValue> arguments)
            throws ModelFormatException, CodeRaises {
        ScriptValue number = tensor.number();
        return switch (name) {
            case "item", "ScalarImplicit" -> number;
            case "IntImplicit", "Int" -> recording.host(HostOp.INT, TypeName.INT, number);
            case "FloatImplicit", "Float" -> recording.host(HostOp.FLOAT, TypeName.FLOAT, number);
            case "Bool", "is_nonzero" -> recording.host(HostOp.BOOL, TypeName.BOOL, number);
            case "dim" -> new IntValue(0);
            case "numel" -> new IntValue(1);
            case "size" -> arguments.size() == 1 ? recording.list(TypeName.INT, List.of()) : null;
            case "cuda", "cpu" -> tensor;
            case "to" -> toNumber(tensor, arguments);
            default -> null;
        };
    }

    /** Whole numbers stay what they are if they are to become whole numbers of 64 bits. */
    private @Nullable ScriptValue toNumber(NumberTensor tensor, List<ScriptValue> arguments) {
        boolean same = Types.of(tensor.number()).is("int");
        for (ScriptValue argument : arguments.subList(1, arguments.size())) {
            same &= argument instanceof BoolValue
                    || argument instanceof NoneValue
                    || argument instanceof DeviceValue
                    || argument.equals(new IntValue(4));
        }
        return same ? tensor : null;
    }

    /** {@code ops.prim.name(tensor)}; null if it is nothing of this kind. */
    @Nullable
    ScriptValue prim(String name, ScriptValue self) throws ModelFormatException, CodeRaises {
        if (self instanceof DeviceValue) {
            return switch (name) {
                case "type" -> new TextValue("cpu");
                case "index" -> ScriptValue.NONE;
                default -> null;
            };
        }
        if (self instanceof NumberTensor number && name.equals("dtype")) {
            TypeName type = Types.of(number.number());
            return new IntValue(type.is("int") ? 4 : type.is("bool") ? 11 : 7);
        }
        if (!(self instanceof TensorObject tensor)) {
            return self instanceof NumberTensor && name.equals("device") ? new DeviceValue("cpu") : null;
        }
        return switch (name) {
            case "dtype" -> dtype(tensor);
            case "device" -> new DeviceValue("cpu");
            case "layout" -> new IntValue(0);
            case "shape" -> sizes(tensor);
            case "ndim" -> rank(tensor);
            case "data" -> tensor;
            case "grad", "name" -> ScriptValue.NONE;
            case "is_cpu" -> new BoolValue(true);
            case "requires_grad",
                    "is_cuda",
                    "is_xpu",
                    "is_mps",
                    "is_mtia",
                    "is_maia",
                    "is_hpu",
                    "is_ipu",
                    "is_meta",
                    "is_sparse",
                    "is_sparse_csr",
                    "is_mkldnn",
                    "is_vulkan",
                    "is_quantized",
                    "is_nested",
                    "is_xla",
                    "is_ort" -> new BoolValue(false);
            case "is_leaf" -> new BoolValue(true);
            case "T" -> tensors.call("numpy_T", List.of(tensor), Map.of());
            case "H" -> tensors.call("matrix_H", List.of(tensor), Map.of());
            case "mT", "mH", "real", "imag" -> tensors.call(name, List.of(tensor), Map.of());
            default -> null;
        };
    }

    private static @Nullable TensorSpec spec(TensorObject tensor) {
        return tensor.node().type() instanceof TensorSpec spec && spec.shape().isStatic() ? spec : null;
    }

    private ScriptValue dtype(TensorObject tensor) throws ModelFormatException, CodeRaises {
        TensorSpec spec = spec(tensor);
        if (spec != null) {
            for (int code = 0; code <= 15; code++) {
                Argument.Type type = TorchCodes.dispatcherDType(String.valueOf(code));
                if (type != null && type.value() == spec.dtype()) {
                    return new IntValue(code);
                }
            }
        }
        return recording.host(HostOp.DTYPE, Types.DTYPE, tensor);
    }

    private ScriptValue rank(TensorObject tensor) throws ModelFormatException, CodeRaises {
        TensorSpec spec = spec(tensor);
        return spec == null
                ? recording.host(HostOp.RANK, TypeName.INT, tensor)
                : new IntValue(spec.shape().rank());
    }

    private ScriptValue sizes(TensorObject tensor) throws ModelFormatException, CodeRaises {
        TensorSpec spec = spec(tensor);
        if (spec == null) {
            return recording.host(HostOp.SHAPE, INTS, tensor);
        }
        List<ScriptValue> sizes = new ArrayList<>();
        for (int i = 0; i < spec.shape().rank(); i++) {
            sizes.add(new IntValue(spec.shape().sizes()[i]));
        }
        return recording.list(TypeName.INT, sizes);
    }

    private ScriptValue size(TensorObject tensor, ScriptValue dimension) throws ModelFormatException, CodeRaises {
        TensorSpec spec = spec(tensor);
        if (spec != null && dimension instanceof IntValue index) {
            int rank = spec.shape().rank();
            long at = index.value() < 0 ? index.value() + rank : index.value();
            if (at < 0 || at >= rank) {
                throw recording.raise("Dimension out of range: " + index.value(), "IndexError");
            }
            return new IntValue(spec.shape().sizes()[(int) at]);
        }
        ScriptValue number = dimension instanceof NumberTensor || dimension instanceof TensorObject
                ? recording.host(HostOp.INT, TypeName.INT, tensors.item(dimension))
                : dimension;
        return recording.host(HostOp.SIZE, TypeName.INT, tensor, number);
    }

    /** Every device is the one that the layer runs on; what is left is the element type, and whether it is to be a copy. */
    private ScriptValue to(TensorObject self, List<ScriptValue> arguments, Map<String, ScriptValue> named)
            throws ModelFormatException, CodeRaises {
        ScriptValue dtype = named.getOrDefault("dtype", ScriptValue.NONE);
        ScriptValue copy = named.getOrDefault("copy", new BoolValue(false));
        int flags = 0;
        for (ScriptValue argument : arguments.subList(1, arguments.size())) {
            if (argument instanceof TensorObject || argument instanceof NumberTensor) {
                dtype = prim("dtype", argument);
            } else if (argument instanceof BoolValue) {
                copy = flags++ == 1 ? argument : copy;
            } else if (flags == 0 && isDType(argument)) {
                dtype = argument;
            }
        }
        if (!(dtype instanceof NoneValue) && dtype != null) {
            return tensors.call("to", List.of(self, dtype, new BoolValue(false), copy), Map.of());
        }
        return copy.equals(new BoolValue(true)) ? tensors.call("clone", List.of(self), Map.of()) : self;
    }

    private static boolean isDType(ScriptValue argument) {
        return argument instanceof IntValue
                || (argument instanceof HostNode host && host.type().equals(Types.DTYPE))
                || (argument instanceof HostNode other
                        && other.type().unwrapped().equals(Types.DTYPE));
    }
}
