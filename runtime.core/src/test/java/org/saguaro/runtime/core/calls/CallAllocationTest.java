// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/** What a call costs the heap. */
@Timeout(60)
class CallAllocationTest {

    private static final int CALLS = 1_000;
    private static final int ROUNDS = 8;
    private static final long MOST_BYTES_PER_CALL = 1_536;

    @Test
    void issuingACallAllocatesLittle() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assumptions.assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count allocated bytes");
        try (Engine engine = new Engine(
                        new Settings(0, 64, Duration.ofSeconds(30), Duration.ofSeconds(5), 4, Optional.empty()));
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT);
                LayerSession session = layers.open("allocation")) {
            engine.addPe(new ReferenceProcessingElement("cpu0"));
            DeviceTensor x = session.tensor(Tensor.of(new float[] {1, 2}, 2));
            long least = Long.MAX_VALUE;
            // The least of several rounds: the first ones fill the pools and load classes.
            for (int round = 0; round < ROUNDS; round++) {
                try (LayerScope scope = session.scope()) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    DeviceTensor last = x;
                    for (int i = 0; i < CALLS; i++) {
                        last = scope.relu(last);
                    }
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                    last.await();
                }
                session.awaitCalls();
            }
            assertThat(least / CALLS).as("bytes per call").isLessThan(MOST_BYTES_PER_CALL);
        }
    }
}
