// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.LayerSupport;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.Session;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TenantStatus;
import org.saguaro.runtime.core.TransferStatus;

/** A runtime whose models are all one function from inputs to outputs. Files must exist; what is in them does not matter. */
public final class FakeRuntime implements SaguaroRuntime {

    public final List<String> deployed = new CopyOnWriteArrayList<>();
    public final AtomicInteger openSessions = new AtomicInteger();
    /** The files read, with what was in them. */
    public final Map<Path, String> read = new ConcurrentHashMap<>();

    /** The requests that were submitted, oldest first. */
    public final List<Submitted> requests = new CopyOnWriteArrayList<>();

    /** A request. */
    public record Submitted(RequestOptions options, CompletableFuture<InferenceResult> result) {}

    private final Map<String, Deployment> deployments = new ConcurrentHashMap<>();
    private final UnaryOperator<List<Tensor>> model;
    private final Function<List<Tensor>, CompletableFuture<?>> duration;

    public FakeRuntime(UnaryOperator<List<Tensor>> model) {
        this(model, inputs -> CompletableFuture.completedFuture(null));
    }

    /**
     * @param duration a request that is submitted with these inputs takes until that completes
     */
    public FakeRuntime(UnaryOperator<List<Tensor>> model, Function<List<Tensor>, CompletableFuture<?>> duration) {
        this.model = model;
        this.duration = duration;
    }

    @Override
    public LayerGraph read(Path file) throws IOException, ModelFormatException {
        read.put(file, Files.readString(file, StandardCharsets.ISO_8859_1));
        if ("damaged".equals(read.get(file))) {
            throw new ModelFormatException(file, "the zip", "nothing", "an archive", "export it again");
        }
        return new LayerGraph.Builder("fake").build();
    }

    @Override
    public Deployment deploy(LayerGraph graph, DeployOptions options) {
        deployed.add(options.name());
        Deployment deployment = new FakeDeployment(graph, options.name());
        deployments.put(options.name(), deployment);
        return deployment;
    }

    /** Its state is a number, one more after each request, and what {@code call} returns. */
    private class FakeSession implements Session {
        private final AtomicLong served = new AtomicLong();

        @Override
        public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options) {
            List<Tensor> copies = inputs.stream().map(FakeRuntime::copy).toList();
            CompletableFuture<InferenceResult> result =
                    duration.apply(copies).thenApply(done -> infer(copies, options));
            requests.add(new Submitted(options, result));
            return result;
        }

        @Override
        public InferenceResult infer(List<Tensor> inputs, RequestOptions options) {
            served.incrementAndGet();
            return new InferenceResult(1, model.apply(inputs), Duration.ofMillis(2));
        }

        @Override
        public void reset() {
            served.set(0);
        }

        @Override
        public InferenceResult call(String method, RequestOptions options) throws RequestException {
            if (!method.equals("requests")) {
                throw new RequestException(RequestException.Category.INVALID_INPUT, "no method '" + method + "'");
            }
            return new InferenceResult(1, List.of(Tensor.of(new long[] {served.get()})), Duration.ofMillis(1));
        }

        @Override
        public void close() {
            openSessions.decrementAndGet();
        }
    }

    private final class FakeDeployment extends FakeSession implements Deployment {
        private final LayerGraph graph;
        private final String name;

        FakeDeployment(LayerGraph graph, String name) {
            this.graph = graph;
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public LayerGraph model() {
            return graph;
        }

        @Override
        public Session openSession() {
            openSessions.incrementAndGet();
            return new FakeSession();
        }

        @Override
        public org.saguaro.runtime.core.simulation.ApplicationProfile profile() {
            throw new UnsupportedOperationException();
        }

        @Override
        public PlacementReport measureErrors() {
            return placement();
        }

        @Override
        public PlacementReport placement() {
            return new PlacementReport(name, "0 layers", 0, List.of(), List.of());
        }

        @Override
        public void close() {
            deployed.remove(name);
            deployments.remove(name);
        }
    }

    private static Tensor copy(Tensor tensor) {
        ByteBuffer bytes = tensor.bytes();
        return Tensor.dense(
                tensor.dtype(),
                tensor.sizes(),
                ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
    }

    @Override
    public List<Deployment> deployments() {
        return List.copyOf(deployments.values());
    }

    @Override
    public Optional<Deployment> deployment(String name) {
        return Optional.ofNullable(deployments.get(name));
    }

    @Override
    public List<LayerSupport> inspect(LayerGraph graph) {
        return List.of();
    }

    @Override
    public List<PeStatus> processingElements() {
        return List.of(new PeStatus(
                new PeDescriptor("cpu0", "cpu", 1, 1, 1, 0),
                "host",
                PeStatus.State.ACTIVE,
                "",
                0,
                0,
                0,
                0,
                1,
                Optional.empty()));
    }

    @Override
    public List<PolicyStatus> policies() {
        return List.of();
    }

    @Override
    public List<TaskRecord> trace() {
        return List.of();
    }

    @Override
    public void clearTrace() {}

    @Override
    public List<DeploymentStatistics> statistics() {
        return List.of();
    }

    @Override
    public List<TenantStatus> tenants() {
        return List.of();
    }

    @Override
    public List<CostStatus> costs() {
        return List.of();
    }

    @Override
    public List<TransferStatus> transfers() {
        return List.of();
    }
}
