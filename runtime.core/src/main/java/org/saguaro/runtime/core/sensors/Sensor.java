// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.SensorReading;
import org.saguaro.runtime.core.SensorReading.Quantity;

/** One channel of a sensor chip: {@code (file + offset) * scale}, or that times a second file for chips without a power register. */
final class Sensor implements AutoCloseable {

    private final String name;
    private final Quantity quantity;
    private final SystemFile file;
    private final @Nullable SystemFile factor;
    private final double offset;
    private final double scale;

    private Sensor(String name, Quantity quantity, Path path, @Nullable Path factorPath, double offset, double scale) {
        this.name = name;
        this.quantity = quantity;
        this.file = new SystemFile(path);
        this.factor = factorPath == null ? null : new SystemFile(factorPath);
        this.offset = offset;
        this.scale = scale;
    }

    /** A file whose number, times {@code scale}, is in the quantity's unit. */
    static Sensor scaled(String name, Quantity quantity, Path path, double scale) {
        return new Sensor(name, quantity, path, null, 0, scale);
    }

    /** A raw channel of the Industrial I/O subsystem. */
    static Sensor linear(String name, Quantity quantity, Path path, double offset, double scale) {
        return new Sensor(name, quantity, path, null, offset, scale);
    }

    /** The product of two files, times {@code scale}. */
    static Sensor product(String name, Quantity quantity, Path path, Path factor, double scale) {
        return new Sensor(name, quantity, path, factor, 0, scale);
    }

    String name() {
        return name;
    }

    /** Name and unit. */
    String channel() {
        return name + "." + quantity.unit();
    }

    /** The files it stands for: a sensor that is found again under the same name is the same one if they are. */
    String source() {
        return factor == null ? file.path().toString() : file.path() + " * " + factor.path();
    }

    boolean isSame(Sensor other) {
        return name.equals(other.name)
                && source().equals(other.source())
                && Double.compare(offset, other.offset) == 0
                && Double.compare(scale, other.scale) == 0;
    }

    /** Empty while it says nothing, or nothing that can be. */
    Optional<SensorReading> read() {
        OptionalDouble raw = file.number();
        if (raw.isEmpty()) {
            return Optional.empty();
        }
        double value = (raw.getAsDouble() + offset) * scale;
        if (factor != null) {
            OptionalDouble second = factor.number();
            if (second.isEmpty()) {
                return Optional.empty();
            }
            value *= second.getAsDouble();
        }
        return isPossible(value) ? Optional.of(new SensorReading(name, quantity, value, source())) : Optional.empty();
    }

    /** A sensor without power says so by values that cannot be: a zone of a Jetson that is off is at -256 degrees. */
    private boolean isPossible(double value) {
        return switch (quantity) {
            case TEMPERATURE -> value > -100 && value < 400;
            case FREQUENCY, FAN -> value >= 0;
            case LOAD -> value >= 0 && value <= 100;
            case POWER, CURRENT, VOLTAGE -> Math.abs(value) < 1e5;
        };
    }

    @Override
    public void close() {
        file.close();
        if (factor != null) {
            factor.close();
        }
    }
}
