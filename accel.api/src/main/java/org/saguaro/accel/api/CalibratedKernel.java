// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An ability of a {@link Kernel}: shown what its inputs look like, it fixes their scales once instead of finding them in every execution. The
 * core shows it the deployment's samples before the first request, and nothing later: the kernel stays a pure function of its inputs.
 */
@ConsumerType
public interface CalibratedKernel extends Kernel {

    /**
     * Takes note of one sample's inputs; called once per sample before the first {@link #execute}. Never called at all, the kernel finds the scales in each
     * execution.
     *
     * @param inputs as in {@link #execute}, but in host memory; read only
     */
    void calibrate(TensorBuffer[] inputs) throws AccelException;
}
