// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench;

import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One figure of a bench.
 *
 * @param name dotted, for instance {@code cpu.resnet18.ratio}
 * @param value the figure
 * @param unit for instance {@code ms}
 * @param bar what it should be at most, or at least; null for a peer's figure, which is only shown
 * @param lowerBound whether it should be at least that
 */
public record Figure(
        String name, double value, String unit, @Nullable Double bar, boolean lowerBound) {

    /** A figure that should be at most {@code bar}, if there is one. */
    public Figure(String name, double value, String unit, @Nullable Double bar) {
        this(name, value, unit, bar, false);
    }

    /** Prints it at once: who waits for a bench sees how far it is. */
    public void print(PrintWriter out) {
        out.println(line());
        out.flush();
    }

    /** As printed: {@code name value unit bar PASS|MISS}. */
    String line() {
        if (bar == null) {
            return String.format(Locale.ROOT, "%s %.3f %s - -", name, value, unit);
        }
        boolean reached = lowerBound ? value >= bar : value <= bar;
        return String.format(
                Locale.ROOT,
                "%s %.3f %s %s%.2f %s",
                name,
                value,
                unit,
                lowerBound ? ">=" : "<=",
                bar,
                reached ? "PASS" : "MISS");
    }
}
