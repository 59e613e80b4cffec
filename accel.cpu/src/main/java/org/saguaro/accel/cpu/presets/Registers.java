// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.HashMap;
import java.util.Map;

/** Numbers the registers of a program: one for each value of the graph that it touches, and temporaries. */
final class Registers {

    private final Map<Integer, Integer> byValue = new HashMap<>();
    private int count;

    /** The register of a value. */
    int of(int value) {
        return byValue.computeIfAbsent(value, id -> count++);
    }

    /** A register for something between two calls. */
    int temporary() {
        return count++;
    }

    int count() {
        return count;
    }
}
