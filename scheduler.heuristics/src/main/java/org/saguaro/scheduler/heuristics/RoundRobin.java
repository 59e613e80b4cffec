// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Round robin.
 *
 * <p><b>Rule:</b> tasks in the order they became ready; each goes to the next PE in rotation that supports it, whatever it
 * costs there. The rotation follows the PEs' ids and goes on from round to round after the PE used last, also when that PE or
 * others have come or gone meanwhile.
 *
 * <p><b>Cost:</b> O(P) per task at most, O(1) when most PEs support it; once per change of the pool O(P²) to sort it.
 *
 * <p><b>Ties:</b> there are none, as ids are unique.
 *
 * <p><b>Source:</b> the RR (also SIMPLE) policy of CEDR: Mack et al., "CEDR: A Compiler-integrated, Extensible DSSoC Runtime",
 * ACM TECS 22(2), 2023, doi:10.1145/3529257.
 */
@Component(property = SchedulingPolicy.NAME_PROPERTY + "=rr", scope = ServiceScope.PROTOTYPE)
public final class RoundRobin implements SchedulingPolicy {

    /** Ids of the pool that {@link #order} was made for, by position. */
    private String[] ids = new String[0];
    /** Positions of the PEs in the order of their ids. */
    private int[] order = new int[0];
    /** The PE used last. */
    private @Nullable String last;

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int pes = pool.size();
        if (pes == 0) {
            return;
        }
        orderById(pool);
        int next = placeAfterLast();
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            int place = next;
            for (int tried = 0; tried < pes; tried++) {
                int pe = order[place];
                if (++place == pes) {
                    place = 0;
                }
                if (costs.supports(task, pe)) {
                    assignment.assign(task, pe);
                    last = ids[pe];
                    next = place;
                    break;
                }
            }
        }
    }

    private void orderById(PePool pool) {
        if (isUnchanged(pool)) {
            return;
        }
        int pes = pool.size();
        if (ids.length != pes) {
            ids = new String[pes];
            order = new int[pes];
        }
        for (int pe = 0; pe < pes; pe++) {
            String id = pool.get(pe).id();
            ids[pe] = id;
            int place = pe;
            while (place > 0 && ids[order[place - 1]].compareTo(id) > 0) {
                order[place] = order[place - 1];
                place--;
            }
            order[place] = pe;
        }
    }

    private boolean isUnchanged(PePool pool) {
        if (ids.length != pool.size()) {
            return false;
        }
        for (int pe = 0; pe < ids.length; pe++) {
            if (!ids[pe].equals(pool.get(pe).id())) {
                return false;
            }
        }
        return true;
    }

    /** Place in {@link #order} of the first PE after the one used last. */
    private int placeAfterLast() {
        if (last != null) {
            for (int place = 0; place < order.length; place++) {
                if (ids[order[place]].compareTo(last) > 0) {
                    return place;
                }
            }
        }
        return 0;
    }
}
