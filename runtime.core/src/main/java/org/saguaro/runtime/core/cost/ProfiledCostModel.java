// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.simulation.KernelProfile;

/**
 * Time per kernel signature and PE type. Strings are only looked up when kernels are prepared; whoever executes holds the
 * {@link Estimate} itself. Thread-safe.
 */
public final class ProfiledCostModel {

    private record Key(String kernel, String peType) {}

    private final Map<Key, Estimate> estimates = new ConcurrentHashMap<>();
    private final Map<String, Integer> signatures = new ConcurrentHashMap<>();
    private final AtomicInteger nextSignature = new AtomicInteger();

    /** Starts from what an earlier run measured. */
    public ProfiledCostModel(List<CalibrationStore.Entry> calibration) {
        for (CalibrationStore.Entry entry : calibration) {
            estimates.put(new Key(entry.kernel(), entry.peType()), new Estimate(entry));
        }
    }

    /** A small number for a signature, the same for equal ones while the core runs. */
    public int number(String signature) {
        return signatures.computeIfAbsent(signature, s -> nextSignature.getAndIncrement());
    }

    /** The estimate for a kernel on a PE's type, from calibration or from the prior. */
    public Estimate estimate(String signature, Roofline prior, PeDescriptor pe) {
        long priorNanos = prior.nanos(pe);
        Estimate estimate = estimates.computeIfAbsent(new Key(signature, pe.type()), key -> new Estimate(priorNanos));
        estimate.prior(priorNanos);
        return estimate;
    }

    /** Snapshots, by kernel and type of PE. */
    public List<CostStatus> status() {
        return estimates.entrySet().stream()
                .map(entry -> entry.getValue()
                        .status(entry.getKey().kernel(), entry.getKey().peType()))
                .sorted(Comparator.comparing(CostStatus::kernel).thenComparing(CostStatus::peType))
                .toList();
    }

    /** What was measured so far, by kernel; of each, by type of PE. */
    public Map<String, List<KernelProfile.Cost>> measuredByKernel() {
        Map<String, List<KernelProfile.Cost>> costs = new HashMap<>();
        for (CalibrationStore.Entry entry : measured()) {
            costs.computeIfAbsent(entry.kernel(), kernel -> new ArrayList<>())
                    .add(new KernelProfile.Cost(
                            entry.peType(),
                            entry.meanNanos(),
                            // Of one measurement nothing is known but itself.
                            entry.count() < 2 ? 0 : Math.sqrt(entry.varianceNanos2())));
        }
        costs.values().forEach(list -> list.sort(Comparator.comparing(KernelProfile.Cost::peType)));
        return costs;
    }

    /** Everything measured so far. */
    public List<CalibrationStore.Entry> measured() {
        List<CalibrationStore.Entry> entries = new ArrayList<>();
        estimates.forEach((key, estimate) -> {
            if (estimate.isMeasured()) {
                entries.add(estimate.entry(key.kernel(), key.peType()));
            }
        });
        return entries;
    }
}
