// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.saguaro.runtime.core.policy.Decisions;
import org.saguaro.runtime.core.simulation.Arrivals.Arrival;
import org.saguaro.runtime.core.simulation.VirtualTask.Phase;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * One run: the dispatcher's twin. What happens at one instant (completions, tasks that become ready, arrivals) is one event to the policy, which is
 * then asked in a round; then PEs that are at rest take up the next task of their queues. As in the dispatcher, a request that is dropped leaves
 * the queues, and what a PE runs of it goes on to its end.
 *
 * <p>Used once, by one thread. Allocates only when there are more requests in flight than ever before.
 */
final class VirtualDispatcher {

    /** Whether the thread was interrupted is looked at once in so many instants. */
    private static final int PATIENCE = 256;

    private final Arrivals arrivals;
    private final SchedulingPolicy policy;
    private final SimulationObserver observer;
    private final List<ApplicationGraph> graphs;
    private final List<ApplicationRanks> ranks;
    private final Copies copies;
    private final Beliefs beliefs;
    private final ExecutionTimes times;
    private final VirtualPe[] pes;
    private final VirtualRound round;
    private final Tally[] tallies;
    private final EventHeap events = new EventHeap();
    /** Requests that are not in use, by application. */
    private final List<ArrayDeque<VirtualRequest>> idle;

    /** Ready tasks, the oldest first. */
    private VirtualTask[] ready = new VirtualTask[64];

    private int readyCount;
    /** Whether requests of which tasks may be ready have ended. */
    private boolean someReadyEnded;

    private boolean roundWanted;

    private final Arrival arrival = new Arrival();
    private boolean moreArrivals = true;
    private long nowNanos;
    private long endNanos;
    private long nextRequest;
    private long nextTaskId;
    private long liveRequests;

    VirtualDispatcher(
            Arrivals arrivals,
            SchedulingPolicy policy,
            SimulationObserver observer,
            List<ApplicationGraph> graphs,
            List<ApplicationRanks> ranks,
            Copies copies,
            Beliefs beliefs,
            ExecutionTimes times,
            VirtualPe[] pes) {
        this.arrivals = arrivals;
        this.policy = policy;
        this.observer = observer;
        this.graphs = graphs;
        this.ranks = ranks;
        this.copies = copies;
        this.beliefs = beliefs;
        this.times = times;
        this.pes = pes;
        round = new VirtualRound(pes, beliefs, copies);
        tallies = graphs.stream().map(graph -> new Tally()).toArray(Tally[]::new);
        idle = graphs.stream().map(graph -> new ArrayDeque<VirtualRequest>()).toList();
    }

    SimulationResult run() {
        nextArrival();
        boolean interrupted = false;
        int instants = 0;
        while (!interrupted && (liveRequests > 0 || moreArrivals)) {
            long next = moreArrivals ? Math.min(arrival.nanos, events.firstNanos()) : events.firstNanos();
            if (next == Long.MAX_VALUE) {
                throw stuck();
            }
            nowNanos = next;
            while (events.firstNanos() == next) {
                handle(events.poll());
            }
            while (moreArrivals && arrival.nanos == next) {
                submit();
                nextArrival();
            }
            settle();
            interrupted = ++instants % PATIENCE == 0 && Thread.currentThread().isInterrupted();
        }
        return result(interrupted);
    }

    // --- requests ---

    private void nextArrival() {
        long before = arrival.nanos;
        moreArrivals = arrivals.next(arrival);
        if (!moreArrivals) {
            return;
        }
        if (arrival.nanos < before) {
            throw refused("it at " + arrival.nanos + " ns, expected it at " + before + " ns or later");
        }
        if (arrival.application < 0 || arrival.application >= graphs.size()) {
            throw refused(
                    "application " + arrival.application + ", expected one of " + graphs.size() + ", counted from 0");
        }
        if (arrival.tenant < 0 || !(arrival.tenantWeight > 0)) {
            throw refused("tenant " + arrival.tenant + " with a weight of " + arrival.tenantWeight
                    + ", expected a number from 0 and a positive weight");
        }
        RequestTimes recorded = arrival.recorded;
        int tasks = graphs.get(arrival.application).size();
        if (recorded != null && recorded.tasks().size() != tasks) {
            throw refused("times of " + recorded.tasks().size() + " tasks, expected those of " + tasks);
        }
    }

    private IllegalArgumentException refused(String found) {
        return new IllegalArgumentException("request " + nextRequest + " of the arrivals: found " + found);
    }

