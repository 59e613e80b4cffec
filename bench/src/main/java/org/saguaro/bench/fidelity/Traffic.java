// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.fidelity;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** Requests of several applications that arrive independently of each other, and what came of them. Used by one thread. */
final class Traffic {

    /** More must be in flight before a thread that is woken late matters. */
    private static final long AWAKE_NANOS = 200_000;

    /** Numbers of requests that have none; no engine counts that far. */
    private static final long FIRST_UNKNOWN = 1_000_000_000_000L;

    /** Something that takes requests. */
    interface Server {
        /** Name of its profile. */
        String name();

        /** What one request takes alone, the PEs' time of all its tasks together. */
        long workNanos();

        /** Sends a request, returns at once, and tells its end. */
        void send(End end);
    }

    /** Is told that a request has ended, on any thread. */
    interface End {
        /** Instead of a number: it has no result. */
        long NONE = -1;

        /** It has: {@code request} is the number that its tasks have in traces. */
        void ended(long request);
    }

    private record Arrival(long nanos, Server server) {}

    private final Engine engine;
    private final List<? extends Server> servers;

    Traffic(Engine engine, List<? extends Server> servers) {
        this.engine = engine;
        this.servers = servers;
    }

    /**
     * Serves Poisson arrivals, all applications taking equal parts of the load.
     *
     * @param policy at work meanwhile
     * @param load part of the PEs' time that the work of the requests takes
     * @param profiles of the applications, told before the first request
     */
    RunTrace serve(String policy, double load, double seconds, long seed, Profiles profiles) throws Exception {
        List<Arrival> arrivals = arrivals(load, seconds, seed);
        engine.configurePolicies(List.of(policy));
        // What the cost model believes when the run begins.
        List<ApplicationProfile> applications = profiles.tell();
        engine.clearTrace();
        CountDownLatch open = new CountDownLatch(arrivals.size());
        long[] sent = new long[arrivals.size()];
        long[] ends = new long[arrivals.size()];
        long[] numbers = new long[arrivals.size()];
        long begin = System.nanoTime() + 1_000_000;
        for (int i = 0; i < ends.length; i++) {
            int number = i;
            awaitTime(begin + arrivals.get(i).nanos());
            // Not when it was due: how late this thread is woken is no matter of the runtime.
            sent[i] = System.nanoTime();
            arrivals.get(i).server().send(request -> {
                ends[number] = System.nanoTime();
                numbers[number] = request;
                open.countDown();
            });
        }
        open.await();
        List<RunTrace.Request> requests = new ArrayList<>();
        for (int i = 0; i < ends.length; i++) {
            boolean completed = numbers[i] != End.NONE;
            requests.add(RunTrace.Request.of(
                    completed ? numbers[i] : FIRST_UNKNOWN + i,
                    arrivals.get(i).server().name(),
                    sent[i] - begin,
                    ends[i] - begin,
                    RequestOptions.DEFAULT,
                    1,
                    completed ? RunTrace.Request.COMPLETED : "no result"));
        }
        return new RunTrace(header(policy), applications, requests, tasks(begin), true);
    }

    /** Tells the profiles of the applications. */
    interface Profiles {
        List<ApplicationProfile> tell() throws Exception;
    }

    private List<Arrival> arrivals(double load, double seconds, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Arrival> arrivals = new ArrayList<>();
        int pes = engine.processingElements().size();
        for (Server server : servers) {
            double meanNanos = server.workNanos() * servers.size() / (load * pes);
            double at = -Math.log(1 - random.nextDouble()) * meanNanos;
            while (at < seconds * 1e9) {
                arrivals.add(new Arrival((long) at, server));
                at += -Math.log(1 - random.nextDouble()) * meanNanos;
            }
        }
        arrivals.sort(Comparator.comparingLong(Arrival::nanos));
        return arrivals;
    }

    private static void awaitTime(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            if (left > AWAKE_NANOS) {
                LockSupport.parkNanos(left - AWAKE_NANOS / 2);
            } else {
                LockSupport.parkNanos(1);
            }
        }
    }

    private RunTrace.Header header(String policy) {
        return new RunTrace.Header(
                "",
                policy,
                engine.processingElements().stream().map(RunTrace.Pe::of).toList(),
                Collections.emptyList(),
                Collections.emptyList());
    }

    private List<TaskRecord> tasks(long begin) {
        return engine.trace().stream()
                .map(task -> new TaskRecord(
                        task.requestId(),
                        task.application(),
                        task.task(),
                        task.layers(),
                        task.peId(),
                        Math.max(0, task.readyNanos() - begin),
                        Math.max(0, task.assignedNanos() - begin),
                        Math.max(0, task.startedNanos() - begin),
                        Math.max(0, task.finishedNanos() - begin),
                        task.outcome()))
                .toList();
    }
}
