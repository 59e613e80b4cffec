// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.FunctionSchema;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/** The operators of torchvision that detection models use, computed here: libtorch has none of them. */
final class VisionOperators {

    private record Definition(String schema, Function<IValueVector, Tensor> body) {}

    private static final Map<OpName, Definition> ALL = Map.of(
            OpName.parse("torchvision.nms"), new Definition(Nms.SCHEMA, Nms::call),
            OpName.parse("torchvision.roi_align"), new Definition(RoiAlign.SCHEMA, RoiAlign::call),
            OpName.parse("torchvision.deform_conv2d"), new Definition(DeformConv2d.SCHEMA, DeformConv2d::call));

    private VisionOperators() {}

    /** The operator, or null if it is none of these. */
    static @Nullable Operator find(OpName name) {
        Definition definition = ALL.get(name);
        if (definition == null) {
            return null;
        }
        FunctionSchema schema = torch.parseSchema(definition.schema());
        schema.retainReference();
        return new Operator(name, schema, stack -> run(definition.body(), stack));
    }

    private static void run(Function<IValueVector, Tensor> body, IValueVector stack) {
        Temporaries.freed(() -> {
            IValue result = new IValue(body.apply(stack));
            stack.resize(1);
            stack.put(0, result);
        });
    }

    /** A dense tensor of the same values in which Java can compute: halves become float32. */
    static Tensor computable(Tensor tensor) {
        torch.ScalarType type = tensor.scalar_type().intern();
        return switch (type) {
            case Float, Double -> tensor.contiguous();
            case Half, BFloat16 -> tensor.toType(torch.ScalarType.Float).contiguous();
            default -> throw new IllegalArgumentException("elements must be real numbers, found " + type);
        };
    }
}
