// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.reshape;

import java.util.Arrays;
import java.util.Random;

/** Poisson arrivals: the same seed gives the same times. */
final class Arrivals {

    private final long[] nanos;

    /**
     * @param perSecond mean rate
     * @param seconds how long
     */
    Arrivals(Random random, double perSecond, double seconds) {
        long[] times = new long[(int) (4 * perSecond * seconds) + 100];
        double at = 0;
        int count = 0;
        while (count < times.length) {
            at += -Math.log(1 - random.nextDouble()) / perSecond;
            if (at > seconds) {
                break;
            }
            times[count++] = (long) (at * 1e9);
        }
        nanos = Arrays.copyOf(times, count);
    }

    int count() {
        return nanos.length;
    }

    /** Time of an arrival, from the beginning. */
    long nanos(int index) {
        return nanos[index];
    }
}
