// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.fidelity;

import java.util.List;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.RequestOptions;

/**
 * A deployed network.
 *
 * @param input of every request
 * @param workNanos what a request takes alone
 */
record Network(Deployment deployment, Tensor input, long workNanos) implements Traffic.Server {

    @Override
    public String name() {
        return deployment.name();
    }

    @Override
    public void send(Traffic.End end) {
        var unused = deployment
                .submit(List.of(input), RequestOptions.DEFAULT)
                .whenComplete((result, failure) -> end.ended(result == null ? Traffic.End.NONE : result.requestId()));
    }
}
