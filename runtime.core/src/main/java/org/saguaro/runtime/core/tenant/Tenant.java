// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.tenant;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.TenantStatus;

/**
 * One tenant: its share, its bound, its account. Holds a place for each request in flight, and is not forgotten while it does.
 * Thread-safe; nothing here takes a lock or allocates.
 */
public final class Tenant {

    /** In the place of the number of requests: forgotten, for good. */
    private static final int FORGOTTEN = -1;

    private final String name;
    private final int number;
    private volatile boolean configured;
    private volatile double weight;
    private volatile int bound;
    /** When it was last asked for; decides who is forgotten first. */
    private volatile long lastUsed;

    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder submitted = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder peNanos = new LongAdder();

    Tenant(String name, int number) {
        this.name = name;
        this.number = number;
    }

    public String name() {
        return name;
    }

    /** As policies see it. Small; given again to another one after this one is forgotten. */
    public int number() {
        return number;
    }

    public double weight() {
        return weight;
    }

    public int bound() {
        return bound;
    }

    boolean isConfigured() {
        return configured;
    }

    void configure(boolean byName, double newWeight, int newBound) {
        configured = byName;
        weight = newWeight;
        bound = newBound;
    }

    long lastUsed() {
        return lastUsed;
    }

    void usedAt(long tick) {
        lastUsed = tick;
    }

    /** What became of an attempt to enter. */
    enum Entry {
        ENTERED,
        FULL,
        FORGOTTEN
    }

    /** Takes a place for a request, if there is one. */
    Entry enter() {
        while (true) {
            int now = inFlight.get();
            if (now == FORGOTTEN) {
                return Entry.FORGOTTEN;
            }
            if (now >= bound) {
                refused.increment();
                return Entry.FULL;
            }
            if (inFlight.compareAndSet(now, now + 1)) {
                submitted.increment();
                return Entry.ENTERED;
            }
        }
    }

    /** Whether it was idle and is forgotten now. */
    boolean forget() {
        return inFlight.compareAndSet(0, FORGOTTEN);
    }

    /** A request that had entered went no further: as if it had not. */
    public void withdraw() {
        inFlight.decrementAndGet();
        submitted.decrement();
    }

    /** A request that had entered has completed: gives its place back. */
    public void completed() {
        completed.increment();
        inFlight.decrementAndGet();
    }

    /** A request that had entered gave no result: gives its place back. */
    public void failed(RequestException.Category category) {
        failed.increment();
        if (category == RequestException.Category.DEADLINE) {
            dropped.increment();
        }
        inFlight.decrementAndGet();
    }

    /** A PE was busy with one of its tasks. */
    public void usedPe(long nanos) {
        peNanos.add(nanos);
    }

    long peNanos() {
        return peNanos.sum();
    }

    /** Requests accepted and not ended. */
    public int inFlight() {
        return Math.max(0, inFlight.get());
    }

    TenantStatus status(long peNanosOfAll) {
        long used = peNanos.sum();
        return new TenantStatus(
                name,
                configured,
                weight,
                bound,
                inFlight(),
                submitted.sum(),
                completed.sum(),
                failed.sum(),
                refused.sum(),
                dropped.sum(),
                used,
                peNanosOfAll == 0 ? 0 : Math.min(1, (double) used / peNanosOfAll));
    }

    @Override
    public String toString() {
        return name;
    }
}
