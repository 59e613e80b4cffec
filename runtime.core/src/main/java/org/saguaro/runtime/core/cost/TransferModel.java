// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.runtime.core.TransferStatus;

/**
 * Times of copies per pair of memory spaces, each direction for itself. Spaces are looked up when PEs come; whoever copies holds the
 * {@link TransferEstimate} itself. Thread-safe.
 */
public final class TransferModel {

    private record Pair(String from, String to) {}

    private final Map<Pair, TransferEstimate> estimates = new ConcurrentHashMap<>();

    /** Starts from what an earlier run measured. */
    public TransferModel(List<TransferStatus> calibration) {
        for (TransferStatus entry : calibration) {
            estimates.put(
                    new Pair(entry.from(), entry.to()),
                    new TransferEstimate(entry.startNanos(), entry.nanosPerByte(), entry.count()));
        }
    }

    /** The estimate for copies from one space to another. */
    public TransferEstimate estimate(MemorySpace from, MemorySpace to) {
        return estimates.computeIfAbsent(new Pair(from.name(), to.name()), pair -> new TransferEstimate());
    }

    /** All pairs that were asked for or measured, sorted. */
    public List<TransferStatus> status() {
        return estimates.entrySet().stream()
                .map(entry -> entry.getValue()
                        .status(entry.getKey().from(), entry.getKey().to()))
                .sorted(Comparator.comparing(TransferStatus::from).thenComparing(TransferStatus::to))
                .toList();
    }

    /** Those measured, to be kept. */
    public List<TransferStatus> measured() {
        return status().stream().filter(status -> status.count() > 0).toList();
    }
}
