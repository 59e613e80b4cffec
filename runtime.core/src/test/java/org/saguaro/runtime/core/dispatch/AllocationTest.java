// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** From a completion to the next kernel nothing is allocated. */
@Timeout(120)
class AllocationTest {

    private static final int LAYERS = 2_000;
    private static final int REQUESTS = 8;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Engine engine =
            new Engine(new Settings(1 << 10, 64, Duration.ofSeconds(30), Duration.ofSeconds(5), 4, Optional.empty()));

    @BeforeEach
    void requireCounters() {
        Assumptions.assumeTrue(THREADS.isThreadAllocatedMemorySupported(), "this JVM does not count allocated bytes");
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /**
     * A PE whose kernels copy a number and allocate nothing. It looks at its thread's counter in the kernel of one and of
     * another of its executions in a request: all that lies between is the core's path.
     */
    private static final class Meter implements ProcessingElement {
        private final PeDescriptor descriptor;
        private final int from;
        private final int to;
        private int executions;
        private long bytesAtFrom;
        volatile long bytes;
        volatile String thread = "";

        Meter(String id, int from, int to) {
            descriptor = new PeDescriptor(id, "cpu", 1, 1e9, 1e9, 0);
            this.from = from;
            this.to = to;
        }

        /** Before a request, while no kernel runs. */
        void reset() {
            executions = 0;
            bytes = -1;
        }

        private void count() {
            executions++;
            if (executions == from) {
                bytesAtFrom = THREADS.getCurrentThreadAllocatedBytes();
            } else if (executions == to) {
                bytes = THREADS.getCurrentThreadAllocatedBytes() - bytesAtFrom;
                thread = Thread.currentThread().getName();
            }
        }

        @Override
        public PeDescriptor descriptor() {
            return descriptor;
        }

        @Override
        public DeviceMemory memory() {
            return HostMemory.get();
        }

        @Override
        public Support supports(LayerGraph graph, Layer layer) {
            return Support.yes();
        }

        @Override
        public Kernel prepare(LayerGraph segment) {
            long[] sizes = {1};
            return new Kernel() {
                @Override
                public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
                    float sum = 1;
                    for (TensorBuffer input : inputs) {
                        sum += input.host().bytes().getFloat(0);
                    }
                    for (TensorBuffer output : outputs) {
                        output.resize(sizes);
                        output.host().bytes().putFloat(0, sum);
                    }
                    count();
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public WorkerScope openWorker() {
            return WorkerScope.NOTHING;
        }
    }

    private static LayerGraph chain() {
        GraphSketch net = new GraphSketch("chain");
        int value = net.input(1);
        for (int i = 0; i < LAYERS; i++) {
            value = net.relu(value);
        }
        return net.outputs(value);
    }

    /** Chains beside each other that meet in the end: there is always more than one ready task. */
    private static LayerGraph braid() {
        GraphSketch net = new GraphSketch("braid");
        int[] strands = new int[4];
        int x = net.input(1);
        for (int i = 0; i < LAYERS / 4; i++) {
            for (int s = 0; s < strands.length; s++) {
                strands[s] = net.relu(i == 0 ? x : strands[s]);
            }
        }
        return net.outputs(strands);
    }

    private long leastBytes(LayerGraph model, Meter... meters) throws Exception {
        for (Meter meter : meters) {
            engine.addPe(meter);
        }
        Deployment deployment = engine.deploy(model, new DeployOptions(model.name(), Granularity.LAYER));
        long least = Long.MAX_VALUE;
        // The least of several requests: the first ones fill the pools, load classes and compile.
        for (int i = 0; i < REQUESTS; i++) {
            long bytes = 0;
            for (Meter meter : meters) {
                meter.reset();
            }
            float answer = deployment
                    .infer(List.of(Tensor.of(new float[] {0}, 1)))
                    .outputs()
                    .get(0)
                    .toFloats()[0];
            assertThat(answer).as("kernels that the answer came through").isPositive();
            for (Meter meter : meters) {
                assertThat(meter.bytes)
                        .as("bytes that %s counted", meter.descriptor())
                        .isNotNegative();
                assertThat(meter.thread)
                        .isEqualTo("saguaro-pe-" + meter.descriptor().id());
                bytes += meter.bytes;
            }
            least = Math.min(least, bytes);
        }
        return least;
    }

    @Test
    void nothingOnOnePe() throws Exception {
        assertThat(leastBytes(chain(), new Meter("cpu0", 500, 1_500)))
                .as("bytes in 1,000 tasks")
                .isZero();
    }

    @Test
    void nothingBetweenPes() throws Exception {
        engine.addPolicy("alternate", "test", alternating());
        engine.configurePolicies(List.of("alternate"));
        assertThat(leastBytes(chain(), new Meter("cpu0", 200, 700), new Meter("cpu1", 200, 700)))
                .as("bytes in 1,000 tasks on two PEs in turn")
                .isZero();
    }

    @Test
    void nothingWhereSeveralTasksAreReady() throws Exception {
        assertThat(leastBytes(braid(), new Meter("cpu0", 500, 1_500)))
                .as("bytes in 1,000 tasks")
                .isZero();
    }

    private static SchedulingPolicy alternating() {
        int[] turn = new int[1];
        return (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                turn[0]++;
                assignment.assign(task, turn[0] % pool.size());
            }
        };
    }
}