    private void submit() {
        ApplicationGraph graph = graphs.get(arrival.application);
        VirtualRequest request = idle.get(arrival.application).pollLast();
        if (request == null) {
            request = new VirtualRequest(graph, ranks.get(arrival.application), beliefs.types, copies.spaces());
        }
        request.begin(arrival, nextRequest++, nextTaskId);
        nextTaskId += graph.size();
        liveRequests++;
        if (request.canBeDropped()) {
            // What is done at that very instant is in time.
            events.addLast(request, Math.max(nowNanos, request.hardDeadlineNanos));
        }
        for (int task : graph.first) {
            release(request.tasks[task]);
        }
    }

    /** A request has its results, or gets none. */
    private void end(VirtualRequest request, boolean dropped) {
        request.live = false;
        liveRequests--;
        endNanos = nowNanos;
        events.remove(request);
        int application = request.graph.position;
        tallies[application].count(request, nowNanos, dropped);
        observer.request(request.number, application, request.tenant, request.submittedNanos, nowNanos, dropped);
        if (request.queued > 0) {
            for (VirtualPe pe : pes) {
                pe.takeOut(request);
            }
        }
        someReadyEnded |= request.onItsWay > 0;
        recycle(request);
    }

    /** A task of a request is on its way no more. */
    private void leave(VirtualRequest request) {
        request.onItsWay--;
        recycle(request);
    }

    private void recycle(VirtualRequest request) {
        if (!request.live && request.onItsWay == 0) {
            idle.get(request.graph.position).addLast(request);
        }
    }

    // --- events ---

    private void handle(Event event) {
        if (event instanceof VirtualPe pe) {
            VirtualTask task = pe.running;
            if (task != null) {
                completed(pe, task);
            } else {
                resultsArrived(pe);
            }
        } else if (event instanceof VirtualTask task) {
            goOn(task);
        } else if (event instanceof VirtualRequest request) {
            // The runtime ends a request at its hard deadline, whatever the policy does.
            end(request, true);
            roundWanted = true;
        }
    }

    private void completed(VirtualPe pe, VirtualTask task) {
        VirtualRequest request = task.request;
        pe.running = null;
        pe.taskGone(task);
        pe.completed++;
        pe.busyNanos += pe.kernelNanos;
        pe.transferNanos += pe.copyNanos;
        pe.inDispatchNanos += pe.dispatchedNanos;
        roundWanted = true;
        beliefs.observe(task.costs + pe.type, pe.kernelNanos);
        observer.task(
                request.number,
                request.graph.position,
                task.position,
                pe.position,
                task.readyNanos,
                task.assignedNanos,
                pe.startedNanos,
                nowNanos);
        if (request.live && publish(task, pe.space)) {
            long there = request.bringResults(copies, nowNanos);
            if (there > nowNanos) {
                // Its worker does that, as in the runtime, and takes up nothing else meanwhile.
                pe.results = request;
                pe.resultsSinceNanos = nowNanos;
                events.add(pe, there);
                return;
            }
            if (lingers(task)) {
                return;
            }
            end(request, false);
        }
        leave(request);
    }

    /** Whether a request ends some time after this, its last task: then that is an event, and occupies nobody. */
    private boolean lingers(VirtualTask last) {
        RequestTimes recorded = last.request.recorded;
        if (recorded == null || recorded.tailNanos() == 0) {
            return false;
        }
        last.phase = Phase.RESULTS;
        events.add(last, nowNanos + recorded.tailNanos());
        return true;
    }

    private void resultsArrived(VirtualPe pe) {
        VirtualRequest request = pe.results;
        if (request == null) {
            throw new IllegalStateException(pe + " is done with nothing");
        }
        pe.results = null;
        pe.transferNanos += nowNanos - pe.resultsSinceNanos;
        if (request.live) {
            end(request, false);
        }
        leave(request);
    }

    /** A task that no PE has begun, or that none runs. */
    private void goOn(VirtualTask task) {
        VirtualRequest request = task.request;
        if (request.live) {
            switch (task.phase) {
                case DELAYED -> {
                    becameReady(task);
                    return;
                }
                case CORE -> {
                    if (publish(task, Copies.HOST)) {
                        RequestTimes recorded = request.recorded;
                        long tail = recorded == null ? 0 : recorded.tailNanos();
                        task.phase = Phase.RESULTS;
                        events.add(task, request.bringResults(copies, nowNanos) + tail);
                        return;
                    }
                }
                case RESULTS -> end(request, false);
            }
        }
        leave(request);
    }

    /** A task is done, its output in that space; returns whether its request now is. */
    private boolean publish(VirtualTask task, int space) {
        VirtualRequest request = task.request;
        request.publish(task.position, space, nowNanos);
        for (int successor : request.graph.successors[task.position]) {
            VirtualTask waiting = request.tasks[successor];
            if (--waiting.pending == 0) {
                release(waiting);
            }
        }
        return --request.unfinished == 0;
    }

