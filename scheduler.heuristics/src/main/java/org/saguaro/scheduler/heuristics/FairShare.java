// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import java.util.Arrays;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.osgi.service.metatype.annotations.Designate;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Fair share between tenants: start-time fair queueing.
 *
 * <p><b>Rule:</b> each tenant has a tag, the virtual time at which its next task starts. The tenant with the least tag goes first, with its oldest
 * task, to the supporting PE that would finish it first ({@link EarliestFinishTime}); then its tag grows by what the task takes there, transfer
 * included, divided by the tenant's weight. The virtual time is the largest tag at which a task was given to a PE. A tenant that had nothing ready comes
 * back with a tag of the virtual time at least: being idle earns no credit. So tenants that always have something ready get PE time in
 * proportion to their weights.
 *
 * <p><b>Late binding:</b> every ready task is planned, in this order, but a PE is given only what brings its queue to {@code queue.depth} (2:
 * what runs and one that waits), or more if tasks are many and tiny ({@link Room}). The rest stays ready and is planned anew in the next round, so that what arrives meanwhile can overtake.
 * Only what a PE was given is charged.
 *
 * <p><b>Nobody starves:</b> the oldest ready task is overtaken by {@code patience} others (64) at most ({@link Patience}), then it takes
 * the first PE that supports it and has room; its tenant is charged. This matters only where PEs differ: a tenant may have had its share
 * on some PEs, and still have a task that only another one supports.
 *
 * <p><b>Cost:</b> O(n) per round, and O(P + T) per task planned, where T is the number of tenants; O(P) if no PE has room.
 *
 * <p><b>Ties:</b> of tenants, the one of the smallest number; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> Goyal, Vin and Cheng, "Start-Time Fair Queueing: A Scheduling Algorithm for Integrated Services Packet Switching
 * Networks", IEEE/ACM Transactions on Networking 5(5), 1997, doi:10.1109/90.649569; with several servers: Jin, Chase and Kaur, "Interposed
 * Proportional Sharing for a Storage Service Utility", SIGMETRICS 2004, doi:10.1145/1005686.1005694.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.fair",
        property = SchedulingPolicy.NAME_PROPERTY + "=fair",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = LateOptions.class)
public final class FairShare implements SchedulingPolicy {

    private static final int NONE = -1;

    private final Timeline timeline;
    private final Room room;
    private final Patience patience;
    private double virtualTime;
    /** By tenant: its tag, and how many tasks the round has left ready. */
    private double[] tag = new double[0];

    private int[] waiting = new int[0];
    /** By tenant, for the round: its tag with all that is planned, and its ready tasks from the oldest on. */
    private double[] plannedTag = new double[0];

    private int[] arrived = new int[0];
    private int[] head = new int[0];
    private int[] tail = new int[0];
    private int[] next = new int[0];
    /** Tenants that had tasks in the round, in the order of their numbers. */
    private int[] active = new int[0];

    private int activeCount;

    /** With the default options. */
    public FairShare() {
        this(TieBreak.of(TieBreak.FIRST, 0), 2, 64);
    }

    /** Called by Declarative Services. */
    @Activate
    public FairShare(LateOptions options) {
        this(TieBreak.of(options.ties(), options.seed()), options.queue_depth(), options.patience());
    }

    FairShare(TieBreak ties, int queueDepth, int overtakings) {
        timeline = new Timeline(ties);
        room = new Room(queueDepth);
        patience = new Patience(overtakings);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        if (!room.begin(pool, ready.size())) {
            return;
        }
        timeline.begin(pool);
        sortByTenant(ready);
        int favouredPe = patience.begin(ready, costs, timeline, room);
        int favoured = patience.favoured();
        if (favouredPe != Timeline.NOBODY) {
            ReadyTask task = ready.get(favoured);
            plannedTag[task.tenant()] += virtualCost(favoured, favouredPe, task, costs);
            give(favoured, favouredPe, task, costs, assignment);
        }
        while (room.isLeft()) {
            int tenant = leastTag();
            if (tenant == NONE) {
                break;
            }
            int position = head[tenant];
            head[tenant] = next[position];
            int pe = position == favoured ? Timeline.NOBODY : timeline.earliestFinish(position, costs);
            if (pe == Timeline.NOBODY) {
                continue;
            }
            ReadyTask task = ready.get(position);
            plannedTag[tenant] += virtualCost(position, pe, task, costs);
            if (room.has(pe)) {
                give(position, pe, task, costs, assignment);
            } else if (room.mayPlanMore()) {
                timeline.occupy(pe, timeline.finishNanos());
            } else {
                return;
            }
        }
    }

    private void give(int position, int pe, ReadyTask task, CostModel costs, Assignment assignment) {
        assignment.assign(position, pe);
        room.take(pe, timeline.finishNanos() - timeline.availableNanos(pe));
        timeline.occupy(pe, timeline.finishNanos());
        patience.placed(position);
        if (patience.isOver()) {
            room.curb();
        }
        waiting[task.tenant()]--;
        if (position != patience.favoured()) {
            virtualTime = Math.max(virtualTime, tag[task.tenant()]);
        }
        tag[task.tenant()] += virtualCost(position, pe, task, costs);
    }

    private static double virtualCost(int position, int pe, ReadyTask task, CostModel costs) {
        // A task that costs nothing would let its tenant go first for ever.
        double nanos = Math.max(1, costs.transferNanos(position, pe) + costs.executionNanos(position, pe));
        return nanos / task.tenantWeight();
    }

    /** Lists each tenant's tasks, and gives those that come back the virtual time as their tag, if theirs is less. */
    private void sortByTenant(ReadyQueue ready) {
        Arrays.fill(head, NONE);
        Arrays.fill(arrived, 0);
        int tasks = ready.size();
        if (next.length < tasks) {
            next = new int[tasks];
        }
        for (int position = 0; position < tasks; position++) {
            int tenant = ready.get(position).tenant();
            if (tenant >= head.length) {
                grow(tenant + 1);
            }
            next[position] = NONE;
            if (head[tenant] == NONE) {
                head[tenant] = position;
            } else {
                next[tail[tenant]] = position;
            }
            tail[tenant] = position;
            arrived[tenant]++;
        }
        activeCount = 0;
        for (int tenant = 0; tenant < head.length; tenant++) {
            if (arrived[tenant] > 0) {
                if (waiting[tenant] == 0) {
                    tag[tenant] = Math.max(tag[tenant], virtualTime);
                }
                plannedTag[tenant] = tag[tenant];
                active[activeCount++] = tenant;
            }
            waiting[tenant] = arrived[tenant];
        }
    }

    /** The tenant with tasks left to plan that has the least tag. */
    private int leastTag() {
        int least = NONE;
        for (int i = 0; i < activeCount; i++) {
            int tenant = active[i];
            if (head[tenant] != NONE && (least == NONE || plannedTag[tenant] < plannedTag[least])) {
                least = tenant;
            }
        }
        return least;
    }

    private void grow(int atLeast) {
        int before = head.length;
        int tenants = Math.max(atLeast, 2 * before);
        tag = Arrays.copyOf(tag, tenants);
        waiting = Arrays.copyOf(waiting, tenants);
        arrived = Arrays.copyOf(arrived, tenants);
        plannedTag = Arrays.copyOf(plannedTag, tenants);
        head = Arrays.copyOf(head, tenants);
        tail = Arrays.copyOf(tail, tenants);
        active = Arrays.copyOf(active, tenants);
        Arrays.fill(head, before, tenants, NONE);
    }
}
