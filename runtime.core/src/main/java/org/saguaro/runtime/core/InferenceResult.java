// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.time.Duration;
import java.util.List;
import org.saguaro.model.api.Tensor;

/**
 * What a request gave.
 *
 * @param requestId number of the request
 * @param outputs in the model's order, in memory of their own
 * @param latency from submission to completion
 */
public record InferenceResult(long requestId, List<Tensor> outputs, Duration latency) {
    public InferenceResult {
        outputs = List.copyOf(outputs);
    }
}
