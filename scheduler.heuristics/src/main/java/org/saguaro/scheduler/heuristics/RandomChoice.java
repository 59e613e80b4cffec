// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import java.util.SplittableRandom;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.osgi.service.metatype.annotations.Designate;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Random.
 *
 * <p><b>Rule:</b> tasks in the order they became ready; each goes to one of the PEs that support it, all equally likely.
 *
 * <p><b>Cost:</b> O(P) per task.
 *
 * <p><b>Ties:</b> there are none. The lots depend on the option {@code seed} and on what was drawn before.
 *
 * <p><b>Source:</b> the usual baseline. CEDR's RANDOM is another one: it shuffles the ready tasks and then takes the PEs in turn, as its
 * SIMPLE does: Mack et al., "CEDR: A Compiler-integrated, Extensible DSSoC Runtime",
 * ACM TECS 22(2), 2023, doi:10.1145/3529257.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.random",
        property = SchedulingPolicy.NAME_PROPERTY + "=random",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = RandomOptions.class)
public final class RandomChoice implements SchedulingPolicy {

    private final SplittableRandom random;
    private int[] supporting = new int[0];

    /** With the default options. */
    public RandomChoice() {
        this(0);
    }

    /** Called by Declarative Services. */
    @Activate
    public RandomChoice(RandomOptions options) {
        this(options.seed());
    }

    RandomChoice(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int pes = pool.size();
        if (supporting.length < pes) {
            supporting = new int[pes];
        }
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            int count = 0;
            for (int pe = 0; pe < pes; pe++) {
                if (costs.supports(task, pe)) {
                    supporting[count++] = pe;
                }
            }
            if (count > 0) {
                assignment.assign(task, supporting[random.nextInt(count)]);
            }
        }
    }
}
