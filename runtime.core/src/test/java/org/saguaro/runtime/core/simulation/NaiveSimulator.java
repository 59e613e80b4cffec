// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.saguaro.runtime.core.cost.Estimate;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * What the simulator should do, as plainly as it can be said: lists that are searched, sums that are added up anew each time, nothing kept
 * between requests. For scenes in which kernels have fixed costs and take their means.
 */
@NullUnmarked // A program of a few hundred lines in which most fields are null for a while.
final class NaiveSimulator {

    private record Planned(long nanos, boolean last, long order, Runnable what) {}

    private final class Task implements ReadyTask {
        Request request;
        int position;
        TaskProfile profile;
        String kernel;
        Set<Integer> waitsFor = new HashSet<>();
        long readyNanos;
        long assignedNanos;
        long startedNanos;
        long expectedNanos;
        /** By space: since when it has the output. */
        Map<String, Long> replicas = new HashMap<>();

        @Override
        public long id() {
            return request.firstTaskId + position;
        }

        @Override
        public long requestId() {
            return request.number;
        }

        @Override
        public int signature() {
            return kernels.indexOf(kernel);
        }

        @Override
        public long submittedNanos() {
            return request.arrival.nanos;
        }

        @Override
        public long readyNanos() {
            return readyNanos;
        }

        @Override
        public long upwardRankNanos() {
            return upwardRank.get(request.arrival.application)[position];
        }

        @Override
        public int tenant() {
            return request.arrival.tenant;
        }

        @Override
        public double tenantWeight() {
            return request.arrival.tenantWeight;
        }

        @Override
        public int priority() {
            return request.arrival.priority;
        }

        @Override
        public long softDeadlineNanos() {
            return Math.min(request.arrival.softDeadlineNanos, request.arrival.hardDeadlineNanos);
        }

        @Override
        public long hardDeadlineNanos() {
            return request.arrival.hardDeadlineNanos;
        }

        @Override
        public double value() {
            return request.arrival.value;
        }
    }

    private static final class Request {
        long number;
        long firstTaskId;
        Arrivals.Arrival arrival;
        boolean ended;
        List<Task> tasks = new ArrayList<>();
        Set<Task> undone = new HashSet<>();
    }

    private final class Pe implements PeState {
        Pool.PeType type;
        String id;
        int position;
        /** The running task first. */
        List<Task> tasks = new ArrayList<>();

        boolean runs;
        boolean copiesResults;

        @Override
        public String id() {
            return id;
        }

        @Override
        public String type() {
            return type.name();
        }

        @Override
        public long availableAtNanos() {
            long ahead = 0;
            for (Task task : tasks) {
                ahead += task.expectedNanos;
            }
            if (runs) {
                long had = now - tasks.get(0).startedNanos - type.dispatchNanos();
                ahead -= Math.min(tasks.get(0).expectedNanos, Math.max(0, had));
            }
            return now + ahead;
        }

        @Override
        public int queuedTasks() {
            return tasks.size();
        }
    }

    private final Pool pool;
    private final List<ApplicationProfile> applications;
    private final SimulationSettings settings;
    private final SchedulingPolicy policy;
    private final SimulationObserver observer;

    private final List<String> kernels = new ArrayList<>();
    private final Map<String, Estimate> estimates = new HashMap<>();
    private final List<long[]> upwardRank = new ArrayList<>();
    private final List<long[][]> optimistic = new ArrayList<>();
    private final List<Pe> pes = new ArrayList<>();
    private final List<Planned> planned = new ArrayList<>();
    private final List<Task> ready = new ArrayList<>();
    private boolean roundWanted;
    private long plans;
    private long now;
    private long firstTaskId;
    private int live;