    /** A task's inputs are there. */
    private void release(VirtualTask task) {
        VirtualRequest request = task.request;
        request.onItsWay++;
        long delay = request.delayNanos(task.position);
        if (task.row == ApplicationGraph.NO_ROW) {
            task.phase = Phase.CORE;
            events.add(task, delay + request.bringInputs(task.position, Copies.HOST, copies, nowNanos));
        } else if (delay > 0) {
            task.phase = Phase.DELAYED;
            events.add(task, nowNanos + delay);
        } else {
            becameReady(task);
        }
    }

    private void becameReady(VirtualTask task) {
        task.readyNanos = nowNanos;
        if (readyCount == ready.length) {
            ready = Arrays.copyOf(ready, 2 * readyCount);
        }
        ready[readyCount++] = task;
        roundWanted = true;
    }

    // --- rounds ---

    private void settle() {
        while (roundWanted && readyCount > 0) {
            roundWanted = false;
            runRound();
        }
        roundWanted = false;
        for (VirtualPe pe : pes) {
            if (pe.isAtRest()) {
                VirtualTask task = pe.poll();
                if (task != null) {
                    start(pe, task);
                }
            }
        }
    }

    private void runRound() {
        if (someReadyEnded) {
            forgetEnded();
            if (readyCount == 0) {
                return;
            }
        }
        round.ask(policy, ready, readyCount, nowNanos);
        Decisions decisions = round.decisions();
        if (decisions.drops() > 0) {
            dropDecided(decisions);
        }
        for (int i = 0; i < decisions.placed(); i++) {
            int position = decisions.task(i);
            VirtualTask task = ready[position];
            if (task.request.live) {
                int pe = decisions.pe(position);
                task.expectedNanos = round.executionNanos(position, pe) + round.transferNanos(position, pe);
                task.assignedNanos = nowNanos;
                pes[pe].offer(task);
            } else {
                leave(task.request);
            }
        }
        int kept = 0;
        for (int position = 0; position < readyCount; position++) {
            if (decisions.isOpen(position)) {
                ready[kept++] = ready[position];
            }
        }
        readyCount = kept;
    }

    /** Ends the requests that the policy gave up; what else it decided about them comes to nothing. */
    private void dropDecided(Decisions decisions) {
        for (int position = 0; position < readyCount; position++) {
            if (decisions.isDropped(position)) {
                VirtualRequest request = ready[position].request;
                if (request.live) {
                    end(request, true);
                }
                leave(request);
            }
        }
        // Those left out may have been left out for their sake.
        roundWanted = true;
    }

    /** Takes tasks of requests that have ended out of the ready list. */
    private void forgetEnded() {
        someReadyEnded = false;
        int kept = 0;
        for (int position = 0; position < readyCount; position++) {
            VirtualTask task = ready[position];
            if (task.request.live) {
                ready[kept++] = task;
            } else {
                leave(task.request);
            }
        }
        readyCount = kept;
    }

    // --- PEs ---

    private void start(VirtualPe pe, VirtualTask task) {
        VirtualRequest request = task.request;
        pe.startedNanos = nowNanos;
        pe.running = task;
        RequestTimes.Run run = request.run(task.position);
        pe.dispatchedNanos = times.dispatchNanos(pe, run);
        long dispatched = nowNanos + pe.dispatchedNanos;
        long there = task.isMoved ? request.bringInputs(task.position, pe.space, copies, dispatched) : dispatched;
        pe.copyNanos = there - dispatched;
        pe.kernelNanos = times.executionNanos(pe, task, run);
        events.add(pe, there + pe.kernelNanos);
    }

    // --- the end ---

    private IllegalStateException stuck() {
        VirtualTask oldest = null;
        for (int position = 0; position < readyCount && oldest == null; position++) {
            oldest = ready[position].request.live ? ready[position] : null;
        }
        return new IllegalStateException(policy.getClass().getName() + " leaves tasks for good: at " + nowNanos
                + " ns no PE has anything to do, nothing else is to come, and " + readyCount
                + " tasks are ready, the oldest " + oldest + ", ready since "
                + (oldest == null ? nowNanos : oldest.readyNanos)
                + " ns; a policy has to assign within finitely many rounds what a PE supports");
    }

    private SimulationResult result(boolean interrupted) {
        long end = interrupted ? nowNanos : endNanos;
        return new SimulationResult(
                end,
                Arrays.stream(pes).mapToLong(pe -> pe.completed).sum(),
                Arrays.stream(tallies).mapToLong(Tally::requests).sum(),
                Arrays.stream(tallies).mapToLong(Tally::dropped).sum(),
                interrupted,
                graphs.stream()
                        .map(graph -> tallies[graph.position].result(graph.profile.name()))
                        .toList(),
                Arrays.stream(pes).map(pe -> pe.result(end)).toList());
    }
}
