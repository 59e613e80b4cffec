// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

/**
 * How much arrives.
 *
 * @param unit of the value
 * @param value positive; 0 for {@link Unit#AS_WORKLOAD}
 */
public record Rate(Unit unit, double value) {

    /** What rates are counted in. */
    public enum Unit {
        /** 10^6 bits of input per second over all applications, as CEDR counts injection rates. */
        MBPS("Mbps"),
        /** Requests per second over all applications. */
        REQUESTS_PER_SECOND("requests/s"),
        /** Whatever the workload says itself. */
        AS_WORKLOAD("as the workload says");

        private final String label;

        Unit(String label) {
            this.label = label;
        }

        /** For people. */
        public String label() {
            return label;
        }
    }

    /** That of the workload itself. */
    public static final Rate AS_WORKLOAD = new Rate(Unit.AS_WORKLOAD, 0);

    /** For people. */
    @Override
    public String toString() {
        return unit == Unit.AS_WORKLOAD ? unit.label() : Decimal.text(value) + " " + unit.label();
    }
}
