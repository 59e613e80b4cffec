// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;

/** Sends requests when they are due and collects the answers. */
final class Traffic {

    /** Close enough to a due time; parking is not more exact. */
    private static final long SLACK_NANOS = 20_000;

    private Traffic() {}

    /**
     * One answered request.
     *
     * @param application position in the list of applications
     * @param latencyNanos from submission to completion
     */
    record Answer(int application, long latencyNanos, Judge.Verdict verdict) {}

    /**
     * What came of it.
     *
     * @param answers in order of arrival
     * @param failures messages of requests that failed
     * @param elapsedNanos from the first arrival's clock to the last answer
     */
    record Outcome(List<Answer> answers, List<String> failures, long elapsedNanos) {}

    /** Sends everything in its time, not waiting for answers in between; returns when all have come. */
    static Outcome run(List<Application> applications, List<Deployment> deployments, List<Arrivals.Arrival> arrivals)
            throws InterruptedException {
        List<CompletableFuture<InferenceResult>> pending = new ArrayList<>();
        long begin = System.nanoTime();
        for (Arrivals.Arrival arrival : arrivals) {
            waitUntil(begin + arrival.atNanos());
            pending.add(deployments
                    .get(arrival.application())
                    .submit(
                            List.of(applications
                                    .get(arrival.application())
                                    .samples()
                                    .get(arrival.sample())),
                            RequestOptions.DEFAULT));
        }
        List<InferenceResult> results = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < pending.size(); i++) {
            try {
                results.add(pending.get(i).join());
                answered.add(i);
            } catch (CompletionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                failures.add(String.valueOf(cause.getMessage()));
            }
        }
        long elapsed = System.nanoTime() - begin;
        // Judged afterwards: it must not compete with the models.
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            Arrivals.Arrival arrival = arrivals.get(answered.get(i));
            answers.add(new Answer(
                    arrival.application(),
                    results.get(i).latency().toNanos(),
                    applications
                            .get(arrival.application())
                            .judge()
                            .judge(arrival.sample(), results.get(i).outputs())));
        }
        return new Outcome(answers, failures, elapsed);
    }

    private static void waitUntil(long dueNanos) throws InterruptedException {
        for (long left = dueNanos - System.nanoTime(); left > SLACK_NANOS; left = dueNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }
}
