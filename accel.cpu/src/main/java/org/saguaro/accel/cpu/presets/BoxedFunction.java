// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.IValueVector;

/** What an operator does: libtorch's kernel, or one of ours. */
@FunctionalInterface
interface BoxedFunction {

    /**
     * Takes the arguments, in the schema's order, from the stack and leaves the results on it. Arguments are never written.
     *
     * @throws RuntimeException what libtorch threw; {@link IllegalArgumentException} if the arguments do not fit
     */
    void callBoxed(IValueVector stack);
}
