// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.cost.Roofline;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * The calls of a session as they come, for its profile.
 *
 * <p>Whom a call waits for besides its operands is told by the thread that issues it: what that thread has awaited or read before, the
 * call comes after. Where a thread has awaited several results since its last call, a task that no PE runs stands for the point at which
 * all of them are there. A future is awaited by the thread that joins it, and by the thread that runs its callbacks; what threads tell
 * each other by other means is not seen. Thread-safe.
 */
final class Recording {

    /** A point in the application that calls come after. */
    sealed interface Point permits Call, Barrier {

        /** When it was reached. On the clock of {@link System#nanoTime}. */
        long endedNanos();
    }

    /** One call. Its end is written by whoever ends it, before its results are there; the rest by whoever issues it. */
    static final class Call implements Point {
        private final String label;
        private final @Nullable Call[] makers;
        private @Nullable Point after;
        private long delayNanos;

        private volatile boolean ended;
        private long endedNanos;
        private long[] operandBytes = new long[0];
        private long requestBytes;
        private String signature = "";
        private Roofline roofline = new Roofline(0, 0);
        private final AtomicLong resultBytes = new AtomicLong();

        private Call(String label, @Nullable Call[] makers) {
            this.label = label;
            this.makers = makers;
        }

        @Override
        public long endedNanos() {
            return endedNanos;
        }

        /** It has its results. Its operands are still there. */
        void ended(PreparedCall prepared, LayerTensor[] operands) {
            long[] bytes = new long[operands.length];
            Map<LayerTensor, Boolean> seen = new HashMap<>();
            for (int input = 0; input < prepared.inputs(); input++) {
                int operand = prepared.operandOfInput(input);
                Spec spec = operands[operand].spec();
                // What is given twice is brought once.
                if (spec != null && seen.put(operands[operand], true) == null) {
                    bytes[operand] = spec.bytes();
                    if (makers[operand] == null) {
                        requestBytes += spec.bytes();
                    }
                }
            }
            operandBytes = bytes;
            PlanTask task = prepared.plan().tasks().get(0);
            signature = task.signature();
            roofline = task.roofline();
            endedNanos = System.nanoTime();
            ended = true;
        }

        /** The application has got a copy of a result. */
        void wasRead(long bytes) {
            resultBytes.addAndGet(bytes);
        }
    }

    /** All of several points: the last one. Equal to itself only. */
    private static final class Barrier implements Point {
        private final List<Point> points;
        private final long endedNanos;

        Barrier(Set<Point> points) {
            long latest = points.iterator().next().endedNanos();
            for (Point point : points) {
                latest = point.endedNanos() - latest > 0 ? point.endedNanos() : latest;
            }
            this.points = List.copyOf(points);
            endedNanos = latest;
        }

        @Override
        public long endedNanos() {
            return endedNanos;
        }
    }

    /** What a thread has waited for. */
    private static final class Awaited {
        @Nullable
        Point gate;

        final Set<Call> since = new LinkedHashSet<>();
    }

    private final String application;
    private final long openedNanos;
    private final ThreadLocal<Awaited> awaited = ThreadLocal.withInitial(Awaited::new);
    private final AtomicLong inputBytes = new AtomicLong();
    /** Guarded by itself. */
    private final List<Call> calls = new ArrayList<>();

    Recording(String application, long openedNanos) {
        this.application = application;
        this.openedNanos = openedNanos;
    }

    // --- while calls come ---

    /** The application has brought a tensor. */
    void brought(long bytes) {
        inputBytes.addAndGet(bytes);
    }

    /** The calling thread knows of a result. */
    void awaited(@Nullable Call call) {
        if (call != null && call.ended) {
            awaited.get().since.add(call);
        }
    }

    /** The calling thread knows that all calls issued so far have ended. */
    void awaitedAll() {
        List<Call> all;
        synchronized (calls) {
            all = List.copyOf(calls);
        }
        Awaited mine = awaited.get();
        all.stream().filter(call -> call.ended).forEach(mine.since::add);
        // A call that another one comes after is implied by that one.
        mine.since.removeAll(followed(mine.since));
    }

    /** The calling thread issues a call. */
    Call issued(Template template, LayerTensor[] operands, long nowNanos) {
        @Nullable Call[] makers = new Call[operands.length];
        for (int i = 0; i < makers.length; i++) {
            makers[i] = operands[i].maker();
        }
        Call call = new Call(template.op().name(), makers);
        goesOn(call, nowNanos);
        synchronized (calls) {
            calls.add(call);
        }
        return call;
    }

