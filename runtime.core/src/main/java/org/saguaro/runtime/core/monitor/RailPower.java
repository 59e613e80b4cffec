// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.MonitorSnapshot.PeLoad;
import org.saguaro.runtime.core.MonitorSnapshot.PowerEstimate;
import org.saguaro.runtime.core.SensorReading;
import org.saguaro.runtime.core.SensorReading.Quantity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns what PEs draw from power rails: {@code rail watts = idle + sum over PE types of active(type) * busy PEs(type)}, where busy
 * PEs are the sum of utilisations in the interval of the sample. Several types may share a rail, and a rail may be the sum of several sensors
 * (programmable logic has a supply of its own for its memories). An estimate is given when the load has varied enough to tell a type's share from the rest.
 *
 * <p>Used by the monitor's thread alone.
 */
public final class RailPower {

    private static final Logger LOG = LoggerFactory.getLogger(RailPower.class);

    /** At a sample a second, a quarter of an hour ago weighs a sixth. */
    private static final double FORGETTING = 0.998;

    private static final Pattern PLUS = Pattern.compile("\\+");
    private static final long FEWEST_SAMPLES = 10;
    /** The variance, in units of the noise's, at which two watts of noise leave a tenth of that in the estimate of a busy PE. */
    private static final double LARGEST_VARIANCE = 1.0;

    private final List<Rail> rails;

    private static final class Rail {
        final String name;
        final List<String> sensors;
        final List<String> peTypes = new ArrayList<>();
        boolean missingSaid;

        @Nullable
        RecursiveLeastSquares fit;

        Rail(String name) {
            this.name = name;
            this.sensors = PLUS.splitAsStream(name).map(String::strip).toList();
        }
    }

    /**
     * @param railOfPeType name of a power sensor, of its chip or of its channel, or several joined by {@code +}, by PE type
     */
    public RailPower(Map<String, String> railOfPeType) {
        Map<String, Rail> byName = new LinkedHashMap<>();
        new TreeMap<>(railOfPeType)
                .forEach((type, rail) ->
                        byName.computeIfAbsent(rail, Rail::new).peTypes.add(type));
        rails = List.copyOf(byName.values());
    }

    /**
     * Reads a configuration.
     *
     * @param entries each {@code peType=rail}
     * @throws IllegalArgumentException that says which entry is wrong, and how it should look
     */
    public static RailPower of(List<String> entries) {
        Map<String, String> rails = new TreeMap<>();
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            String type = equals < 0 ? "" : entry.substring(0, equals).strip();
            String rail = entry.substring(equals + 1).strip();
            if (type.isEmpty() || Arrays.stream(PLUS.split(rail, -1)).anyMatch(String::isBlank)) {
                throw new IllegalArgumentException("power.rails: found '" + entry
                        + "', expected a PE type and a power sensor, or several joined by +, for instance cpu=ina226_u76;"
                        + " 'sensors' lists them");
            }
            if (rails.put(type, rail) != null) {
                throw new IllegalArgumentException("power.rails: the PE type " + type + " has two rails");
            }
        }
        return new RailPower(rails);
    }

    /** Learns from an interval. */
    void observe(List<PeLoad> pes, List<SensorReading> readings) {
        for (Rail rail : rails) {
            OptionalDouble watts = wattsOf(rail, readings);
            if (watts.isPresent()) {
                observe(rail, pes, watts.getAsDouble());
            }
        }
    }

    private static void observe(Rail rail, List<PeLoad> pes, double watts) {
        double[] x = new double[rail.peTypes.size() + 1];
        x[0] = 1;
        for (PeLoad pe : pes) {
            int type = rail.peTypes.indexOf(pe.type());
            if (type >= 0) {
                x[type + 1] += pe.utilisation();
            }
        }
        RecursiveLeastSquares fit = rail.fit;
        if (fit == null) {
            fit = new RecursiveLeastSquares(x.length, FORGETTING);
            rail.fit = fit;
        }
        fit.observe(x, watts);
    }

    /** The sum of the rail's sensors; of part of them nothing can be learned. */
    private static OptionalDouble wattsOf(Rail rail, List<SensorReading> readings) {
        double watts = 0;
        for (String sensor : rail.sensors) {
            Optional<SensorReading> reading = readingOf(rail, sensor, readings);
            if (reading.isEmpty()) {
                return OptionalDouble.empty();
            }
            watts += reading.get().value();
        }
        return OptionalDouble.of(watts);
    }

    /** The power sensor of that name, chip or channel, if there is exactly one. */
    private static Optional<SensorReading> readingOf(Rail rail, String sensor, List<SensorReading> readings) {
        List<SensorReading> power = readings.stream()
                .filter(reading -> reading.quantity() == Quantity.POWER)
                .toList();
        List<SensorReading> matching = power.stream()
                .filter(reading -> matches(reading.name(), sensor))
                .toList();
        if (matching.size() == 1) {
            return Optional.of(matching.get(0));
        }
        if (!rail.missingSaid) {
            rail.missingSaid = true;
            LOG.warn(
                    "power.rails: {} power sensors are called {}, expected one of {}",
                    matching.isEmpty() ? "no" : Integer.toString(matching.size()),
                    sensor,
                    power.stream().map(SensorReading::name).toList());
        }
        return Optional.empty();
    }

    private static boolean matches(String sensor, String rail) {
        String name = comparable(sensor);
        String wanted = comparable(rail);
        return name.equals(wanted) || name.startsWith(wanted + "/") || name.endsWith("/" + wanted);
    }

    /** Drivers differ in what they make of a hyphen in a device tree's label. */
    private static String comparable(String name) {
        return name.toLowerCase(Locale.ROOT).replace('-', '_');
    }

    /** What is known so far, by rail. */
    List<PowerEstimate> estimates() {
        List<PowerEstimate> estimates = new ArrayList<>();
        for (Rail rail : rails) {
            RecursiveLeastSquares fit = rail.fit;
            for (int type = 0; fit != null && type < rail.peTypes.size(); type++) {
                if (fit.samples() >= FEWEST_SAMPLES && fit.varianceOf(type + 1) <= LARGEST_VARIANCE) {
                    estimates.add(new PowerEstimate(
                            rail.peTypes.get(type),
                            rail.name,
                            fit.parameters()[0],
                            fit.parameters()[type + 1],
                            fit.deviation(),
                            fit.samples()));
                }
            }
        }
        return estimates;
    }
}
