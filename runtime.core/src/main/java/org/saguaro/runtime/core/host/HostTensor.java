// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.DType;
import org.saguaro.runtime.core.residency.TensorLostException;

/** What host operators see of a tensor. Element type and sizes are known without its data. */
public interface HostTensor {

    DType dtype();

    /** A copy of the sizes. */
    long[] sizes();

    /**
     * The one element.
     *
     * @return a {@link Long}, {@link Double} or {@link Boolean} by element type
     * @throws ModelRaisedException if there is not exactly one element, or it is complex
     */
    Object item() throws AccelException, TensorLostException;

    /**
     * The elements.
     *
     * @return lists in lists, one level for each dimension; what {@link #item} returns if it has no dimension
     * @throws ModelRaisedException if elements are complex
     */
    Object toList() throws AccelException, TensorLostException;
}
