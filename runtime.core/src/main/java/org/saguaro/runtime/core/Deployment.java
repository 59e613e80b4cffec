// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;

/** A model ready to serve requests. Thread-safe. */
@ProviderType
public interface Deployment extends AutoCloseable {

    /** Unique among the deployments. */
    String name();

    /** The model as it was read. */
    LayerGraph model();

    /**
     * Sends a request and returns at once. Inputs are read before this returns, so they may be reused.
     *
     * @param inputs in the model's order, dense or strided, in host memory
     * @return completes with the outputs, or exceptionally with a {@link RequestException}; dependent actions run on a thread of
     *     the runtime and must not block it
     */
    CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options);

    /**
     * Sends a request with default options and waits.
     *
     * @throws RequestException if it failed, with the reason
     * @throws InterruptedException if the waiting thread is interrupted; the request goes on
     */
    default InferenceResult infer(List<Tensor> inputs) throws RequestException, InterruptedException {
        return infer(inputs, RequestOptions.DEFAULT);
    }

    /** As {@link #infer(List)}, with options. */
    InferenceResult infer(List<Tensor> inputs, RequestOptions options) throws RequestException, InterruptedException;

    /** Where each layer may run, where it ran, and why not elsewhere. */
    PlacementReport placement();

    /** Undeploys: no new requests; returns when those in flight have ended and all kernels are closed. A second call does nothing. */
    @Override
    void close();
}
