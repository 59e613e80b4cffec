// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.demo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** Requests that come when they come: a Poisson process per application. */
final class Arrivals {

    private Arrivals() {}

    /**
     * A request to send.
     *
     * @param atNanos from the beginning
     * @param application position in the list of applications
     * @param sample which of its samples
     */
    record Arrival(long atNanos, int application, int sample) {}

    /**
     * All requests of a run, in order of time. The same seed gives the same requests.
     *
     * @param ratesPerSecond of each application
     * @param sampleCounts of each application; samples are taken in turn
     */
    static List<Arrival> plan(double[] ratesPerSecond, int[] sampleCounts, double seconds, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Arrival> arrivals = new ArrayList<>();
        for (int application = 0; application < ratesPerSecond.length; application++) {
            SplittableRandom own = random.split();
            int sample = 0;
            double at = exponential(own, ratesPerSecond[application]);
            while (at < seconds) {
                arrivals.add(new Arrival((long) (at * 1e9), application, sample % sampleCounts[application]));
                sample++;
                at += exponential(own, ratesPerSecond[application]);
            }
        }
        arrivals.sort(Comparator.comparingLong(Arrival::atNanos));
        return arrivals;
    }

    private static double exponential(SplittableRandom random, double rate) {
        return -Math.log(1 - random.nextDouble()) / rate;
    }
}
