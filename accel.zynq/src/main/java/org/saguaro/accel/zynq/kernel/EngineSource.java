// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.engine.Engine;

/** Where kernels get their engine from: it is another object whenever the programmable logic was loaded anew. */
@FunctionalInterface
public interface EngineSource<E extends Engine> {

    /**
     * The engine. Called by the worker thread in each execution.
     *
     * @throws AccelException {@code DEVICE_LOST} if the programmable logic does not hold it
     */
    E engine() throws AccelException;
}
