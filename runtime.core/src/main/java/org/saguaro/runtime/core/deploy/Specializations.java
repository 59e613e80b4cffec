// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variants of a model for inputs of certain sizes. As many as are allowed are kept, those used last; the others' requests
 * run on the general variant. Thread-safe.
 */
final class Specializations {

    /** Requests with the same sizes before a variant takes the place of another: where sizes never come again, none does. */
    private static final int REQUESTS_BEFORE_EVICTION = 3;

    /** Sizes of which only the number of requests is known are forgotten beyond so many. */
    private static final int COUNTED = 256;

    private enum Condition {
        COUNTING,
        MAKING,
        MADE,
        FAILED
    }

    private static final class Entry {
        Condition condition = Condition.COUNTING;
        int requests;

        @Nullable
        Variant variant;
    }

    private final int kept;
    private final int requestsBefore;

    /** The one used last at the end. Guarded by this object. */
    private final Map<InputSizes, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private volatile @Nullable Variant latest;

    /**
     * @param kept variants at most
     * @param requestsBefore a variant is made after so many requests with the same sizes
     */
    Specializations(int kept, int requestsBefore) {
        this.kept = kept;
        this.requestsBefore = requestsBefore;
    }

    /** The variant for these sizes, if there is one. */
    synchronized @Nullable Variant find(InputSizes sizes) {
        Entry entry = entries.get(sizes);
        Variant found = entry == null ? null : entry.variant;
        if (found != null) {
            latest = found;
        }
        return found;
    }

    /** Whether a request with these sizes would lead to a variant. */
    synchronized boolean wants(InputSizes sizes) {
        Entry entry = entries.get(sizes);
        int before = entry == null ? 0 : entry.requests;
        return (entry == null || entry.condition == Condition.COUNTING) && isDue(before + 1);
    }

    /** Whether it is time for a variant after so many requests. One is made at a time. */
    private boolean isDue(int requests) {
        if (kept == 0 || entries.values().stream().anyMatch(entry -> entry.condition == Condition.MAKING)) {
            return false;
        }
        long made =
                entries.values().stream().filter(entry -> entry.variant != null).count();
        return requests >= (made < kept ? requestsBefore : Math.max(requestsBefore, REQUESTS_BEFORE_EVICTION));
    }

    /** Whether more requests with these sizes would change anything. */
    synchronized boolean isUndecided(InputSizes sizes) {
        Entry entry = entries.get(sizes);
        return kept > 0 && (entry == null || entry.condition == Condition.COUNTING);
    }

    /** A request with these sizes has succeeded; whether the caller is to make a variant now. */
    synchronized boolean count(InputSizes sizes) {
        if (kept == 0) {
            return false;
        }
        Entry entry = entries.computeIfAbsent(sizes, key -> new Entry());
        entry.requests++;
        if (entry.condition == Condition.COUNTING && isDue(entry.requests)) {
            entry.condition = Condition.MAKING;
            return true;
        }
        forgetCounts();
        return false;
    }

    private void forgetCounts() {
        if (entries.size() > COUNTED) {
            entries.entrySet().stream()
                    .filter(entry -> entry.getValue().condition == Condition.COUNTING
                            || entry.getValue().condition == Condition.FAILED)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .ifPresent(entries::remove);
        }
    }

    /** A variant is there; returns the one that must go for it, which the caller retires. */
    synchronized @Nullable Variant made(InputSizes sizes, Variant variant) {
        Variant evicted = null;
        List<Map.Entry<InputSizes, Entry>> others = new ArrayList<>();
        entries.entrySet().stream()
                .filter(entry -> entry.getValue().variant != null)
                .forEach(others::add);
        if (others.size() >= kept) {
            InputSizes oldest = others.get(0).getKey();
            evicted = others.get(0).getValue().variant;
            entries.remove(oldest);
        }
        Entry entry = entries.computeIfAbsent(sizes, key -> new Entry());
        entry.condition = Condition.MADE;
        entry.variant = variant;
        latest = variant;
        return evicted;
    }

    /** No variant can be made: the general one serves these sizes. */
    synchronized void failed(InputSizes sizes) {
        entries.computeIfAbsent(sizes, key -> new Entry()).condition = Condition.FAILED;
    }

    /** Another plan takes the place of a variant's. */
    synchronized void replace(InputSizes sizes, Variant before, Variant after) {
        Entry entry = entries.get(sizes);
        if (entry == null || !before.equals(entry.variant)) {
            throw new IllegalArgumentException("the variant for " + sizes + " is not kept");
        }
        entry.variant = after;
        if (before.equals(latest)) {
            latest = after;
        }
    }

    /** The variants there are, the one used last at the end. */
    synchronized Map<InputSizes, Variant> all() {
        Map<InputSizes, Variant> all = new LinkedHashMap<>();
        entries.forEach((sizes, entry) -> {
            if (entry.variant != null) {
                all.put(sizes, entry.variant);
            }
        });
        return all;
    }

    /** The variant used last; null if there was none. */
    @Nullable
    Variant latest() {
        return latest;
    }
}
