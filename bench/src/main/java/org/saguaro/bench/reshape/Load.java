// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.reshape;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;

/** Sends requests in different patterns. */
final class Load {

    private Load() {}

    /** Mean latency of requests that arrive whatever the others do. */
    static double meanLatencyMillis(Deployment deployment, List<Tensor> input, Arrivals arrivals) {
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        long begin = System.nanoTime();
        for (int i = 0; i < arrivals.count(); i++) {
            long wait = arrivals.nanos(i) - (System.nanoTime() - begin);
            while (wait > 0) {
                LockSupport.parkNanos(wait);
                wait = arrivals.nanos(i) - (System.nanoTime() - begin);
            }
            requests.add(deployment.submit(input, RequestOptions.DEFAULT));
        }
        return requests.stream()
                        .mapToLong(request -> request.join().latency().toNanos())
                        .average()
                        .orElseThrow()
                / 1e6;
    }

    /** Throughput with so many requests in flight all the time. */
    static double requestsPerSecond(Deployment deployment, List<Tensor> input, int inFlight, double seconds) {
        long begin = System.nanoTime();
        long end = begin + (long) (seconds * 1e9);
        AtomicLong completed = new AtomicLong();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < inFlight; i++) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            clients.add(done);
            next(deployment, input, end, completed, done);
        }
        CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).join();
        return completed.get() / ((System.nanoTime() - begin) / 1e9);
    }

    private static void next(
            Deployment deployment, List<Tensor> input, long end, AtomicLong completed, CompletableFuture<Void> done) {
        if (System.nanoTime() - end >= 0) {
            done.complete(null);
            return;
        }
        var unused = deployment.submit(input, RequestOptions.DEFAULT).whenComplete((result, failure) -> {
            if (failure != null) {
                done.completeExceptionally(failure);
            } else {
                completed.incrementAndGet();
                next(deployment, input, end, completed, done);
            }
        });
    }

    /** Requests sent at once. */
    record Burst(List<CompletableFuture<InferenceResult>> requests) {
        boolean isOver() {
            return requests.stream().allMatch(CompletableFuture::isDone);
        }

        void await() {
            requests.forEach(CompletableFuture::join);
        }
    }

    static Burst burst(Deployment deployment, List<Tensor> input, int count) {
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(deployment.submit(input, RequestOptions.DEFAULT));
        }
        return new Burst(requests);
    }
}
