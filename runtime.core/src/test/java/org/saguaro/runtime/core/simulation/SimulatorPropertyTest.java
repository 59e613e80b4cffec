// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** The simulator does what a slow and plain one does, whatever the scene and the policy. */
class SimulatorPropertyTest {

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void doesWhatThePlainOneDoes(@ForAll long seed) {
        OursAndTheCores.BY_NAME.forEach((name, policy) -> {
            RandomScene scene = new RandomScene(seed);
            Simulation simulation = Simulator.simulation(scene.pool, scene.applications);
            Scene.Log expected = new Scene.Log(simulation);
            new NaiveSimulator(scene.pool, scene.applications, scene.settings, policy.get(), expected)
                    .run(scene.requests);
            Scene.Log found = new Scene.Log(simulation);

            SimulationResult result = simulation.run(policy.get(), scene.arrivals(), scene.settings, found);

            assertSameEvents(name, found.lines, expected.lines);
            assertThat(result.requests()).isEqualTo(scene.requests.size());
            long tasks =
                    found.lines.stream().filter(line -> line.contains("ready")).count();
            assertThat(result.tasks()).as("tasks under %s", name).isEqualTo(tasks);
        });
    }

    /** Shows the first event that differs with those before it, and not two lists of hundreds. */
    private static void assertSameEvents(String policy, List<String> found, List<String> expected) {
        int same = 0;
        while (same < found.size() && same < expected.size() && found.get(same).equals(expected.get(same))) {
            same++;
        }
        int from = Math.max(0, same - 5);
        assertThat(found.subList(from, Math.min(found.size(), same + 1)))
                .as("the first events that differ under %s, and those before", policy)
                .isEqualTo(expected.subList(from, Math.min(expected.size(), same + 1)));
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void noPeIsBusyLongerThanTheRunTakes(@ForAll long seed) {
        for (Map.Entry<String, Supplier<SchedulingPolicy>> policy : OursAndTheCores.BY_NAME.entrySet()) {
            RandomScene scene = new RandomScene(seed);
            SimulationResult result = Simulator.simulation(scene.pool, scene.applications)
                    .run(policy.getValue().get(), scene.arrivals(), scene.settings, SimulationObserver.NONE);

            double joules = 0;
            for (SimulationResult.PeResult pe : result.pes()) {
                assertThat(pe.busyNanos() + pe.transferNanos() + pe.dispatchNanos())
                        .as("%s under %s: %s", pe.id(), policy.getKey(), pe)
                        .isLessThanOrEqualTo(result.endNanos());
                joules += pe.joules();
            }
            assertThat(result.joules()).isCloseTo(joules, within(1e-9 * joules));
        }
    }
}
