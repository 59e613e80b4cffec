// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.policies;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.Policies;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Policies by name, the one that came last if there are several of a name, as the runtime chooses. Of a source that has one instance only, a
 * lease waits until the one before it is closed. Thread-safe.
 */
final class PolicyShelf implements Policies {

    /** Hands out instances of a policy. */
    interface Source {

        /** Whether each one is new; else it is the same over and over. */
        boolean areMany();

        /** An instance; null if the policy has gone. */
        @Nullable
        SchedulingPolicy take();

        void giveBack(SchedulingPolicy policy);
    }

    private record Entry(String name, Object key, Source source, Semaphore theOnlyOne) {}

    /** Guarded by this object; the one that came last is the last. */
    private final List<Entry> entries = new ArrayList<>();

    /** @param key by which it is removed */
    synchronized void add(String name, Object key, Source source) {
        entries.add(new Entry(name, key, source, new Semaphore(1, true)));
    }

    synchronized void remove(Object key) {
        entries.removeIf(entry -> entry.key().equals(key));
    }

    @Override
    public synchronized List<String> names() {
        return entries.stream().map(Entry::name).distinct().sorted().toList();
    }

    @Override
    public Lease create(String name) {
        Entry entry = find(name);
        if (!entry.source().areMany()) {
            try {
                entry.theOnlyOne().acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(
                        "interrupted while waiting for the policy " + name + ", of which there is one instance only",
                        e);
            }
        }
        SchedulingPolicy policy = entry.source().take();
        if (policy == null) {
            entry.theOnlyOne().release();
            throw new IllegalArgumentException("the policy " + name + " has just gone; there are: " + list());
        }
        return new OpenLease(entry, policy);
    }

    private synchronized Entry find(String name) {
        for (int i = entries.size() - 1; i >= 0; i--) {
            if (entries.get(i).name().equals(name)) {
                return entries.get(i);
            }
        }
        throw new IllegalArgumentException("found no policy '" + name + "', expected one of: " + list());
    }

    private String list() {
        return String.join(", ", names());
    }

    private record OpenLease(Entry entry, SchedulingPolicy policy, AtomicBoolean closed) implements Lease {

        OpenLease(Entry entry, SchedulingPolicy policy) {
            this(entry, policy, new AtomicBoolean());
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                entry.source().giveBack(policy);
                entry.theOnlyOne().release();
            }
        }
    }
}
