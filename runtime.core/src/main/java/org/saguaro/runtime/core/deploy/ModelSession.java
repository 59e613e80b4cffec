// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.Session;
import org.saguaro.runtime.core.dispatch.Request;
import org.saguaro.runtime.core.dispatch.SessionStates;

/** A session: the deployment with states of its own. Thread-safe. */
final class ModelSession implements Session {

    /** Methods by which models reset themselves, the first one that there is. */
    private static final List<String> RESETS = List.of("reset_memory", "reset");

    private final ModelDeployment deployment;
    private final SessionStates states = new SessionStates();
    private volatile boolean closed;

    ModelSession(ModelDeployment deployment) {
        this.deployment = deployment;
    }

    @Override
    public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options) {
        try {
            return send(inputs, options, null).future();
        } catch (RequestException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public InferenceResult infer(List<Tensor> inputs, RequestOptions options)
            throws RequestException, InterruptedException {
        return await(send(inputs, options, null));
    }

    @Override
    public InferenceResult call(String method, RequestOptions options) throws RequestException, InterruptedException {
        if (!deployment.methods().contains(method)) {
            throw new RequestException(
                    Category.INVALID_INPUT,
                    deployment.name() + ": the model has no method " + method + " without arguments; it has "
                            + (deployment.methods().isEmpty() ? "none" : deployment.methods()));
        }
        return await(send(List.of(), options, method));
    }

    private Request send(List<Tensor> inputs, RequestOptions options, @Nullable String method) throws RequestException {
        if (closed) {
            throw new RequestException(Category.UNDEPLOYED, deployment.name() + ": the session is closed");
        }
        return deployment.send(inputs, options, states, method);
    }

    static InferenceResult await(Request request) throws RequestException, InterruptedException {
        try {
            return request.future().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RequestException failure) {
                // Thrown anew, so that the stack shows who asked.
                throw new RequestException(failure.category(), String.valueOf(failure.getMessage()), failure);
            }
            throw new IllegalStateException("a request fails with a RequestException only", e);
        }
    }

    @Override
    public void reset() throws RequestException, InterruptedException {
        CompletableFuture<Void> cleared = new CompletableFuture<>();
        states.clearInTurn(() -> cleared.complete(null));
        try {
            cleared.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("clearing states fails never", e);
        }
        for (String method : RESETS) {
            if (deployment.methods().contains(method)) {
                call(method, RequestOptions.DEFAULT);
                return;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        states.clearInTurn(() -> {});
    }
}
