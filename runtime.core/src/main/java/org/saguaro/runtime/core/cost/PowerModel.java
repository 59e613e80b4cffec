// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.saguaro.accel.api.PeDescriptor;

/**
 * What PEs draw while they work, over what they draw when idle, per type: the descriptor's figure; {@value #WATTS_PER_THREAD} W per
 * thread where that is unknown; what rails measured, where somebody says so with {@link #measured}. Types are looked up when PEs come;
 * whoever counts energy holds the {@link Draw} itself. Thread-safe.
 */
public final class PowerModel {

    /** About what a core of an embedded CPU draws at full load. */
    static final double WATTS_PER_THREAD = 1;

    private final Map<String, Draw> byType = new ConcurrentHashMap<>();

    /** The power of one type of PE. */
    public static final class Draw {
        private volatile double watts;
        private volatile boolean measured;

        /** Expected energy of so much work: one watt for one nanosecond is a nanojoule. */
        public long nanojoules(long nanos) {
            double energy = watts * nanos;
            return energy >= Long.MAX_VALUE ? Long.MAX_VALUE : (long) energy;
        }

        public double watts() {
            return watts;
        }

        /** Whether rails said so. */
        public boolean isMeasured() {
            return measured;
        }
    }

    /** The power of a PE's type. */
    public Draw draw(PeDescriptor pe) {
        return byType.compute(pe.type(), (type, known) -> {
            Draw draw = known == null ? new Draw() : known;
            if (!draw.measured) {
                draw.watts = pe.activeWatts() > 0 ? pe.activeWatts() : WATTS_PER_THREAD * pe.threads();
            }
            return draw;
        });
    }

    /** Rails have shown what a type draws over idle while it works: that counts from now on. */
    public void measured(String peType, double watts) {
        if (!(watts >= 0) || Double.isInfinite(watts)) {
            throw new IllegalArgumentException("PEs of type " + peType + " cannot draw " + watts + " W");
        }
        byType.compute(peType, (type, known) -> {
            Draw draw = known == null ? new Draw() : known;
            draw.measured = true;
            draw.watts = watts;
            return draw;
        });
    }
}
