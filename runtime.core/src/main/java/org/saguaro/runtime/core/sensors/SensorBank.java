// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.SensorReading;

/**
 * The sensors of this machine, found and held open. One that says nothing is left out of a reading and asked again the next time; chips
 * that came or went are noticed by looking again from time to time. Not thread-safe.
 */
public final class SensorBank implements AutoCloseable {

    private static final int READINGS_PER_DISCOVERY = 30;

    private final @Nullable Path root;
    private List<Sensor> sensors = List.of();
    private int readings;

    /** @param root of the file system: {@code /}, but for tests */
    public SensorBank(Path root) {
        this.root = root;
    }

    private SensorBank() {
        root = null;
    }

    /** Without sensors. */
    public static SensorBank none() {
        return new SensorBank();
    }

    /** What the sensors say now, by name. */
    public List<SensorReading> read() {
        if (readings++ % READINGS_PER_DISCOVERY == 0) {
            discover();
        }
        return sensors.stream().map(Sensor::read).flatMap(Optional::stream).toList();
    }

    /** The sensors there are, readable now or not, as {@code name.unit}. */
    public List<String> channels() {
        return sensors.stream().map(Sensor::channel).toList();
    }

    /** Looks for sensors. Those found before stay open. */
    public void discover() {
        if (root == null) {
            return;
        }
        Map<String, Sensor> known = new HashMap<>();
        sensors.forEach(sensor -> known.put(sensor.name(), sensor));
        List<Sensor> next = new ArrayList<>();
        for (Sensor found : SensorDiscovery.sensors(root)) {
            Sensor before = known.get(found.name());
            if (before != null && before.isSame(found)) {
                known.remove(found.name());
                next.add(before);
            } else {
                next.add(found);
            }
        }
        known.values().forEach(Sensor::close);
        sensors = List.copyOf(next);
    }

    @Override
    public void close() {
        sensors.forEach(Sensor::close);
        sensors = List.of();
    }
}
