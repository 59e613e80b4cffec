// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

/** An X-band radar whose echoes are sampled all the time: 128 samples from pulse to pulse, 128 pulses. */
final class Radar {

    static final int PULSES = 128;
    static final int POINTS = 128;

    static final double SPEED_OF_LIGHT = 299_792_458;
    static final double CARRIER_HERTZ = 10e9;
    static final double SAMPLE_RATE_HERTZ = 1e6;

    /** Distance of neighbouring range cells: light goes there and back in the time of one sample. */
    static final double RANGE_CELL_METRES = SPEED_OF_LIGHT / (2 * SAMPLE_RATE_HERTZ);

    private static final double PULSES_PER_SECOND = SAMPLE_RATE_HERTZ / POINTS;

    /** Distance of neighbouring velocity cells: a target that comes nearer shifts the carrier by twice its velocity in wave lengths. */
    static final double VELOCITY_CELL_METRES_PER_SECOND =
            SPEED_OF_LIGHT / CARRIER_HERTZ / 2 * PULSES_PER_SECOND / PULSES;

    private Radar() {}

    static double rangeMetres(int cell) {
        return cell * RANGE_CELL_METRES;
    }

    /** Positive if the target comes nearer; the middle cell is 0. */
    static double velocityMetresPerSecond(int cell) {
        return (cell - PULSES / 2) * VELOCITY_CELL_METRES_PER_SECOND;
    }
}
