// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;
import org.saguaro.model.api.Tensor;

/**
 * SPI: a step of a workflow that an application brings as code, registered as a service with the property {@value #NAME_PROPERTY}. A
 * workflow names it as {@code "service": NAME}; for the core it is a layer that only this service can run.
 *
 * <p>The core calls it on a thread that belongs to this service alone, one call at a time; it may block, and only requests that need
 * it wait. When it is unregistered, those requests wait until a service of that name is there again (or they time out). A call that
 * takes longer than the runtime's task time-out is given up.
 */
@ConsumerType
public interface TensorService {

    /** Service property: the name that workflows use, as a stage's id: letters, digits, {@code _} and {@code -}. */
    String NAME_PROPERTY = "tensor.service";

    /**
     * Computes one step. It should depend on the inputs alone: after a failure of the platform a request may be repeated.
     *
     * @param inputs in the stage's order, dense; valid during the call only, so copy what is kept
     * @return the outputs in the stage's order, dense or strided; they are copied before the next call
     * @throws Exception the request fails with its message
     */
    List<Tensor> call(List<Tensor> inputs) throws Exception;
}
