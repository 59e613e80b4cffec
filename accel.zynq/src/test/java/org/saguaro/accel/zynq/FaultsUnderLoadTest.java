// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.model.ModelDevice;
import org.saguaro.accel.zynq.rtl.Fault;
import org.saguaro.accel.zynq.rtl.RtlDevice;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * A network served by cores and an engine of the FPGA, which dies, falls silent and lies while requests are under way: none of them is lost, and all
 * answers are right.
 */
class FaultsUnderLoadTest {

    private static final String PE = "conv0";
    private static final int CLIENTS = 3;
    private static final int SAMPLES = 4;
    private static final long POLL_NANOS = 1_000_000;

    /** Of the largest logit; the engine sums limbs, the CPU floats. */
    private static final double TOLERANCE = 1e-4;

    /** Breaks an engine of a device. */
    @FunctionalInterface
    private interface Breaker {
        void fault(String engine, Fault fault, long a, long b) throws DeviceException;
    }

    private record Breakage(Fault fault, long a, long b) {}

    /** Killed; its interrupt delayed for ever; its status corrupted, in a bit that is always 0; its memory failing, then silent. */
    private static final List<Breakage> BREAKAGES = List.of(
            new Breakage(Fault.GONE, 0, 0),
            new Breakage(Fault.NO_INTERRUPT, 0, 0),
            new Breakage(Fault.CORRUPT_STATUS, 1 << 24, 0),
            new Breakage(Fault.BUS_ERROR, 0, Long.MAX_VALUE),
            new Breakage(Fault.BUS_SILENT, 0, 0));

    /** The engine gets whatever it can run while it has little to do, so that a fault meets tasks under way. */
    private static final class EngineFirst implements SchedulingPolicy {
        @Override
        public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
            for (int task = 0; task < ready.size(); task++) {
                int best = -1;
                for (int pe = 0; pe < pool.size(); pe++) {
                    if (costs.supports(task, pe) && (best < 0 || rank(pool, pe) < rank(pool, best))) {
                        best = pe;
                    }
                }
                if (best >= 0) {
                    assignment.assign(task, best);
                }
            }
        }

        private static int rank(PePool pool, int pe) {
            boolean engine = pool.get(pe).type().startsWith("zynq");
            return pool.get(pe).queuedTasks() - (engine ? 2 : 0);
        }
    }

    @Test
    @Timeout(240)
    void noRequestIsLostOnTheModel() throws Exception {
        ModelDevice device = new ModelDevice(16 << 20);
        survives(device, device::fault);
    }

    @Test
    @Timeout(600)
    void noRequestIsLostOnTheRtl() throws Exception {
        Optional<String> why = Simulation.unavailable();
        Assumptions.assumeTrue(why.isEmpty(), () -> why.orElse(""));
        RtlDevice device = Simulation.open();
        survives(device, device::fault);
    }

    private static void survives(FpgaDevice device, Breaker breaker) throws Exception {
        List<Tensor> samples = ExamplesTest.samples("digits-vgg", SAMPLES);
        AtomicInteger answers = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try (Fpga fpga = Boards.open(device, Boards.NETWORKS);
                Engine engine = new Engine(
                        new Settings(0, 64, Duration.ofSeconds(60), Duration.ofSeconds(30), 1, Optional.empty()))) {
            engine.addPolicy("engine-first", "test", new EngineFirst());
            engine.configurePolicies(List.of("engine-first"));
            CpuAccelerator.processingElements(2, 1, false).forEach(engine::addPe);
            Deployment deployment = engine.deploy(ExamplesTest.model("digits-vgg"), DeployOptions.named("digits"));
            List<double[]> expected = new ArrayList<>();
            for (Tensor sample : samples) {
                expected.add(answer(deployment, sample));
            }
            EnginePes.of(fpga).forEach(engine::addPe);
            boolean[] over = new boolean[1];
            Callable<Void> client = () -> {
                int next = 0;
                while (!isOver(over)) {
                    int sample = next++ % SAMPLES;
                    requireRight(answer(deployment, samples.get(sample)), expected.get(sample));
                    answers.incrementAndGet();
                }
                return null;
            };
            List<Future<Void>> serving = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                serving.add(clients.submit(client));
            }
            try {
                for (Breakage breakage : BREAKAGES) {
                    long completed = pe(engine).map(PeStatus::completedTasks).orElse(0L);
                    until(engine, serving, pe -> pe.completedTasks() > completed + 2);
                    breaker.fault(PE, breakage.fault(), breakage.a(), breakage.b());
                    until(engine, serving, pe -> pe.state() == PeStatus.State.QUARANTINED);
                    assertThat(pe(engine).orElseThrow().reason())
                            .as("why it is out after %s", breakage.fault())
                            .isNotEmpty();
                    breaker.fault(PE, Fault.HEALTHY, 0, 0);
                    until(engine, serving, pe -> pe.state() == PeStatus.State.ACTIVE);
                }
                long completed = pe(engine).orElseThrow().completedTasks();
                until(engine, serving, pe -> pe.completedTasks() > completed + 2);
            } finally {
                synchronized (over) {
                    over[0] = true;
                }
            }
            for (Future<Void> each : serving) {
                each.get();
            }
            assertThat(engine.statistics())
                    .as("what the deployment counted")
                    .allSatisfy(statistics -> assertThat(statistics.failed()).isZero());
            assertThat(answers.get()).as("answers").isGreaterThan(BREAKAGES.size());
        } finally {
            clients.shutdownNow();
        }
    }

    private static boolean isOver(boolean[] over) {
        synchronized (over) {
            return over[0];
        }
    }

    private static double[] answer(Deployment deployment, Tensor sample) throws Exception {
        return deployment.infer(List.of(sample)).outputs().get(0).toDoubles();
    }

    private static void requireRight(double[] found, double[] expected) {
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs(found[i] - expected[i]));
        }
        assertThat(worst).as("largest difference of a logit, of %s", largest).isLessThan(TOLERANCE * largest);
    }

    /** Returns when the engine's PE is so; fails as soon as a client has. */
    private static void until(Engine engine, List<Future<Void>> serving, Predicate<PeStatus> condition)
            throws Exception {
        while (!pe(engine).map(condition::test).orElse(false)) {
            for (Future<Void> each : serving) {
                if (each.isDone()) {
                    each.get();
                }
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static Optional<PeStatus> pe(Engine engine) {
        return engine.processingElements().stream()
                .filter(pe -> pe.descriptor().id().equals(PE))
                .findFirst();
    }
}
