// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.AccelException;

/** Is told what an engine does. Called by the worker thread. */
public interface WorkLog {

    /**
     * Commands have ended.
     *
     * @param commands how many
     * @param cycles that they took
     * @param operations that they needed, a multiply-add counting two
     */
    void done(int commands, long cycles, long operations);

    /** The device failed. */
    void failed(AccelException failure);
}