    NaiveSimulator(
            Pool pool,
            List<ApplicationProfile> applications,
            SimulationSettings settings,
            SchedulingPolicy policy,
            SimulationObserver observer) {
        this.pool = pool;
        this.applications = applications;
        this.settings = settings;
        this.policy = policy;
        this.observer = observer;
        for (Pool.PeType type : pool.peTypes()) {
            for (int i = 0; i < type.count(); i++) {
                Pe pe = new Pe();
                pe.type = type;
                pe.id = type.name() + i;
                pe.position = pes.size();
                pes.add(pe);
            }
        }
        for (ApplicationProfile application : applications) {
            for (KernelProfile kernel : application.kernels()) {
                if (!kernels.contains(kernel.name())) {
                    kernels.add(kernel.name());
                }
            }
        }
        for (String kernel : kernels) {
            for (Pool.PeType type : pool.peTypes()) {
                if (supports(kernel, type)) {
                    Map<String, Double> believed = settings.believed().getOrDefault(kernel, Map.of());
                    double truth = trueNanos(kernel, type);
                    estimates.put(
                            kernel + " on " + type.name(),
                            believed.containsKey(type.name())
                                    ? new Estimate(Math.round(believed.get(type.name())))
                                    : new Estimate(truth, 0));
                }
            }
        }
        for (ApplicationProfile application : applications) {
            rank(application);
        }
    }

    void run(List<Arrivals.Arrival> arrivals) {
        int next = 0;
        long requests = 0;
        while (next < arrivals.size() || live > 0) {
            Planned first = firstPlanned();
            long at = first == null ? Long.MAX_VALUE : first.nanos;
            if (next < arrivals.size()) {
                at = Math.min(at, arrivals.get(next).nanos);
            }
            if (at == Long.MAX_VALUE) {
                throw new IllegalStateException("nothing more happens, but " + live + " requests have not ended");
            }
            now = at;
            while (firstPlanned() != null && firstPlanned().nanos == now) {
                Planned event = firstPlanned();
                planned.remove(event);
                event.what.run();
            }
            while (next < arrivals.size() && arrivals.get(next).nanos == now) {
                submit(arrivals.get(next++), requests++);
            }
            while (roundWanted && !ready.isEmpty()) {
                roundWanted = false;
                new Round().run();
            }
            roundWanted = false;
            for (Pe pe : pes) {
                if (!pe.runs && !pe.copiesResults && !pe.tasks.isEmpty()) {
                    start(pe, pe.tasks.get(0));
                }
            }
        }
    }

    private Planned firstPlanned() {
        return planned.stream()
                .min(Comparator.comparingLong(Planned::nanos)
                        .thenComparing(Planned::last)
                        .thenComparingLong(Planned::order))
                .orElse(null);
    }

    private void plan(long nanos, boolean last, Runnable what) {
        planned.add(new Planned(nanos, last, plans++, what));
    }

    // --- requests ---

    private void submit(Arrivals.Arrival arrival, long number) {
        live++;
        Request request = new Request();
        request.number = number;
        request.arrival = arrival;
        request.firstTaskId = firstTaskId;
        List<TaskProfile> profiles = applications.get(arrival.application).tasks();
        firstTaskId += profiles.size();
        for (TaskProfile profile : profiles) {
            Task task = new Task();
            task.request = request;
            task.position = request.tasks.size();
            task.profile = profile;
            task.kernel = profile.kernel() == TaskProfile.NO_KERNEL
                    ? null
                    : applications
                            .get(arrival.application)
                            .kernels()
                            .get(profile.kernel())
                            .name();
            profile.inputs().forEach(input -> task.waitsFor.add(input.task()));
            request.tasks.add(task);
            request.undone.add(task);
        }
        if (arrival.hardDeadlineNanos != Long.MAX_VALUE) {
            plan(arrival.hardDeadlineNanos, true, () -> {
                if (!request.ended) {
                    end(request, true);
                    roundWanted = true;
                }
            });
        }
        request.tasks.stream().filter(task -> task.waitsFor.isEmpty()).forEach(this::inputsAreThere);
    }

    private void end(Request request, boolean dropped) {
        request.ended = true;
        live--;
        observer.request(
                request.number,
                request.arrival.application,
                request.arrival.tenant,
                request.arrival.nanos,
                now,
                dropped);
        ready.removeIf(task -> task.request == request);
        for (Pe pe : pes) {
            Task running = pe.runs ? pe.tasks.get(0) : null;
            pe.tasks.removeIf(task -> task.request == request && task != running);
        }
    }

