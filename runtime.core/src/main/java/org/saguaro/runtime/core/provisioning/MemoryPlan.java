// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Chooses whose kernels to evict: least recently used first, never those that requests are using. A function. */
final class MemoryPlan {

    private MemoryPlan() {}

    /**
     * What a deployment holds.
     *
     * @param name its name
     * @param residentBytes that an eviction would give back
     * @param inFlight its requests
     * @param lastUsedNanos when a request came or ended last
     */
    record Holding(String name, long residentBytes, int inFlight, long lastUsedNanos) {}

    /**
     * Whose kernels to evict, in this order, so that {@code neededBytes} more fit under the cap. As many as help, even if that is not enough.
     *
     * @param capBytes 0 for no bound
     */
    static List<Holding> evictions(List<Holding> holdings, long capBytes, long neededBytes) {
        List<Holding> chosen = new ArrayList<>();
        long bytes = neededBytes;
        for (Holding holding : holdings) {
            bytes += holding.residentBytes();
        }
        if (capBytes == 0) {
            return chosen;
        }
        List<Holding> idle = holdings.stream()
                .filter(holding -> holding.inFlight() == 0 && holding.residentBytes() > 0)
                .sorted(Comparator.comparingLong(Holding::lastUsedNanos))
                .toList();
        for (Holding holding : idle) {
            if (bytes <= capBytes) {
                break;
            }
            bytes -= holding.residentBytes();
            chosen.add(holding);
        }
        return chosen;
    }
}
