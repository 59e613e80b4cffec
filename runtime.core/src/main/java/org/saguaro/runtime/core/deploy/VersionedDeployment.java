// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.Session;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * A deployment whose model can be replaced while requests run. A request belongs to the version that took it; the version retires when its
 * last request has ended. A session goes on with the next version, its state begins anew. Thread-safe.
 */
public final class VersionedDeployment implements Deployment {

    private final Engine engine;
    private final String name;
    private final VersionedSession own = new VersionedSession(this);
    private volatile Version current;

    /**
     * What new requests use.
     *
     * @param options makes of what a caller asks for what the request gets
     */
    record Version(ModelDeployment deployment, UnaryOperator<RequestOptions> options) {}

    VersionedDeployment(Engine engine, String name, Version first) {
        this.engine = engine;
        this.name = name;
        current = first;
    }

    Version current() {
        return current;
    }

    /**
     * Deploys another model beside the one that runs, and swaps them. Returns when new requests go to the new one; those in flight
     * may still run.
     *
     * @param options of the new version's requests
     * @throws DeploymentException if it cannot be deployed; the running version goes on
     */
    public synchronized void replace(LayerGraph model, UnaryOperator<RequestOptions> options)
            throws DeploymentException {
        Version old = current();
        ModelDeployment next = engine.deployBeside(old.deployment(), model);
        current = new Version(next, options);
        engine.retire(old.deployment());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public LayerGraph model() {
        return current().deployment().model();
    }

    @Override
    public Session openSession() {
        return new VersionedSession(this);
    }

    @Override
    public PlacementReport placement() {
        return current().deployment().placement();
    }

    @Override
    public PlacementReport measureErrors() throws RequestException, InterruptedException {
        return current().deployment().measureErrors();
    }

    @Override
    public ApplicationProfile profile() {
        return current().deployment().profile();
    }

    @Override
    public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options) {
        return own.submit(inputs, options);
    }

    @Override
    public InferenceResult infer(List<Tensor> inputs, RequestOptions options)
            throws RequestException, InterruptedException {
        return own.infer(inputs, options);
    }

    @Override
    public void reset() throws RequestException, InterruptedException {
        own.reset();
    }

    @Override
    public InferenceResult call(String method, RequestOptions options) throws RequestException, InterruptedException {
        return own.call(method, options);
    }

    @Override
    public synchronized void close() {
        current().deployment().close();
        engine.forget(this);
    }

    /** Sends requests to whatever version is the current one. */
    private static final class VersionedSession implements Session {
        private final VersionedDeployment deployment;
        private @Nullable Version version;
        private @Nullable Session session;
        private boolean closed;

        VersionedSession(VersionedDeployment deployment) {
            this.deployment = deployment;
        }

        /** A session on a version. */
        private record Use(Version version, Session session) {}

        private synchronized Use use() {
            Version now = deployment.current();
            if (session == null || !now.equals(version)) {
                if (session != null) {
                    session.close();
                }
                session = now.deployment().openSession();
                version = now;
                if (closed) {
                    session.close();
                }
            }
            return new Use(now, session);
        }

        /** Whether a version refused because another had taken its place: then that one is asked. */
        private boolean isReplaced(Use used, Throwable failure) {
            return failure instanceof RequestException refused
                    && refused.category() == Category.UNDEPLOYED
                    && !deployment.current().equals(used.version());
        }

        private interface Call<T> {
            T on(Use use) throws RequestException, InterruptedException;
        }

        private <T> T onCurrent(Call<T> call) throws RequestException, InterruptedException {
            while (true) {
                Use use = use();
                try {
                    return call.on(use);
                } catch (RequestException e) {
                    if (!isReplaced(use, e)) {
                        throw e;
                    }
                }
            }
        }

        @Override
        public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options) {
            while (true) {
                Use use = use();
                CompletableFuture<InferenceResult> future =
                        use.session().submit(inputs, use.version().options().apply(options));
                if (!future.isCompletedExceptionally()) {
                    return future;
                }
                try {
                    future.join();
                } catch (CompletionException e) {
                    if (e.getCause() == null || !isReplaced(use, e.getCause())) {
                        return future;
                    }
                } catch (CancellationException e) {
                    return future;
                }
            }
        }

        @Override
        public InferenceResult infer(List<Tensor> inputs, RequestOptions options)
                throws RequestException, InterruptedException {
            return onCurrent(
                    use -> use.session().infer(inputs, use.version().options().apply(options)));
        }

        @Override
        public void reset() throws RequestException, InterruptedException {
            onCurrent(use -> {
                use.session().reset();
                return use;
            });
        }

        @Override
        public InferenceResult call(String method, RequestOptions options)
                throws RequestException, InterruptedException {
            return onCurrent(
                    use -> use.session().call(method, use.version().options().apply(options)));
        }

        @Override
        public synchronized void close() {
            closed = true;
            if (session != null) {
                session.close();
            }
        }
    }
}
