// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.overlays;

import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeShape;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Sample;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.provisioning.Provisioner;
import org.saguaro.runtime.core.provisioning.ProvisioningSettings;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The runtime as it is, on a board that takes known times: demand shifts from networks to radar and back, with each overlay fixed and with the
 * controller at work.
 */
@Command(
        name = "overlays",
        description = "Programmable logic whose overlay follows the demand, against one overlay for all of it.",
        mixinStandardHelpOptions = true)
public final class OverlaysBench implements Callable<Integer> {

    private static final double NETWORKS_PER_SECOND = 60;
    private static final double RADAR_PER_SECOND = 110;
    private static final int SHIFTS = 2;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--rounds", defaultValue = "3", description = "Rounds (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--seconds", defaultValue = "5", description = "Time of each phase (default: ${DEFAULT-VALUE}).")
    private double seconds = 5;

    @Option(
            names = "--load-millis",
            defaultValue = "200",
            description = "What loading an overlay takes (default: ${DEFAULT-VALUE}).")
    private double loadMillis = 200;

    @Option(names = "--actions", description = "Print what the controller did, and why, to the standard error.")
    private boolean actions;

    private enum Mode {
        CONVOLUTIONS("conv2"),
        MIXED("conv-fft"),
        CONTROLLED("controlled");

        private final String label;

        Mode(String label) {
            this.label = label;
        }
    }

    private enum Phase {
        NETWORKS,
        RADAR,
        NETWORKS_AGAIN
    }

    /** What came of one run: mean latencies by phase, and what the controller did. */
    private record Outcome(Map<Phase, Double> millis, double allMillis, int changes, double paidMillis) {}

    /** Made by picocli. */
    public OverlaysBench() {}

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Map<Mode, List<Outcome>> outcomes = new EnumMap<>(Mode.class);
        for (int round = 0; round < rounds; round++) {
            for (Mode mode : Mode.values()) {
                outcomes.computeIfAbsent(mode, m -> new ArrayList<>()).add(run(mode, round));
            }
        }
        double best = Double.POSITIVE_INFINITY;
        for (Mode mode : Mode.values()) {
            List<Outcome> all = Objects.requireNonNull(outcomes.get(mode));
            for (Phase phase : Phase.values()) {
                new Figure(
                                "overlays." + mode.label + "."
                                        + phase.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                                median(
                                        all,
                                        outcome -> Objects.requireNonNull(
                                                outcome.millis().get(phase))),
                                "ms",
                                null)
                        .print(out);
            }
            double mean = median(all, Outcome::allMillis);
            new Figure("overlays." + mode.label + ".mean", mean, "ms", null).print(out);
            if (mode == Mode.CONTROLLED) {
                new Figure("overlays.controlled.ratio", mean / best, "x", 1.0).print(out);
                new Figure("overlays.controlled.changes", median(all, Outcome::changes), "changes", (double) SHIFTS)
                        .print(out);
                new Figure("overlays.controlled.paid", median(all, Outcome::paidMillis), "ms", null).print(out);
            } else {
                best = Math.min(best, mean);
            }
        }
        return 0;
    }

    private static double median(List<Outcome> outcomes, ToDoubleFunction<Outcome> figure) {
        return new Sample(outcomes.stream().mapToDouble(figure).toArray()).median();
    }

    private Outcome run(Mode mode, int seed) throws Exception {
        try (Engine engine = new Engine(
                        new Settings(0, 100_000, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty()));
                Provisioner provisioner =
                        new Provisioner(engine, ProvisioningSettings.DEFAULT, InstantSource.system())) {
            engine.addPolicy("eft", "bench", new EarliestFinishTime());
            engine.configurePolicies(List.of("eft"));
            Board.processingElements(loadMillis).forEach(engine::addPe);
            try (Deployment network = engine.deploy(Board.network(), new DeployOptions("network", Granularity.LAYER));
                    Deployment radar = engine.deploy(Board.radar(), new DeployOptions("radar", Granularity.LAYER))) {
                engine.prepareAllShapes();
                provisioner.reshape(new PeShape("pl", mode == Mode.MIXED ? Board.MIXED : Board.CONVOLUTIONS));
                int before = overlays(provisioner).changes();
                if (mode == Mode.CONTROLLED) {
                    provisioner.unfreeze();
                }
                Outcome outcome = serve(provisioner, network, radar, new Random(seed), before);
                if (actions) {
                    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
                    provisioner.status().actions().forEach(err::println);
                    err.flush();
                }
                return outcome;
            }
        }
    }

    private Outcome serve(Provisioner provisioner, Deployment network, Deployment radar, Random random, int before) {
        Map<Phase, Double> millis = new EnumMap<>(Phase.class);
        Duration paidBefore = overlays(provisioner).paid();
        List<CompletableFuture<InferenceResult>> all = new ArrayList<>();
        Map<Phase, List<CompletableFuture<InferenceResult>>> byPhase = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            List<CompletableFuture<InferenceResult>> requests = phase == Phase.RADAR
                    ? send(radar, RADAR_PER_SECOND, random)
                    : send(network, NETWORKS_PER_SECOND, random);
            byPhase.put(phase, requests);
            all.addAll(requests);
        }
        byPhase.forEach((phase, requests) -> millis.put(phase, meanMillis(requests)));
        double mean = meanMillis(all);
        ProvisioningStatus.Overlays overlays = overlays(provisioner);
        return new Outcome(
                millis,
                mean,
                overlays.changes() - before,
                overlays.paid().minus(paidBefore).toNanos() / 1e6);
    }

    private static ProvisioningStatus.Overlays overlays(Provisioner provisioner) {
        return provisioner.status().groups().get(0).overlays().orElseThrow();
    }

    /** Poisson arrivals, whatever the requests before do. */
    private List<CompletableFuture<InferenceResult>> send(Deployment deployment, double perSecond, Random random) {
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        List<Tensor> input = List.of(Tensor.of(new float[4], 4));
        long begin = System.nanoTime();
        double at = -Math.log(1 - random.nextDouble()) / perSecond;
        while (at < seconds) {
            long wait = (long) (at * 1e9) - (System.nanoTime() - begin);
            while (wait > 0) {
                LockSupport.parkNanos(wait);
                wait = (long) (at * 1e9) - (System.nanoTime() - begin);
            }
            requests.add(deployment.submit(input, RequestOptions.DEFAULT));
            at += -Math.log(1 - random.nextDouble()) / perSecond;
        }
        return requests;
    }

    private static double meanMillis(List<CompletableFuture<InferenceResult>> requests) {
        return requests.stream()
                        .mapToLong(request -> request.join().latency().toNanos())
                        .average()
                        .orElse(0)
                / 1e6;
    }
}
