// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Round marks on a time axis that starts at 0. */
final class TimeAxis {

    private static final int WANTED_MARKS = 10;

    private TimeAxis() {}

    /**
     * A mark.
     *
     * @param micros where
     * @param label with its unit
     */
    record Mark(double micros, String label) {}

    /** About ten marks at 1, 2 or 5 times a power of ten, up to {@code spanMicros}. */
    static List<Mark> marks(double spanMicros) {
        if (!(spanMicros > 0)) {
            return List.of(new Mark(0, "0"));
        }
        double step = step(spanMicros / WANTED_MARKS);
        List<Mark> marks = new ArrayList<>();
        for (int i = 0; i * step <= spanMicros; i++) {
            marks.add(new Mark(i * step, label(i * step)));
        }
        return marks;
    }

    private static double step(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (int factor : new int[] {1, 2, 5}) {
            // The margin forgives the rounding of log and power.
            if (factor * power >= atLeast * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static String label(double micros) {
        if (micros == 0) {
            return "0";
        }
        if (micros < 1e3) {
            return plain(micros) + " \u00b5s";
        }
        return micros < 1e6 ? plain(micros / 1e3) + " ms" : plain(micros / 1e6) + " s";
    }

    private static String plain(double value) {
        return BigDecimal.valueOf(Math.round(value * 1e4), 4)
                .stripTrailingZeros()
                .toPlainString();
    }
}
