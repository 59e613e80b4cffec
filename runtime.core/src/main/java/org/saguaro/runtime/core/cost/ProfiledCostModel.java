// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.saguaro.accel.api.PeDescriptor;

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
            estimates.put(
                    new Key(entry.kernel(), entry.peType()),
                    new Estimate(entry.meanNanos(), entry.varianceNanos2(), entry.count()));
        }
    }

    /** A small number for a signature, the same for equal ones while the core runs. */
    public int number(String signature) {
        return signatures.computeIfAbsent(signature, s -> nextSignature.getAndIncrement());
    }

    /** The estimate for a kernel on a PE's type, from calibration or from the prior. */
    public Estimate estimate(String signature, Roofline prior, PeDescriptor pe) {
        return estimates.computeIfAbsent(new Key(signature, pe.type()), key -> new Estimate(prior.nanos(pe)));
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
