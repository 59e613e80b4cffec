// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.osgi.annotation.versioning.ConsumerType;
import org.saguaro.experiments.workload.Source;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.layers.Layers;

/** What the streams of a workload send their requests to: each source once. Closed by whoever opened it. */
public final class Targets implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The first request pays for what the second finds ready. */
    private static final int LEAST_WARM_UP = 2;

    private final Map<Source, Target> bySource = new LinkedHashMap<>();

    private Targets() {}

    /** Of targets that are there already; closed with this. */
    public static Targets of(Map<Source, Target> bySource) {
        Targets targets = new Targets();
        targets.bySource.putAll(bySource);
        return targets;
    }

    /**
     * Deploys models and finds applications.
     *
     * @param made is told of each when it is there, with the nanoseconds that took
     * @throws WorkloadException if an example or an array is wrong, or an application is not installed
     * @throws InterruptedException if the thread is interrupted
     */
    public static Targets open(
            Workload workload, SaguaroRuntime runtime, Layers layers, LayerApplications applications, Listener made)
            throws IOException, WorkloadException, ModelFormatException, DeploymentException, InterruptedException {
        Targets targets = new Targets();
        boolean complete = false;
        try {
            targets.add(workload, runtime, layers, applications, made);
            complete = true;
            return targets;
        } finally {
            if (!complete) {
                targets.close();
            }
        }
    }

    /** As {@link #open}, for the sources that are not there yet. */
    public void add(
            Workload workload, SaguaroRuntime runtime, Layers layers, LayerApplications applications, Listener made)
            throws IOException, WorkloadException, ModelFormatException, DeploymentException, InterruptedException {
        for (Stream stream : workload.streams()) {
            if (!bySource.containsKey(stream.source())) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                long begin = System.nanoTime();
                Target target = target(stream, workload, runtime, layers, applications);
                bySource.put(stream.source(), target);
                made.made(target, System.nanoTime() - begin);
            }
        }
    }

    /** Is told of targets. */
    @FunctionalInterface
    @ConsumerType
    public interface Listener {
        void made(Target target, long nanos);
    }

    private static Target target(
            Stream stream, Workload workload, SaguaroRuntime runtime, Layers layers, LayerApplications applications)
            throws IOException, WorkloadException, ModelFormatException, DeploymentException, InterruptedException {
        DeployOptions options = new DeployOptions(stream.name(), workload.granularity());
        if (stream.source() instanceof Source.Example source) {
            Example example = Example.read(source.folder());
            Deployment deployment = runtime.deploy(runtime.read(example.model()), options);
            return new ModelTarget(
                    example.title(),
                    deployment,
                    example.samples().stream().map(List::of).toList(),
                    example.judge());
        } else if (stream.source() instanceof Source.Model source) {
            List<Tensor> inputs = new ArrayList<>();
            for (var file : source.inputs()) {
                inputs.add(Example.array(file));
            }
            Deployment deployment = runtime.deploy(runtime.read(source.file()), options.withSamples(inputs));
            return new ModelTarget(stream.name(), deployment, List.of(inputs), null);
        } else if (stream.source() instanceof Source.Application source) {
            return new LayerTarget(source.name(), applications.await(source.name(), PATIENCE), layers);
        }
        throw new IllegalStateException("no target for " + stream.source());
    }

    /** What a stream sends to. */
    public Target of(Stream stream) {
        return Objects.requireNonNull(bySource.get(stream.source()), "a source that was not opened");
    }

    /** Bits of input per request, by stream. */
    public long[] inputBits(Workload workload) {
        return workload.streams().stream()
                .mapToLong(stream -> of(stream).inputBits())
                .toArray();
    }

    /**
     * Sends requests one after the other, so that kernels are prepared and the JVM and the cost model have seen them.
     *
     * @param requests of each source, at most
     * @param patience for each source: after that it is left at what it had, two requests at least
     * @return nanoseconds per request in the median, by stream; 0 if there were none
     * @throws RequestException if one failed
     * @throws InterruptedException if the thread is interrupted
     */
    public long[] warmUp(Workload workload, int requests, Duration patience, Consumer<Target> done)
            throws RequestException, InterruptedException {
        Map<Source, Long> medians = new LinkedHashMap<>();
        for (Map.Entry<Source, Target> each : bySource.entrySet()) {
            Target target = each.getValue();
            long[] nanos = new long[requests];
            int sent = 0;
            long start = System.nanoTime();
            for (int n = 0; n < requests; n++) {
                long begin = System.nanoTime();
                if (n >= LEAST_WARM_UP && begin - start > patience.toNanos()) {
                    break;
                }
                CompletableFuture<Target.End> end = new CompletableFuture<>();
                target.send(n % target.samples(), RequestOptions.DEFAULT, end::complete);
                nanos[n] = ended(end) - begin;
                sent++;
            }
            Arrays.sort(nanos, 0, sent);
            medians.put(each.getKey(), sent == 0 ? 0 : nanos[sent / 2]);
            done.accept(target);
        }
        return workload.streams().stream()
                .mapToLong(stream -> medians.getOrDefault(stream.source(), 0L))
                .toArray();
    }

    /** As above, however long it takes. */
    public long[] warmUp(Workload workload, int requests, Consumer<Target> done)
            throws RequestException, InterruptedException {
        return warmUp(workload, requests, Duration.ofDays(1), done);
    }

    private static long ended(CompletableFuture<Target.End> end) throws RequestException, InterruptedException {
        try {
            Target.End ended = end.get();
            RequestException failure = ended.failure();
            if (failure != null) {
                throw failure;
            }
            return ended.endedNanos();
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody completes it with a failure", e);
        }
    }

    /** Ends what has not ended, as cancelled. */
    public void cancel() {
        bySource.values().forEach(Target::cancel);
    }

    /** By the order in which they were opened. */
    public List<Target> all() {
        return List.copyOf(bySource.values());
    }

    @Override
    public void close() {
        bySource.values().forEach(Target::close);
    }
}
