// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.Tensor;

/**
 * One caller's use of a deployment. A model that keeps state (a recurrent policy, a streaming network) keeps it per session:
 * requests of a session see what the ones before left, in the order of their submission; sessions know nothing of each other.
 * For a model without state it makes no difference which session a request goes through. Thread-safe.
 */
@ProviderType
public interface Session extends AutoCloseable {

    /**
     * Sends a request and returns at once. Inputs are read before this returns, so they may be reused.
     *
     * @param inputs in the model's order, dense or strided, in host memory
     * @return completes with the outputs, or exceptionally with a {@link RequestException}, and then the state is as before;
     *     dependent actions run on a thread of the runtime and must not block it. Cancelling it ends the request: what waits of it
     *     is dropped, a kernel that runs finishes for nobody
     */
    CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options);

    /**
     * Sends a request and waits.
     *
     * @throws RequestException if it failed, with the reason
     * @throws InterruptedException if the waiting thread is interrupted; the request goes on
     */
    InferenceResult infer(List<Tensor> inputs, RequestOptions options) throws RequestException, InterruptedException;

    /** As {@link #infer(List, RequestOptions)}, with default options. */
    default InferenceResult infer(List<Tensor> inputs) throws RequestException, InterruptedException {
        return infer(inputs, RequestOptions.DEFAULT);
    }

    /**
     * Sets the state to what the model file says, after the requests submitted before. If the model has a method of its own for
     * that ({@code reset_memory} or {@code reset}, without arguments), that runs then.
     *
     * @throws RequestException if the model's method failed
     * @throws InterruptedException if the waiting thread is interrupted; the reset goes on
     */
    void reset() throws RequestException, InterruptedException;

    /**
     * Runs a method of the model that takes no arguments, on this session's state.
     *
     * @return what it returned
     * @throws RequestException if there is none of that name, or it failed
     * @throws InterruptedException if the waiting thread is interrupted; the request goes on
     */
    InferenceResult call(String method, RequestOptions options) throws RequestException, InterruptedException;

    /** Forgets the state when the requests submitted before have ended. A request after that fails. A second call does nothing. */
    @Override
    void close();
}
