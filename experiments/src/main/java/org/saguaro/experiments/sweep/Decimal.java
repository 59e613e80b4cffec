// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as they stand in tables that programs read: decimal, without exponent or separators, the same everywhere. */
final class Decimal {

    private static final MathContext DIGITS = new MathContext(7, RoundingMode.HALF_EVEN);

    private Decimal() {}

    /** Seven significant digits; empty for what is not a number. */
    static String text(double value) {
        if (!Double.isFinite(value)) {
            return "";
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        return rounded.signum() == 0 ? "0" : rounded.toPlainString();
    }

    /** The same to fewer digits, as a number. */
    static double rounded(double value, int digits) {
        return new BigDecimal(value)
                .round(new MathContext(digits, RoundingMode.HALF_EVEN))
                .doubleValue();
    }
}
