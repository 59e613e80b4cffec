// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.RequestOptions;

/** Clients that send requests to a deployment one after the other and check every answer, until closed. */
final class Load implements AutoCloseable {

    private static final RequestOptions PATIENT = new RequestOptions(Duration.ofSeconds(60));

    private final AtomicInteger answered = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopping;

    Load(Deployment deployment, int clientCount) {
        for (int i = 0; i < clientCount; i++) {
            int client = i;
            Thread thread = new Thread(() -> send(deployment, client), "client-" + i);
            thread.start();
            clients.add(thread);
        }
    }

    private void send(Deployment deployment, int client) {
        for (int i = 0; !stopping; i++) {
            float[] input = TinyModel.input(client * 1_000_003 + i);
            try {
                float[] found = deployment
                        .infer(List.of(TinyModel.tensor(input)), PATIENT)
                        .outputs()
                        .get(0)
                        .toFloats();
                float[] expected = TinyModel.expected(input);
                if (!Arrays.equals(found, expected)) {
                    faults.add("request " + i + " of client " + client + ": expected " + Arrays.toString(expected)
                            + ", found " + Arrays.toString(found));
                }
                answered.incrementAndGet();
            } catch (Exception | LinkageError e) {
                faults.add("request " + i + " of client " + client + ": " + e);
                return;
            }
        }
    }

    /** Waits until that many more requests have been answered, or one went wrong. */
    void awaitAnswers(int more) throws TimeoutException {
        int goal = answered.get() + more;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (answered.get() < goal && faults.isEmpty()) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException(
                        "only " + answered.get() + " of " + goal + " requests were answered in 60 s");
            }
            Thread.onSpinWait();
        }
    }

    int answered() {
        return answered.get();
    }

    /** What went wrong so far: lost requests and wrong answers. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    @Override
    public void close() {
        stopping = true;
        boolean interrupted = false;
        for (Thread client : clients) {
            while (client.isAlive()) {
                try {
                    client.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
