// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Type;

/** What a {@link Call} passes at one position. */
sealed interface Operand {

    /** The same value at every call: a number, a weight, a list of those. The call copies it. */
    record Constant(IValue value) implements Operand {}

    /** What a register of the {@link Machine} holds when the call runs. */
    record Register(int index) implements Operand {}

    /** A list with at least one element that is known only when the call runs. */
    record Elements(List<Operand> elements, Type.TypePtr elementType) implements Operand {}
}
