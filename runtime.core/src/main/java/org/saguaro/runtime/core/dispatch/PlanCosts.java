// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.cost.Ranks;
import org.saguaro.runtime.core.residency.MemoryDomain;

/**
 * The costs of a plan's tasks as they are known now. The first place is the core's, in host memory; the others are the types of PEs
 * that have kernels of the plan, by memory. PEs that get no tasks now count only for tasks that no other PE runs.
 */
final class PlanCosts implements Ranks.Costs {

    private static final int CORE = 0;

    private record Place(String peType, MemoryDomain domain) {}

    private final List<PlanTask> tasks;
    private final long[][] edgeBytes;
    private final int[][] successors;
    private final List<Place> places = new ArrayList<>();
    private final List<Integer> members = new ArrayList<>();
    private final long[][] executionNanos;
    private @Nullable PeHandle[] pesBySlot = new PeHandle[0];

    /** @param edgeBytes by task, in the order of its successors: what that one reads of it */
    PlanCosts(List<PlanTask> tasks, int[][] successors, long[][] edgeBytes) {
        this.tasks = tasks;
        this.successors = successors;
        this.edgeBytes = edgeBytes;
        findPlaces();
        executionNanos = new long[tasks.size()][places.size()];
        for (int task = 0; task < tasks.size(); task++) {
            fill(tasks.get(task), executionNanos[task]);
        }
    }

    private void findPlaces() {
        places.add(new Place("", MemoryDomain.HOST));
        for (PlanTask task : tasks) {
            for (PreparedKernel kernel : task.kernels()) {
                if (kernel != null) {
                    PeHandle pe = kernel.pe();
                    if (pe.slot() >= pesBySlot.length) {
                        pesBySlot = Arrays.copyOf(pesBySlot, pe.slot() + 1);
                    }
                    pesBySlot[pe.slot()] = pe;
                    if (placeOf(pe) < 0) {
                        places.add(new Place(pe.type(), pe.domain()));
                    }
                }
            }
        }
        int[] active = new int[places.size()];
        int[] present = new int[places.size()];
        for (PeHandle pe : pesBySlot) {
            int place = pe == null ? -1 : placeOf(pe);
            if (pe != null && place > CORE) {
                present[place]++;
                active[place] += pe.isActive() ? 1 : 0;
            }
        }
        members.add(1);
        for (int place = 1; place < active.length; place++) {
            members.add(active[place] > 0 ? active[place] : Math.max(1, present[place]));
        }
    }

    private int placeOf(PeHandle pe) {
        for (int place = 1; place < places.size(); place++) {
            if (places.get(place).domain() == pe.domain()
                    && places.get(place).peType().equals(pe.type())) {
                return place;
            }
        }
        return -1;
    }

    private void fill(PlanTask task, long[] nanos) {
        Arrays.fill(nanos, NONE);
        if (task.isCore()) {
            nanos[CORE] = task.expectedOfNested(Plan::optimisticPathNanos);
            return;
        }
        boolean someActive = false;
        for (PreparedKernel kernel : task.kernels()) {
            someActive |= kernel != null && kernel.pe().isActive();
        }
        for (PreparedKernel kernel : task.kernels()) {
            if (kernel != null && (kernel.pe().isActive() || !someActive)) {
                int place = placeOf(kernel.pe());
                // A device that is lost meanwhile has no place; the next update sees what came of it.
                if (place > CORE) {
                    nanos[place] = kernel.estimate().meanNanos();
                }
            }
        }
    }

    @Override
    public int places() {
        return places.size();
    }

    @Override
    public int members(int place) {
        return members.get(place);
    }

    @Override
    public long executionNanos(int task, int place) {
        return executionNanos[task][place];
    }

    @Override
    public long meanNanos(int task) {
        return tasks.get(task).isCore() ? tasks.get(task).expectedOfNested(Plan::criticalPathNanos) : NONE;
    }

    @Override
    public long transferNanos(int task, int successor, int from, int to) {
        MemoryDomain source = places.get(from).domain();
        MemoryDomain target = places.get(to).domain();
        return source == target ? 0 : source.transferNanos(target, bytes(task, successor));
    }

    private long bytes(int task, int successor) {
        int[] all = successors[task];
        for (int i = 0; i < all.length; i++) {
            if (all[i] == successor) {
                return edgeBytes[task][i];
            }
        }
        return 0;
    }

    /** Optimistic costs of a task by slot of the PE: for a lookup in a round. */
    long[] optimisticBySlot(Ranks ranks, int task) {
        long[] bySlot = new long[pesBySlot.length];
        for (int slot = 0; slot < bySlot.length; slot++) {
            PeHandle pe = pesBySlot[slot];
            int place = pe == null ? -1 : placeOf(pe);
            bySlot[slot] = place > CORE ? ranks.optimisticNanos(task, place) : 0;
        }
        return bySlot;
    }

    /** Optimistic cost of a task that the core does. */
    long optimisticOfCore(Ranks ranks, int task) {
        return ranks.optimisticNanos(task, CORE);
    }
}
