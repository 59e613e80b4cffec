// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the policies present and which one is used: the first present one of the configured order, else the core's own.
 *
 * <p>Thread-safe. A round brackets its use of the policy with {@link #enter} and {@link #leave}; only one round runs at a
 * time. {@link #remove} returns when no round is inside the removed policy, so that its bundle may go.
 */
public final class PolicySelector {

    private static final Logger LOG = LoggerFactory.getLogger(PolicySelector.class);
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** Compared by identity: the same policy registered anew is another one. */
    private static final class Entry {
        final String name;
        final String provider;
        final SchedulingPolicy policy;

        Entry(String name, String provider, SchedulingPolicy policy) {
            this.name = name;
            this.provider = provider;
            this.policy = policy;
        }
    }

    private final Entry own = new Entry(FirstComeFirstServed.NAME, "the core", new FirstComeFirstServed());
    private final List<Entry> present = new ArrayList<>();
    private List<String> order = List.of();

    /** What the next round uses. Written under this object's lock. */
    private volatile Entry selected = own;
    /** What a round is inside of now. Written by the round. */
    private volatile @Nullable Entry inUse;

    /** Sets the order of preference. */
    public synchronized void configure(List<String> names) {
        order = List.copyOf(names);
        select();
    }

    /** A policy came. */
    public synchronized void add(String name, String provider, SchedulingPolicy policy) {
        present.add(new Entry(name, provider, policy));
        select();
    }

    /**
     * A policy goes. Returns when no round is inside it.
     *
     * @param patienceNanos how long to wait for a round that does not come out
     * @return false if a round is still inside
     */
    public boolean remove(SchedulingPolicy policy, long patienceNanos) {
        drop(policy);
        long deadline = System.nanoTime() + patienceNanos;
        for (Entry entry = inUse; entry != null && entry.policy == policy; entry = inUse) {
            if (System.nanoTime() - deadline > 0) {
                LOG.warn("policy {} did not return from a round and is removed all the same", entry.name);
                return false;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }

    private synchronized void drop(SchedulingPolicy policy) {
        present.removeIf(entry -> entry.policy == policy);
        select();
    }

    /** The policy for a round. Only the thread that runs the round calls it, and then {@link #leave}. */
    public SchedulingPolicy enter() {
        // The removing thread writes selected, then reads inUse; this one writes inUse, then reads selected: one of
        // them sees the other.
        Entry entry = selected;
        inUse = entry;
        while (entry != selected) {
            entry = selected;
            inUse = entry;
        }
        return entry.policy;
    }

    /** The round is over. */
    public void leave() {
        inUse = null;
    }

    /** The core's own policy, for rounds in which the selected one fails. */
    public SchedulingPolicy own() {
        return own.policy;
    }

    /** Takes a policy that threw out of the choice until it is registered anew. */
    public void discard(SchedulingPolicy policy, Throwable cause) {
        if (policy != own.policy) {
            LOG.error("policy {} failed and is not used any more until its bundle is restarted", nameOf(policy), cause);
            drop(policy);
        }
    }

    /** All policies, for people. */
    public synchronized List<PolicyStatus> status() {
        List<PolicyStatus> status = new ArrayList<>();
        for (Entry entry : present) {
            status.add(new PolicyStatus(entry.name, entry.provider, order.indexOf(entry.name), entry == selected));
        }
        status.add(new PolicyStatus(own.name, own.provider, order.indexOf(own.name), own == selected));
        return status;
    }

    private synchronized String nameOf(SchedulingPolicy policy) {
        return present.stream()
                .filter(entry -> entry.policy == policy)
                .map(entry -> entry.name)
                .findFirst()
                .orElse(policy.getClass().getName());
    }

    private synchronized void select() {
        Entry next = own;
        for (String name : order) {
            Entry found = null;
            for (Entry entry : present) {
                // Of two with one name the newest wins: a replacement can be installed beside the old one.
                found = entry.name.equals(name) ? entry : found;
            }
            if (found != null || name.equals(own.name)) {
                next = found == null ? own : found;
                break;
            }
        }
        if (next != selected) {
            LOG.info("scheduling policy: {} (from {})", next.name, next.provider);
            selected = next;
        }
    }
}
