// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** An application that takes requests. Thread-safe. */
@ProviderType
public interface Target extends AutoCloseable {

    /** How people call it. */
    String title();

    /** What it consists of, in a few words, for instance {@code 28 layers}. */
    String contents();

    /** How many different inputs it has; at least 1. */
    int samples();

    /** Bits of input of one request, as injection rates count them. */
    long inputBits();

    /** What the share of right answers is called; empty if nobody knows what is right. */
    String metric();

    /**
     * Sends a request and returns at once.
     *
     * @param sample which input, from 0
     * @param options durations count from now
     * @param end is told when it has ended, once, on any thread, and must not block
     */
    void send(int sample, RequestOptions options, Consumer<End> end);

    /**
     * Its task graph with what its kernels were seen to take.
     *
     * @throws RequestException if a request that shows it failed
     * @throws InterruptedException if the thread is interrupted
     */
    ApplicationProfile profile() throws RequestException, InterruptedException;

    /** Where its layers ran, in a line; empty if it does not know. */
    String placement();

    /** Ends the requests that have not ended, as cancelled. */
    void cancel();

    /** Gives everything back; requests in flight end first. */
    @Override
    void close();

    /**
     * How a request ended.
     *
     * @param endedNanos when, by {@link System#nanoTime}
     * @param failure why it has no result; null if it has one
     * @param answer judges the result; null if nobody knows what is right, or there is no result
     * @param runtimeRequest the runtime's number of it, which its tasks have in traces; {@link #UNKNOWN} if it is not known
     */
    record End(
            long endedNanos,
            @Nullable RequestException failure,
            @Nullable Answer answer,
            long runtimeRequest) {

        /** Stands for a number that there is not. */
        public static final long UNKNOWN = -1;
    }

    /** A result to be judged, off the way of those who measure. */
    @FunctionalInterface
    @ProviderType
    interface Answer {
        Judge.Verdict judge();
    }
}