    // --- tasks ---

    private void inputsAreThere(Task task) {
        if (task.kernel == null) {
            plan(task.profile.delayNanos() + bringInputs(task, Pool.HOST, now), false, () -> {
                if (!task.request.ended && done(task, Pool.HOST)) {
                    plan(bringResults(task.request, now), false, () -> {
                        if (!task.request.ended) {
                            end(task.request, false);
                        }
                    });
                }
            });
        } else if (task.profile.delayNanos() > 0) {
            plan(now + task.profile.delayNanos(), false, () -> becameReady(task));
        } else {
            becameReady(task);
        }
    }

    private void becameReady(Task task) {
        if (!task.request.ended) {
            task.readyNanos = now;
            ready.add(task);
            roundWanted = true;
        }
    }

    private void start(Pe pe, Task task) {
        pe.runs = true;
        task.startedNanos = now;
        long there = bringInputs(task, pe.type.space(), now + pe.type.dispatchNanos());
        long kernelNanos = Math.round(trueNanos(task.kernel, pe.type));
        plan(there + kernelNanos, false, () -> {
            pe.runs = false;
            pe.tasks.remove(task);
            roundWanted = true;
            if (settings.learning()) {
                estimate(task.kernel, pe.type).observe(kernelNanos);
            }
            observer.task(
                    task.request.number,
                    task.request.arrival.application,
                    task.position,
                    pe.position,
                    task.readyNanos,
                    task.assignedNanos,
                    task.startedNanos,
                    now);
            if (!task.request.ended && done(task, pe.type.space())) {
                long atHost = bringResults(task.request, now);
                if (atHost == now) {
                    end(task.request, false);
                } else {
                    pe.copiesResults = true;
                    plan(atHost, false, () -> {
                        pe.copiesResults = false;
                        if (!task.request.ended) {
                            end(task.request, false);
                        }
                    });
                }
            }
        });
    }

    /** Whether it was the last one of its request. */
    private boolean done(Task task, String space) {
        task.replicas.put(space, now);
        task.request.undone.remove(task);
        for (Task other : task.request.tasks) {
            if (other.waitsFor.remove(task.position) && other.waitsFor.isEmpty()) {
                inputsAreThere(other);
            }
        }
        return task.request.undone.isEmpty();
    }

    // --- copies ---

    /** What it reads of each task. */
    private static Map<Integer, Long> reads(TaskProfile task) {
        Map<Integer, Long> bytes = new LinkedHashMap<>();
        task.inputs().forEach(input -> bytes.merge(input.task(), input.bytes(), Long::sum));
        bytes.values().removeIf(count -> count == 0);
        return bytes;
    }

    private long bringInputs(Task task, String space, long from) {
        long at = from;
        if (task.profile.requestBytes() > 0) {
            at += copyNanos(Pool.HOST, space, task.profile.requestBytes());
        }
        for (Map.Entry<Integer, Long> read : reads(task.profile).entrySet()) {
            at = bring(task.request.tasks.get(read.getKey()), space, read.getValue(), at);
        }
        return at;
    }

    private long bringResults(Request request, long from) {
        long at = from;
        for (Task task : request.tasks) {
            if (task.profile.resultBytes() > 0) {
                at = bring(task, Pool.HOST, task.profile.resultBytes(), at);
            }
        }
        return at;
    }

    private long bring(Task source, String space, long bytes, long from) {
        if (!source.replicas.containsKey(space)) {
            String there = whereItIs(source);
            long begin = Math.max(from, source.replicas.get(there));
            if (!isDirect(there, space)) {
                begin += directNanos(there, Pool.HOST, bytes);
                source.replicas.put(Pool.HOST, begin);
                there = Pool.HOST;
            }
            source.replicas.put(space, begin + directNanos(there, space, bytes));
        }
        return Math.max(from, source.replicas.get(space));
    }

