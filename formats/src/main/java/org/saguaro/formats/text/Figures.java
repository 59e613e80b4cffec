// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.text;

import java.util.Locale;

/** Quantities as people read them: three digits and a unit. */
public final class Figures {

    private Figures() {}

    /** A duration: {@code 850 ns}, {@code 12.3 us}, {@code 4.56 ms}, {@code 1.20 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
    public static String duration(long nanos) {
        if (nanos < 1_000) {
            return nanos + " ns";
        }
        if (nanos < 999_500) {
            return threeDigits(nanos / 1e3) + " us";
        }
        if (nanos < 999_500_000) {
            return threeDigits(nanos / 1e6) + " ms";
        }
        if (nanos < 100_000_000_000L) {
            return threeDigits(nanos / 1e9) + " s";
        }
        long seconds = Math.round(nanos / 1e9);
        return seconds < 3600
                ? seconds / 60 + " min " + seconds % 60 + " s"
                : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
    }

    /** Milliseconds with three digits, without unit, for columns. */
    public static String millis(long nanos) {
        return threeDigits(nanos / 1e6);
    }

    /** A share from 0 to 1 in per cent. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * 100);
    }

    /** A count: {@code 999}, {@code 12.3 k}, {@code 4.56 M}. */
    public static String count(long count) {
        if (count < 1_000) {
            return Long.toString(count);
        }
        if (count < 999_500) {
            return threeDigits(count / 1e3) + " k";
        }
        return count < 999_500_000 ? threeDigits(count / 1e6) + " M" : threeDigits(count / 1e9) + " G";
    }

    /** A difference or another small number: {@code 0}, {@code 1.2e-07}. */
    public static String small(double value) {
        return value == 0 ? "0" : Double.isFinite(value) ? String.format(Locale.ROOT, "%.1e", value) : "inf";
    }

    /** Three significant digits, no exponent. */
    public static String threeDigits(double value) {
        double magnitude = Math.abs(value);
        int decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
