// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.layers;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Sample;
import org.saguaro.bench.pulse.PulseDoppler;
import org.saguaro.bench.runtime.TinyElement;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.runtime.core.calls.LayerRuntime;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import org.saguaro.scheduler.heuristics.RoundRobin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./saguaro bench layers}: what a call costs beside its kernel. */
@Command(
        name = "layers",
        description = "Calls of the Layer API: overhead, chains and fans of FFTs.",
        mixinStandardHelpOptions = true)
public final class LayersBench implements Callable<Integer> {

    private static final double OVERHEAD_BAR_MICROS = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--pes",
            description = "Narrow CPU processing elements (default: ${DEFAULT-VALUE}).",
            defaultValue = "2")
    private int pes = 2;

    @Option(names = "--rounds", description = "Measured rounds (default: ${DEFAULT-VALUE}).", defaultValue = "60")
    private int rounds = 60;

    @Option(
            names = "--calls",
            description = "Calls of a chain or fan (default: ${DEFAULT-VALUE}).",
            defaultValue = "1000")
    private int calls = 1_000;

    /** Made by picocli. */
    public LayersBench() {}

    /** Something to be timed. */
    private interface Work {
        void run() throws Exception;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        NativeLibraries.load(null, ProgressListener.SILENT);
        Map<String, Supplier<SchedulingPolicy>> policies = new TreeMap<>();
        policies.put("eft", EarliestFinishTime::new);
        policies.put("rr", RoundRobin::new);
        for (Map.Entry<String, Supplier<SchedulingPolicy>> policy : policies.entrySet()) {
            measure(out, policy.getKey(), policy.getValue());
        }
        return 0;
    }

    private void measure(PrintWriter out, String policy, Supplier<SchedulingPolicy> maker) throws Exception {
        String prefix = "layers." + policy + ".";
        List<ProcessingElement> empty = new ArrayList<>();
        for (int i = 0; i < pes; i++) {
            empty.add(new TinyElement("empty" + i, "empty", layer -> true, 0));
        }
        on(empty, policy, maker.get(), layers -> {
            new Figure(prefix + "empty.chain", perCall(layers, this::chain), "us/call", OVERHEAD_BAR_MICROS).print(out);
            new Figure(prefix + "empty.fan", perCall(layers, this::fan), "us/call", OVERHEAD_BAR_MICROS).print(out);
        });
        on(CpuAccelerator.processingElements(pes, 1, true), policy, maker.get(), layers -> {
            new Figure(prefix + "fft128.chain", perCall(layers, this::chain), "us/call", null).print(out);
            new Figure(prefix + "fft128.fan", perCall(layers, this::fan), "us/call", null).print(out);
        });
    }

    /** What is measured on a runtime. */
    private interface Measurement {
        void run(Layers layers) throws Exception;
    }

    private static void on(
            List<? extends ProcessingElement> elements, String name, SchedulingPolicy policy, Measurement measurement)
            throws Exception {
        Settings settings =
                new Settings(1 << 16, 1024, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty());
        try (Engine engine = new Engine(settings);
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            elements.forEach(engine::addPe);
            engine.addPolicy(name, "bench", policy);
            engine.configurePolicies(List.of(name));
            measurement.run(layers);
        }
    }

    /** Issues calls on a tensor. */
    private interface Issue {
        void run(LayerSession session, DeviceTensor input) throws Exception;
    }

    private double perCall(Layers layers, Issue issue) throws Exception {
        try (LayerSession session = layers.open("overhead")) {
            DeviceTensor input = session.tensor(PulseDoppler.noise(new Random(1)));
            return timed(() -> issue.run(session, input)).median() * 1_000 / calls;
        }
    }

    private void chain(LayerSession session, DeviceTensor input) throws Exception {
        try (LayerScope scope = session.scope()) {
            DeviceTensor last = input;
            for (int i = 0; i < calls; i++) {
                last = i % 2 == 0 ? scope.fft(last) : scope.ifft(last);
            }
            last.await();
        }
    }

    private void fan(LayerSession session, DeviceTensor input) throws Exception {
        try (LayerScope scope = session.batch()) {
            DeviceTensor[] results = new DeviceTensor[calls];
            for (int i = 0; i < calls; i++) {
                results[i] = scope.fft(input);
            }
            scope.flush();
            for (DeviceTensor result : results) {
                result.await();
            }
        }
    }

    /** Milliseconds of each measured round; as many before that warm up. */
    private Sample timed(Work work) throws Exception {
        double[] millis = new double[rounds];
        for (int i = -rounds; i < rounds; i++) {
            long start = System.nanoTime();
            work.run();
            if (i >= 0) {
                millis[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        return new Sample(millis);
    }
}