    /** The calling thread issues a call, or flushes it after it was held back. */
    void goesOn(Call call, long nowNanos) {
        Point gate = gate(awaited.get());
        long there = gate == null ? openedNanos : gate.endedNanos();
        boolean waits = false;
        for (Call maker : call.makers) {
            if (maker != null) {
                waits |= !maker.ended;
                there = maker.ended && maker.endedNanos - there > 0 ? maker.endedNanos : there;
            }
        }
        call.after = gate;
        // The application's own time only counts where the call waited for nothing else.
        call.delayNanos = waits ? 0 : Math.max(0, nowNanos - there);
    }

    private static @Nullable Point gate(Awaited mine) {
        if (!mine.since.isEmpty()) {
            Set<Point> points = new LinkedHashSet<>(mine.since);
            if (mine.gate != null) {
                points.add(mine.gate);
            }
            points.removeAll(followed(mine.since));
            mine.gate = points.size() == 1 ? points.iterator().next() : new Barrier(points);
            mine.since.clear();
        }
        return mine.gate;
    }

    /** What some calls are known to come after: by their issue, or by an operand. */
    private static Set<Point> followed(Set<Call> calls) {
        Set<Point> followed = new HashSet<>();
        for (Call call : calls) {
            if (call.after != null) {
                followed.add(call.after);
            }
            for (Call maker : call.makers) {
                if (maker != null) {
                    followed.add(maker);
                }
            }
        }
        return followed;
    }

    // --- the profile ---

    /**
     * The calls so far.
     *
     * @param measured what kernels were seen to take
     * @throws IllegalStateException if there is none, or one has not ended or failed
     */
    ApplicationProfile profile(Map<String, List<KernelProfile.Cost>> measured) {
        List<Call> all;
        synchronized (calls) {
            all = List.copyOf(calls);
        }
        if (all.isEmpty()) {
            throw new IllegalStateException(application + " cannot be simulated, because it has issued no call yet");
        }
        return new Telling(measured).tell(all);
    }

    /** Numbers calls, barriers and kernels. */
    private final class Telling {
        private final Map<String, List<KernelProfile.Cost>> measured;
        private final List<KernelProfile> kernels = new ArrayList<>();
        private final Map<String, Integer> kernelPositions = new HashMap<>();
        private final List<TaskProfile> tasks = new ArrayList<>();
        private final Map<Point, Integer> positions = new HashMap<>();

        Telling(Map<String, List<KernelProfile.Cost>> measured) {
            this.measured = measured;
        }

        ApplicationProfile tell(List<Call> all) {
            for (int i = 0; i < all.size(); i++) {
                Call call = all.get(i);
                if (!call.ended) {
                    throw new IllegalStateException(application + " cannot be simulated, because its call " + i + " ("
                            + call.label + ") has not ended or has failed: wait for the results first");
                }
            }
            all.forEach(this::position);
            return new ApplicationProfile(application, inputBytes.get() * Byte.SIZE, kernels, tasks);
        }

        /** Of a call or barrier; what it comes after is told before it. */
        private int position(Point point) {
            Integer known = positions.get(point);
            if (known != null) {
                return known;
            }
            int position = point instanceof Call call ? add(call) : add((Barrier) point);
            positions.put(point, position);
            return position;
        }

        private int add(Call call) {
            Map<Integer, Long> inputs = new LinkedHashMap<>();
            for (int i = 0; i < call.makers.length; i++) {
                Call maker = call.makers[i];
                if (maker != null) {
                    inputs.merge(position(maker), call.operandBytes[i], Long::sum);
                }
            }
            if (call.after != null) {
                inputs.merge(position(call.after), 0L, Long::sum);
            }
            return add(new TaskProfile(
                    call.label,
                    kernel(call),
                    inputs(inputs),
                    call.requestBytes,
                    call.resultBytes.get(),
                    call.delayNanos));
        }

        private int add(Barrier barrier) {
            Map<Integer, Long> inputs = new LinkedHashMap<>();
            barrier.points.forEach(one -> inputs.put(position(one), 0L));
            return add(new TaskProfile("await", TaskProfile.NO_KERNEL, inputs(inputs), 0, 0, 0));
        }

        private int add(TaskProfile task) {
            tasks.add(task);
            return tasks.size() - 1;
        }

        private List<TaskProfile.Input> inputs(Map<Integer, Long> bytes) {
            List<TaskProfile.Input> list = new ArrayList<>();
            bytes.forEach((task, sum) -> list.add(new TaskProfile.Input(task, sum)));
            return list;
        }

        private int kernel(Call call) {
            return kernelPositions.computeIfAbsent(call.signature, signature -> {
                kernels.add(new KernelProfile(
                        signature,
                        call.roofline.operations(),
                        call.roofline.bytes(),
                        measured.getOrDefault(signature, List.of())));
                return kernels.size() - 1;
            });
        }
    }
}
