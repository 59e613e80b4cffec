// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Type;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.OperatorSchema;

/**
 * One parameter of an operator's schema.
 *
 * @param name as the schema has it
 * @param kind type of the value, of the elements if it is a list
 * @param list whether it is a list
 * @param listLength length that one number given for the list stands for; 0 if it must be a list
 * @param elementType libtorch's type of the elements of a list
 * @param aliased whether a result may be a view on it
 * @param written whether the operator writes it in place
 * @param defaultValue what is passed where a layer has no such argument; null if it must have one
 */
record Parameter(
        String name,
        Kind kind,
        boolean list,
        int listLength,
        Type.@Nullable TypePtr elementType,
        boolean aliased,
        boolean written,
        @Nullable IValue defaultValue)
        implements OperatorSchema.Formal {

    @Override
    public boolean tensor() {
        return kind == Kind.TENSOR;
    }

    @Override
    public boolean required() {
        return defaultValue == null;
    }

    /** What a value must be for libtorch to unbox it. */
    enum Kind {
        TENSOR,
        INT,
        FLOAT,
        BOOL,
        NUMBER,
        TEXT,
        DEVICE,
        OTHER
    }
}
