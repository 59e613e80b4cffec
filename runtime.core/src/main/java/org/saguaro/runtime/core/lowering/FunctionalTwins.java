// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/**
 * The functional form of in-place operators: {@code relu} of {@code relu_}. Most have the same name without the underscore,
 * the same overload and the same arguments; the others stand here, as of torch 2.13.
 */
final class FunctionalTwins {

    private static final Map<String, String> OTHER_NAMES = Map.ofEntries(
            Map.entry("floor_divide_.Tensor", "floor_divide.default"),
            Map.entry("pow_.Tensor", "pow.Tensor_Tensor"),
            Map.entry("pow_.Scalar", "pow.Tensor_Scalar"),
            Map.entry("float_power_.Tensor", "float_power.Tensor_Tensor"),
            Map.entry("float_power_.Scalar", "float_power.Tensor_Scalar"),
            Map.entry("ldexp_.default", "ldexp.Tensor"),
            Map.entry("bernoulli_.float", "bernoulli.p"),
            Map.entry("normal_.default", "normal_functional.default"),
            Map.entry("__iand__.Scalar", "bitwise_and.Scalar"),
            Map.entry("__iand__.Tensor", "bitwise_and.Tensor"),
            Map.entry("__ior__.Scalar", "bitwise_or.Scalar"),
            Map.entry("__ior__.Tensor", "bitwise_or.Tensor"),
            Map.entry("__ixor__.Scalar", "bitwise_xor.Scalar"),
            Map.entry("__ixor__.Tensor", "bitwise_xor.Tensor"),
            Map.entry("__ilshift__.Scalar", "__lshift__.Scalar"),
            Map.entry("__ilshift__.Tensor", "__lshift__.Tensor"),
            Map.entry("__irshift__.Scalar", "__rshift__.Scalar"),
            Map.entry("__irshift__.Tensor", "__rshift__.Tensor"));

    /** In-place operators whose functional form is named otherwise or has no such form at all. */
    private static final Set<String> NO_TWIN = Set.of(
            "fill_diagonal_",
            "_fill_mem_eff_dropout_mask_",
            "_index_put_impl_",
            "_sobol_engine_ff_",
            "_sobol_engine_initialize_state_",
            "_sobol_engine_scramble_",
            "polygamma_",
            "resize_",
            "resize_as_",
            "set_");

    private static final Set<String> DROPOUTS =
            Set.of("dropout_", "feature_dropout_", "alpha_dropout_", "feature_alpha_dropout_");

    /** Functional forms that give the element type and the shape of their first argument, whatever the others are. */
    private static final Set<String> KEEP_TYPE = Set.of(
            "copy",
            "fill",
            "zero",
            "masked_fill",
            "masked_scatter",
            "index_put",
            "index_fill",
            "index_copy",
            "index_add",
            "index_reduce",
            "put",
            "scatter",
            "scatter_add",
            "scatter_reduce",
            "normal_functional",
            "uniform",
            "random",
            "bernoulli",
            "exponential",
            "geometric",
            "cauchy",
            "log_normal",
            "tril",
            "triu",
            "relu",
            "relu6",
            "hardtanh",
            "hardswish",
            "hardsigmoid",
            "silu",
            "mish",
            "leaky_relu",
            "elu",
            "celu",
            "selu",
            "rrelu",
            "threshold",
            "dropout",
            "feature_dropout",
            "alpha_dropout",
            "feature_alpha_dropout",
            "round",
            "floor",
            "ceil",
            "trunc",
            "fix",
            "frac",
            "neg",
            "negative",
            "sign",
            "sgn",
            "square",
            "nan_to_num",
            "bitwise_not",
            "renorm");

    /** Element by element, in the promoted type of all operands. */
    private static final Set<String> PROMOTE = Set.of(
            "add",
            "sub",
            "subtract",
            "mul",
            "multiply",
            "fmod",
            "remainder",
            "floor_divide",
            "clamp",
            "clip",
            "clamp_min",
            "clamp_max",
            "lerp",
            "addcmul",
            "addmm",
            "addmv",
            "addr",
            "addbmm",
            "baddbmm",
            "bitwise_and",
            "bitwise_or",
            "bitwise_xor",
            "pow",
            "hypot",
            "gcd",
            "lcm",
            "abs",
            "absolute");

