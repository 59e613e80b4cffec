// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.TensorSpec;

/**
 * A call of any operator, being put together: its arguments by the names of the operator's schema, for instance {@code
 * scope.operator("aten.roll").tensor("self", x).integers("shifts", 3).integers("dims", -1).call()}. Arguments that have a default may be
 * left out. Used by one thread, for one call.
 */
@ProviderType
public interface OperatorCall {

    /** A tensor. */
    OperatorCall tensor(String name, DeviceTensor tensor);

    /** A list of tensors. */
    OperatorCall tensors(String name, List<? extends DeviceTensor> tensors);

    /** An integer. */
    OperatorCall integer(String name, long value);

    /** A list of integers. */
    OperatorCall integers(String name, long... values);

    /** A real number. */
    OperatorCall real(String name, double value);

    /** A truth value. */
    OperatorCall flag(String name, boolean value);

    /** A text, for instance a rounding mode. */
    OperatorCall text(String name, String value);

    /**
     * Any other constant.
     *
     * @throws IllegalArgumentException if it refers to a value or holds a graph
     */
    OperatorCall argument(String name, Argument value);

    /**
     * What its results are, in order, if that is known beforehand: then calls on them can be prepared before they are there, and
     * processing elements that must know their tensors (accelerators) can take both. A call whose results are something else fails.
     */
    OperatorCall makes(TensorSpec... results);

    /**
     * Issues it.
     *
     * @return its one result
     * @throws IllegalArgumentException if the operands do not fit
     * @throws java.util.concurrent.RejectedExecutionException if there are too many calls in flight and more are refused
     * @throws IllegalStateException if the scope or an operand is closed
     */
    DeviceTensor call();

    /**
     * As {@link #call()}, of an operator that returns several tensors, or a list of known length.
     *
     * @param results how many
     */
    List<DeviceTensor> call(int results);
}
