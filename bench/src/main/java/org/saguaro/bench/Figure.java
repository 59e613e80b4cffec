// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One figure of a bench.
 *
 * @param name dotted, for instance {@code cpu.resnet18.ratio}
 * @param value the figure
 * @param unit for instance {@code ms}
 * @param bar what it should be at most; null for a peer's figure, which is only shown
 */
public record Figure(
        String name, double value, String unit, @Nullable Double bar) {

    /** As printed: {@code name value unit bar PASS|MISS}. */
    public String line() {
        if (bar == null) {
            return String.format(Locale.ROOT, "%s %.3f %s - -", name, value, unit);
        }
        return String.format(
                Locale.ROOT, "%s %.3f %s <=%.2f %s", name, value, unit, bar, value <= bar ? "PASS" : "MISS");
    }
}
