// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.LayerSupport;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;

/** A runtime whose models are all one function from inputs to outputs. Files must exist; what is in them does not matter. */
final class FakeRuntime implements SaguaroRuntime {

    final List<String> deployed = new ArrayList<>();
    private final UnaryOperator<List<Tensor>> model;

    FakeRuntime(UnaryOperator<List<Tensor>> model) {
        this.model = model;
    }

    @Override
    public LayerGraph read(Path file) throws IOException, ModelFormatException {
        if (Files.readString(file).equals("damaged")) {
            throw new ModelFormatException(file, "the zip", "nothing", "an archive", "export it again");
        }
        return new LayerGraph.Builder("fake").build();
    }

    @Override
    public Deployment deploy(LayerGraph graph, DeployOptions options) {
        deployed.add(options.name());
        return new FakeDeployment(graph, options.name());
    }

    private final class FakeDeployment implements Deployment {
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
        public CompletableFuture<InferenceResult> submit(List<Tensor> inputs, RequestOptions options) {
            return CompletableFuture.completedFuture(infer(inputs, options));
        }

        @Override
        public InferenceResult infer(List<Tensor> inputs, RequestOptions options) {
            return new InferenceResult(1, model.apply(inputs), Duration.ofMillis(2));
        }

        @Override
        public PlacementReport placement() {
            return new PlacementReport(name, "0 layers", 0, List.of(), List.of());
        }

        @Override
        public void close() {
            deployed.remove(name);
        }
    }

    @Override
    public List<Deployment> deployments() {
        return List.of();
    }

    @Override
    public Optional<Deployment> deployment(String name) {
        return Optional.empty();
    }

    @Override
    public List<LayerSupport> inspect(LayerGraph graph) {
        return List.of();
    }

    @Override
    public List<PeStatus> processingElements() {
        return List.of(new PeStatus(
                new PeDescriptor("cpu0", "cpu", 1, 1, 1, 0), "host", PeStatus.State.ACTIVE, "", 0, 0, 0, 0, 1));
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
}
