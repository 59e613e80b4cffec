// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.FunctionSchema;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.SignalOps;

/** {@link SignalOps}, composed of libtorch's operators: whatever sizes and element types come. */
final class SignalOperators {

    private static final String MULTIPLY_CONJUGATE = "saguaro::multiply_conjugate(Tensor self, Tensor other) -> Tensor";

    private SignalOperators() {}

    /** The operator, or null if it is none of these. */
    static @Nullable Operator find(OpName name) {
        if (!name.equals(SignalOps.MULTIPLY_CONJUGATE)) {
            return null;
        }
        FunctionSchema schema = torch.parseSchema(MULTIPLY_CONJUGATE);
        schema.retainReference();
        return new Operator(name, schema, SignalOperators::multiplyConjugate);
    }

    private static void multiplyConjugate(IValueVector stack) {
        Temporaries.freed(() -> {
            IValue result = new IValue(
                    torch.mul(stack.get(0).toTensor(), torch.conj(stack.get(1).toTensor())));
            stack.resize(1);
            stack.put(0, result);
        });
    }
}
