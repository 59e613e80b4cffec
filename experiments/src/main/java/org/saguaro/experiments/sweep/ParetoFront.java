// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What nothing else beats in both of two costs: the Pareto front. Of several with equal costs the first one added stays. Adding takes time
 * logarithmic in the size of the front, amortised. Not thread-safe.
 *
 * @param <T> what has the costs
 */
final class ParetoFront<T> {

    /** By the first cost, rising; so the second one falls. */
    private final TreeMap<Double, Entry<T>> front = new TreeMap<>();

    private record Entry<T>(double second, T value) {}

    /** Adds something; costs must be numbers. */
    void add(double first, double second, T value) {
        Map.Entry<Double, Entry<T>> before = front.floorEntry(first);
        if (before != null && before.getValue().second() <= second) {
            return;
        }
        Map.Entry<Double, Entry<T>> after = front.ceilingEntry(first);
        while (after != null && after.getValue().second() >= second) {
            front.remove(after.getKey());
            after = front.ceilingEntry(first);
        }
        front.put(first, new Entry<>(second, value));
    }

    /** By the first cost, rising. */
    List<T> values() {
        return front.values().stream().map(Entry::value).toList();
    }
}
