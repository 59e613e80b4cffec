// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.monitor;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;

/** One client that keeps some requests in flight. */
final class RequestStream {

    private final Deployment deployment;
    private final List<Tensor> inputs;
    private final int inFlight;

    RequestStream(Deployment deployment, Tensor input, int inFlight) {
        this.deployment = deployment;
        this.inputs = List.of(input);
        this.inFlight = inFlight;
    }

    /** Sends so many requests and waits for the last one; returns how long that took. */
    long nanosFor(int requests) throws Exception {
        ArrayDeque<CompletableFuture<InferenceResult>> sent = new ArrayDeque<>();
        long start = System.nanoTime();
        for (int i = 0; i < requests; i++) {
            if (sent.size() == inFlight) {
                var unused = sent.remove().get();
            }
            sent.add(deployment.submit(inputs, RequestOptions.DEFAULT));
        }
        for (CompletableFuture<InferenceResult> request : sent) {
            var unused = request.get();
        }
        return System.nanoTime() - start;
    }
}
