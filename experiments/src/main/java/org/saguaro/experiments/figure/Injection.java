// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;

/** A request that arrives at that time. */
record Injection(long nanos, int application) {

    /** All at once. */
    static List<Injection> together(int application, int instances) {
        List<Injection> injections = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            injections.add(new Injection(0, application));
        }
        return injections;
    }

    /**
     * As CEDR injects: as many instances of each application, each with a fixed period, so that together they bring so many bits per
     * second until the last one has come.
     */
    static List<Injection> atRate(List<ApplicationProfile> applications, int instances, double megabitsPerSecond) {
        double bits = instances
                * (double) applications.stream()
                        .mapToLong(ApplicationProfile::inputBits)
                        .sum();
        double spanNanos = bits / (megabitsPerSecond * 1e6) * 1e9;
        List<Injection> injections = new ArrayList<>();
        for (int application = 0; application < applications.size(); application++) {
            for (int i = 0; i < instances; i++) {
                injections.add(new Injection(Math.round(spanNanos * i / instances), application));
            }
        }
        return sorted(injections);
    }

    /** One application with a fixed period. */
    static List<Injection> periodic(int application, double periodSeconds, double untilSeconds) {
        List<Injection> injections = new ArrayList<>();
        for (int i = 0; i * periodSeconds < untilSeconds; i++) {
            injections.add(new Injection(Math.round(i * periodSeconds * 1e9), application));
        }
        return injections;
    }

    static List<Injection> sorted(List<Injection> injections) {
        return injections.stream()
                .sorted(Comparator.comparingLong(Injection::nanos))
                .toList();
    }

    /** What a simulation is given. */
    static Arrivals arrivals(List<Injection> sorted) {
        return new Arrivals() {
            private int next;

            @Override
            public boolean next(Arrival into) {
                if (next == sorted.size()) {
                    return false;
                }
                Injection injection = sorted.get(next++);
                into.nanos = injection.nanos();
                into.application = injection.application();
                return true;
            }
        };
    }
}
