// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Sample;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code ./saguaro bench swap}: policies are swapped under load in the three ways in which it happens. The pause of a swap is the longest
 * time in which no kernel started on any PE, from the swap's beginning to {@value #STRETCH_NANOS} ns later, though there was always work.
 * Beside it stands the same for stretches of that length without a swap: what the machine does by itself.
 */
@Command(
        name = "swap",
        description = "Swaps policies under load: lost, wrong or doubled tasks, and the pause.",
        mixinStandardHelpOptions = true)
public final class SwapBench implements Callable<Integer> {

    private static final double PAUSE_BAR_MICROS = 1_000;
    private static final long KERNEL_NANOS = 5_000;
    private static final int PES = 2;
    private static final int CHAIN = 50;
    private static final int IN_FLIGHT = 16;
    private static final long STRETCH_NANOS = 3_000_000;
    private static final RequestOptions PATIENT = new RequestOptions(Duration.ofSeconds(60));

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--swaps", defaultValue = "1000", description = "Swaps of each kind (default: ${DEFAULT-VALUE}).")
    private int swaps = 1000;

    @Option(
            names = "--policies",
            split = ",",
            defaultValue = "eft,rr,heft_rt,etf,minmin,edf",
            description = "Policies taken in turn (default: ${DEFAULT-VALUE}).")
    private List<String> policies = List.of();

    /** Made by picocli. */
    public SwapBench() {}

    /** A way to swap; called with the name of the policy whose turn it is. */
    @FunctionalInterface
    private interface Swap {
        void run(String policy);
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Settings settings =
                new Settings(0, 2 * IN_FLIGHT, Duration.ofSeconds(30), Duration.ofSeconds(5), 0, Optional.empty());
        Pulse pulse = new Pulse();
        try (Engine engine = new Engine(settings)) {
            Map<String, SchedulingPolicy> present = new HashMap<>();
            policies.forEach(name -> bring(engine, name, present));
            engine.configurePolicies(policies);
            for (int i = 0; i < PES; i++) {
                engine.addPe(new TinyElement("pe" + i, "tiny", layer -> true, KERNEL_NANOS, pulse));
            }
            Deployment deployment = engine.deploy(
                    TinyGraphs.chain("chain", CHAIN, "relu"), new DeployOptions("chain", Granularity.LAYER));
            Load load = new Load(deployment, pulse);
            load.start();
            Map<String, Swap> kinds = new LinkedHashMap<>();
            kinds.put("none", name -> {});
            kinds.put("select", name -> engine.configurePolicies(List.of(name)));
            kinds.put("replace", name -> {
                SchedulingPolicy before = Objects.requireNonNull(present.get(name));
                bring(engine, name, present);
                engine.removePolicy(before);
            });
            kinds.put("restart", name -> {
                engine.removePolicy(Objects.requireNonNull(present.get(name)));
                bring(engine, name, present);
            });
            // The JVM compiles the code of policies that are new to it on the cores that the PEs want: no cost of
            // swapping.
            pauses(pulse, kinds.values(), swaps);
            List<Sample> samples = pauses(pulse, kinds.values(), swaps);
            int next = 0;
            for (String kind : kinds.keySet()) {
                report(out, "swap." + kind, samples.get(next++), kind.equals("none") ? null : PAUSE_BAR_MICROS);
            }
            load.stop();
            new Figure("swap.requests", load.answered(), "requests", null).print(out);
            new Figure("swap.lost", load.lost(), "requests", 0.0).print(out);
            new Figure("swap.wrong", load.wrong(), "requests", 0.0).print(out);
            new Figure("swap.doubled", load.doubledTasks(), "tasks", 0.0).print(out);
        }
        return 0;
    }

    private static void bring(Engine engine, String name, Map<String, SchedulingPolicy> present) {
        SchedulingPolicy policy = AllPolicies.create(name);
        present.put(name, policy);
        engine.addPolicy(name, "bench", policy);
    }

    private static void report(PrintWriter out, String name, Sample micros, @Nullable Double bar) {
        new Figure(name + ".pause.p50", micros.median(), "us", null).print(out);
        new Figure(name + ".pause.p99", micros.quantile(0.99), "us", bar).print(out);
        new Figure(name + ".pause.max", micros.quantile(1), "us", null).print(out);
    }

    /** The longest silence, per swap, by kind; the kinds take turns, and the policies. */
    private List<Sample> pauses(Pulse pulse, Collection<Swap> kinds, int count) {
        double[][] pauses = new double[kinds.size()][count];
        for (int i = 0; i < count; i++) {
            String name = policies.get(i % policies.size());
            int kind = 0;
            for (Swap swap : kinds) {
                pulse.takeLongestSilenceNanos();
                long end = System.nanoTime() + STRETCH_NANOS;
                swap.run(name);
                LockSupport.parkNanos(end - System.nanoTime());
                pauses[kind++][i] = pulse.takeLongestSilenceNanos() / 1e3;
            }
        }
        return Arrays.stream(pauses).map(Sample::new).toList();
    }

    /** Keeps as many requests in flight all the time, sent by whoever completed one, and checks every answer. */
    private static final class Load {
        private final Deployment deployment;
        private final Pulse pulse;
        private final AtomicLong sent = new AtomicLong();
        private final AtomicLong answered = new AtomicLong();
        private final AtomicLong wrong = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();
        private final AtomicInteger inFlight = new AtomicInteger();
        private final CompletableFuture<Void> idle = new CompletableFuture<>();
        private volatile boolean stopping;

        Load(Deployment deployment, Pulse pulse) {
            this.deployment = deployment;
            this.pulse = pulse;
        }

        void start() {
            inFlight.set(IN_FLIGHT);
            for (int i = 0; i < IN_FLIGHT; i++) {
                send();
            }
        }

        private void send() {
            float number = sent.getAndIncrement() % 1_000;
            var unused = deployment
                    .submit(List.of(Tensor.of(new float[] {number}, 1)), PATIENT)
                    .whenComplete((result, failure) -> ended(number, result, failure));
        }

        private void ended(float number, @Nullable InferenceResult result, @Nullable Throwable failure) {
            if (result == null || failure != null) {
                lost.incrementAndGet();
            } else {
                answered.incrementAndGet();
                if (result.outputs().get(0).toFloats()[0] != number + CHAIN) {
                    wrong.incrementAndGet();
                }
            }
            if (!stopping) {
                send();
            } else if (inFlight.decrementAndGet() == 0) {
                idle.complete(null);
            }
        }

        void stop() throws Exception {
            stopping = true;
            idle.get();
        }

        long answered() {
            return answered.get();
        }

        long lost() {
            return lost.get();
        }

        long wrong() {
            return wrong.get();
        }

        /** Kernels executed beyond those that the requests needed. */
        long doubledTasks() {
            return pulse.beats() - sent.get() * CHAIN;
        }
    }
}
