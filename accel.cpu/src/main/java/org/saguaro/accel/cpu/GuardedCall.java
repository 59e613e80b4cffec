// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.List;

/** What a {@link Guards.Guard} sees of a call: its arguments, in the schema's order. */
public interface GuardedCall {

    /** A tensor among the arguments. */
    interface Operand {
        int rank();

        long size(int dim);

        long count();

        /** The first of its elements, which are whole numbers. */
        long first();
    }

    /** Whether the argument is a tensor that exists. */
    boolean isTensor(int index);

    Operand tensor(int index);

    List<? extends Operand> tensors(int index);

    long integer(int index);

    List<Long> integers(int index);

    boolean flag(int index);
}
