// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * What a sensor said.
 *
 * @param name unique, {@code chip/channel}, for instance {@code ina226_u76/power1}
 * @param quantity what is measured, and in which unit
 * @param value in the quantity's unit
 * @param source the file that it was read from
 */
public record SensorReading(String name, Quantity quantity, double value, String source) {

    /** What a sensor measures. */
    public enum Quantity {
        TEMPERATURE("C"),
        POWER("W"),
        CURRENT("A"),
        VOLTAGE("V"),
        FREQUENCY("MHz"),
        LOAD("%"),
        FAN("rpm");

        private final String unit;

        Quantity(String unit) {
            this.unit = unit;
        }

        /** The unit of its values; temperatures are in degrees Celsius. */
        public String unit() {
            return unit;
        }
    }
}