    private String whereItIs(Task source) {
        if (source.replicas.containsKey(Pool.HOST)) {
            return Pool.HOST;
        }
        return pool.peTypes().stream()
                .map(Pool.PeType::space)
                .filter(source.replicas::containsKey)
                .findFirst()
                .orElseThrow();
    }

    private boolean isDirect(String from, String to) {
        return from.equals(Pool.HOST) || to.equals(Pool.HOST) || transfer(from, to) != null;
    }

    private Pool.Transfer transfer(String from, String to) {
        return pool.transfers().stream()
                .filter(transfer ->
                        transfer.from().equals(from) && transfer.to().equals(to))
                .findFirst()
                .orElse(null);
    }

    private long directNanos(String from, String to, long bytes) {
        Pool.Transfer transfer = transfer(from, to);
        return transfer == null || from.equals(to)
                ? 0
                : (long) (transfer.startNanos() + bytes * transfer.nanosPerByte());
    }

    private long copyNanos(String from, String to, long bytes) {
        if (from.equals(to) || bytes == 0) {
            return 0;
        }
        return isDirect(from, to)
                ? directNanos(from, to, bytes)
                : directNanos(from, Pool.HOST, bytes) + directNanos(Pool.HOST, to, bytes);
    }

    // --- costs ---

    private static boolean supports(String kernel, Pool.PeType type) {
        return type.costs().stream().anyMatch(rule -> rule.kernels().equals(kernel));
    }

    private static double trueNanos(String kernel, Pool.PeType type) {
        return type.costs().stream()
                .filter(rule -> rule.kernels().equals(kernel))
                .map(rule -> ((CostRule.Fixed) rule.time()).nanos())
                .findFirst()
                .orElseThrow();
    }

    private Estimate estimate(String kernel, Pool.PeType type) {
        return estimates.get(kernel + " on " + type.name());
    }

    // --- ranks, by their definitions ---

    private void rank(ApplicationProfile application) {
        int count = application.tasks().size();
        long[] upward = new long[count];
        long[][] least = new long[count][pool.peTypes().size() + 1];
        for (int task = count - 1; task >= 0; task--) {
            long longest = 0;
            for (int next = task + 1; next < count; next++) {
                if (follows(application, next, task)) {
                    longest = Math.max(longest, meanTransfer(application, task, next) + upward[next]);
                }
            }
            upward[task] = meanNanos(application, task) + longest;
            for (int place = 0; place <= pool.peTypes().size(); place++) {
                if (nanos(application, task, place) < 0) {
                    continue;
                }
                for (int next = task + 1; next < count; next++) {
                    if (follows(application, next, task)) {
                        long best = Long.MAX_VALUE;
                        for (int to = 0; to <= pool.peTypes().size(); to++) {
                            if (nanos(application, next, to) >= 0) {
                                best = Math.min(
                                        best,
                                        transfer(application, task, next, place, to)
                                                + nanos(application, next, to)
                                                + least[next][to]);
                            }
                        }
                        least[task][place] = Math.max(least[task][place], best);
                    }
                }
            }
        }
        upwardRank.add(upward);
        optimistic.add(least);
    }

    private static boolean follows(ApplicationProfile application, int task, int before) {
        return application.tasks().get(task).inputs().stream().anyMatch(input -> input.task() == before);
    }

    /** Place 0 is the host's; negative where the task is not run. */
    private long nanos(ApplicationProfile application, int task, int place) {
        TaskProfile profile = application.tasks().get(task);
        if (profile.kernel() == TaskProfile.NO_KERNEL) {
            return place == 0 ? profile.delayNanos() : -1;
        }
        String kernel = application.kernels().get(profile.kernel()).name();
        if (place == 0 || !supports(kernel, pool.peTypes().get(place - 1))) {
            return -1;
        }
        return estimate(kernel, pool.peTypes().get(place - 1)).meanNanos();
    }

    private int members(int place) {
        return place == 0 ? 1 : pool.peTypes().get(place - 1).count();
    }