    /** As {@link #PROMOTE}, but a real number at least. */
    private static final Set<String> PROMOTE_TO_REAL = Set.of(
            "div",
            "divide",
            "true_divide",
            "addcdiv",
            "atan2",
            "arctan2",
            "xlogy",
            "sigmoid",
            "tanh",
            "exp",
            "exp2",
            "expm1",
            "log",
            "log2",
            "log10",
            "log1p",
            "sqrt",
            "rsqrt",
            "reciprocal",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "asinh",
            "acosh",
            "atanh",
            "arcsin",
            "arccos",
            "arctan",
            "erf",
            "erfc",
            "erfinv",
            "lgamma",
            "digamma",
            "logit",
            "sinc",
            "i0",
            "deg2rad",
            "rad2deg",
            "copysign",
            "ldexp");

    private static final Set<String> COMPARE = Set.of(
            "eq",
            "ne",
            "not_equal",
            "lt",
            "less",
            "le",
            "less_equal",
            "gt",
            "greater",
            "ge",
            "greater_equal",
            "logical_and",
            "logical_or",
            "logical_xor",
            "logical_not");

    private FunctionalTwins() {}

    /** Whether it writes its first argument only, by the name of an in-place operator. */
    static boolean isInPlace(Layer layer) {
        List<NamedArgument> arguments = layer.arguments();
        if (!layer.op().namespace().equals("aten") || arguments.isEmpty()) {
            return false;
        }
        for (int i = 0; i < arguments.size(); i++) {
            if ((arguments.get(i).access() == Access.WRITE) != (i == 0)) {
                return false;
            }
        }
        String name = layer.op().name();
        return arguments.get(0).value() instanceof Argument.Ref
                && layer.outputs().size() <= 1
                && (name.endsWith("_")
                        || OTHER_NAMES.containsKey(name + "." + layer.op().overload()))
                && !NO_TWIN.contains(name);
    }

    /**
     * The functional form of a layer that {@link #isInPlace}.
     *
     * @param output its result
     */
    static Layer of(Layer layer, int output) {
        OpName op = layer.op();
        String other = OTHER_NAMES.get(op.name() + "." + op.overload());
        OpName twin = other != null
                ? OpName.parse("aten." + other)
                : new OpName(op.namespace(), op.name().substring(0, op.name().length() - 1), op.overload());
        List<NamedArgument> read = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            boolean dropoutInput = DROPOUTS.contains(op.name()) && argument.access() == Access.WRITE;
            read.add(NamedArgument.read(dropoutInput ? "input" : argument.name(), argument.value()));
        }
        return new Layer(layer.name(), twin, read, List.of(output), layer.modulePath());
    }

    /** What a functional form makes, as far as it can be known. */
    sealed interface Result {}

    /** The type of the first argument. */
    record SameType() implements Result {}

    /** Another element type, in the shape of the first argument. */
    record Converted(DType dtype) implements Result {}

    /** Not known before it is there. */
    record Unknown() implements Result {}

    /**
     * What a functional form makes.
     *
     * @param twin from {@link #of}
     * @param types the types of the values it reads
     */
    static Result result(Layer twin, java.util.function.IntFunction<ValueType> types) {
        String name = twin.op().name();
        if (KEEP_TYPE.contains(name)) {
            return new SameType();
        }
        ValueType self = types.apply(Uses.ref(twin.arguments().get(0).value()));
        if (!(self instanceof TensorSpec spec)) {
            return new Unknown();
        }
        if (COMPARE.contains(name)) {
            return spec.dtype() == DType.BOOL ? new SameType() : new Converted(DType.BOOL);
        }
        boolean real = PROMOTE_TO_REAL.contains(name);
        if (!real && !PROMOTE.contains(name)) {
            return new Unknown();
        }
        boolean roundedDivision = name.startsWith("div") && twin.argument("rounding_mode") instanceof Argument.Text;
        DType promoted = Promotion.of(twin, types, real && !roundedDivision);
        return promoted == null ? new Unknown() : promoted == spec.dtype() ? new SameType() : new Converted(promoted);
    }
}
