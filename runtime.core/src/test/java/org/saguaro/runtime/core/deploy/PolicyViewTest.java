// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;

/** What a policy sees of costs on a chain of three layers, of which a device with memory of its own runs the middle one too. */
@Timeout(60)
class PolicyViewTest {

    private final Engine engine =
            new Engine(new Settings(1 << 12, 64, Duration.ofSeconds(20), Duration.ofMillis(400), 4, Optional.empty()));

    @AfterEach
    void close() {
        engine.close();
    }

    private static LayerGraph chain() {
        GraphSketch net = new GraphSketch("chain");
        int x = net.input(1, 1000);
        int scaled = net.mul(x, net.weight(1, 1000));
        int positive = net.relu(scaled);
        return net.outputs(net.add(positive, positive, 1));
    }

    /** One row of the costs: a task of the chain on a PE. */
    private record Row(
            String pe, long execution, long deviation, long transfer, long energy, long remaining, long rank) {}

    private List<Row> seen() throws Exception {
        List<Row> rows = Collections.synchronizedList(new ArrayList<>());
        engine.addPolicy("looking", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                int first = -1;
                for (int pe = 0; pe < pool.size(); pe++) {
                    if (costs.supports(task, pe)) {
                        rows.add(new Row(
                                pool.get(pe).id(),
                                costs.executionNanos(task, pe),
                                costs.executionDeviationNanos(task, pe),
                                costs.transferNanos(task, pe),
                                costs.energyNanojoules(task, pe),
                                costs.optimisticRemainingNanos(task, pe),
                                ready.get(task).upwardRankNanos()));
                        first = first < 0 ? pe : first;
                    }
                }
                assignment.assign(task, first);
            }
        });
        engine.configurePolicies(List.of("looking"));
        Deployment deployment = engine.deploy(chain(), new DeployOptions("chain", Granularity.LAYER));
        deployment.infer(List.of(Tensor.of(new float[1000], 1, 1000)));
        return rows;
    }

    @Test
    void priorsTransfersEnergyAndWhatFollows() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(FakePe.device("dev0", "relu"));
        List<Row> rows = seen();
        assertThat(rows).extracting(Row::pe).containsExactly("cpu0", "cpu0", "dev0", "cpu0");
        Row mul = rows.get(0);
        Row relu = rows.get(1);
        Row reluOnDevice = rows.get(2);
        Row add = rows.get(3);
        assertThat(rows).as("priors").allSatisfy(row -> {
            assertThat(row.deviation()).isEqualTo(row.execution());
            assertThat(row.energy()).as("one watt").isEqualTo(row.execution());
        });
        // The prior of a copy: 10 us, and half a nanosecond for each of 4,000 bytes.
        assertThat(rows).extracting(Row::transfer).containsExactly(0L, 0L, 12_000L, 0L);
        assertThat(add.remaining()).isZero();
        assertThat(relu.remaining()).isEqualTo(add.execution());
        assertThat(reluOnDevice.remaining()).isEqualTo(12_000 + add.execution());
        assertThat(mul.remaining()).as("by the CPU").isEqualTo(relu.execution() + add.execution());
        assertThat(add.rank()).isEqualTo(add.execution());
        // The only pair of different PEs from relu to add is the device and the CPU, from mul to relu the other way.
        assertThat(relu.rank()).isEqualTo((relu.execution() + reluOnDevice.execution()) / 2 + 12_000 + add.rank());
        assertThat(mul.rank()).isEqualTo(mul.execution() + 12_000 + relu.rank());
    }
}
