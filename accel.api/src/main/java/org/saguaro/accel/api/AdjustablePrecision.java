// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;
import org.saguaro.model.api.LayerGraph;

/**
 * An ability of a {@link ProcessingElement}: where less exact answers do, it computes faster. A PE without it computes in {@link Precision#FLOAT32}.
 * {@link #prepare(LayerGraph)} is the same as asking for {@code FLOAT32}.
 */
@ConsumerType
public interface AdjustablePrecision extends ProcessingElement {

    /**
     * In which precision it computes for who asks for {@code least}: the fastest of its own that is allowed. Always the same answer. Any thread.
     */
    Precision precisionFor(Precision least);

    /**
     * As {@link #prepare(LayerGraph)}: a kernel that computes in {@link #precisionFor precisionFor(least)}.
     *
     * @throws AccelException as there
     */
    Kernel prepare(LayerGraph segment, Precision least) throws AccelException;
}