    private long meanNanos(ApplicationProfile application, int task) {
        double sum = 0;
        int members = 0;
        for (int place = 0; place <= pool.peTypes().size(); place++) {
            if (nanos(application, task, place) >= 0) {
                sum += (double) nanos(application, task, place) * members(place);
                members += members(place);
            }
        }
        return Math.round(sum / members);
    }

    private long meanTransfer(ApplicationProfile application, int task, int next) {
        double sum = 0;
        long pairs = 0;
        for (int from = 0; from <= pool.peTypes().size(); from++) {
            for (int to = 0; to <= pool.peTypes().size(); to++) {
                if (nanos(application, task, from) >= 0 && nanos(application, next, to) >= 0) {
                    long count = (long) members(from) * (members(to) - (from == to ? 1 : 0));
                    sum += (double) count * transfer(application, task, next, from, to);
                    pairs += count;
                }
            }
        }
        return pairs == 0 ? 0 : Math.round(sum / pairs);
    }

    private long transfer(ApplicationProfile application, int task, int next, int from, int to) {
        long bytes = reads(application.tasks().get(next)).getOrDefault(task, 0L);
        return copyNanos(space(from), space(to), bytes);
    }

    private String space(int place) {
        return place == 0 ? Pool.HOST : pool.peTypes().get(place - 1).space();
    }

    // --- rounds ---

    private final class Round implements ReadyQueue, CostModel, Assignment {
        private final List<Task> shown = List.copyOf(ready);
        private final Map<Task, Pe> assigned = new LinkedHashMap<>();
        private final Set<Task> dropped = new HashSet<>();

        void run() {
            policy.schedule(this, view(), this, this);
            for (Task task : shown) {
                if (dropped.contains(task) && !task.request.ended) {
                    end(task.request, true);
                    roundWanted = true;
                }
            }
            assigned.forEach((task, pe) -> {
                if (!task.request.ended) {
                    task.expectedNanos = executionNanos(shown.indexOf(task), pe.position)
                            + transferNanos(shown.indexOf(task), pe.position);
                    task.assignedNanos = now;
                    ready.remove(task);
                    pe.tasks.add(task);
                }
            });
        }

        private PePool view() {
            return new PePool() {
                @Override
                public long nowNanos() {
                    return now;
                }

                @Override
                public int size() {
                    return pes.size();
                }

                @Override
                public PeState get(int index) {
                    return pes.get(index);
                }
            };
        }

        @Override
        public int size() {
            return shown.size();
        }

        @Override
        public ReadyTask get(int index) {
            return shown.get(index);
        }

        @Override
        public boolean supports(int task, int pe) {
            return NaiveSimulator.supports(shown.get(task).kernel, pes.get(pe).type);
        }

        @Override
        public long executionNanos(int task, int pe) {
            return estimate(shown.get(task).kernel, pes.get(pe).type).meanNanos();
        }

        @Override
        public long executionDeviationNanos(int task, int pe) {
            return estimate(shown.get(task).kernel, pes.get(pe).type).deviationNanos();
        }

        @Override
        public long transferNanos(int task, int pe) {
            Task asked = shown.get(task);
            String space = pes.get(pe).type.space();
            long nanos = copyNanos(Pool.HOST, space, asked.profile.requestBytes());
            for (Map.Entry<Integer, Long> read : reads(asked.profile).entrySet()) {
                Task source = asked.request.tasks.get(read.getKey());
                if (!source.replicas.containsKey(space)) {
                    nanos += copyNanos(whereItIs(source), space, read.getValue());
                }
            }
            return nanos;
        }

        @Override
        public long energyNanojoules(int task, int pe) {
            return (long) (pes.get(pe).type.activeWatts() * executionNanos(task, pe));
        }

        @Override
        public long optimisticRemainingNanos(int task, int pe) {
            Task asked = shown.get(task);
            return optimistic
                    .get(asked.request.arrival.application)[asked.position][
                    1 + pool.peTypes().indexOf(pes.get(pe).type)];
        }

        @Override
        public void assign(int task, int pe) {
            assigned.put(shown.get(task), pes.get(pe));
        }

        @Override
        public void drop(int task) {
            dropped.add(shown.get(task));
        }
    }
}
