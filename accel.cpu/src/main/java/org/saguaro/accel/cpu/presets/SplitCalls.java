// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.KnownTypes;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * Splits a tensor of fixed sizes by one slice for each part. The parts are the same views, but there is no returned list, whose
 * elements Java can only reach through new objects.
 */
final class SplitCalls {

    private static final Set<String> SPLITS =
            Set.of("aten.chunk.default", "aten.split.Tensor", "aten.split_with_sizes.default");

    private SplitCalls() {}

    static boolean appliesTo(Layer layer, KnownTypes types) {
        return SPLITS.contains(layer.op().toString())
                && layer.argument("self") instanceof Argument.Ref
                && (layer.argument("dim") == null || layer.argument("dim") instanceof Argument.Int)
                && layer.outputs().stream().allMatch(id -> id != Value.NONE && isStatic(types.of(id)));
    }

    private static boolean isStatic(@Nullable TensorSpec spec) {
        return spec != null && spec.shape().isStatic();
    }

    static void emit(Layer layer, KnownTypes types, IntFunction<Operand> values, Emission emission) {
        int source = ((Argument.Ref) Objects.requireNonNull(layer.argument("self"))).value();
        long dim = layer.argument("dim") instanceof Argument.Int given ? given.value() : 0;
        long start = 0;
        for (int output : layer.outputs()) {
            long[] sizes = Objects.requireNonNull(types.of(output)).shape().sizes();
            long end = start + sizes[(int) (dim < 0 ? dim + sizes.length : dim)];
            emission.call(layer.label(), "aten.slice.Tensor")
                    .operand(values.apply(source))
                    .integer(dim)
                    .integer(start)
                    .integer(end)
                    .integer(1)
                    .into(emission.registers().of(output));
            start = end;
        }
    }
}
