// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import org.jspecify.annotations.Nullable;

/** How an operator is called. Immutable and thread-safe. */
@FunctionalInterface
interface Way {

    /**
     * Calls it.
     *
     * @param arguments in the schema's order, in the form that {@link Aten} has values; the types are those of the schema
     * @param results filled in; tensors among them are temporaries
     * @throws Refusal if libtorch refuses
     * @throws IllegalArgumentException if the arguments do not fit
     */
    void call(Aten aten, @Nullable Object[] arguments, @Nullable Object[] results);
}
