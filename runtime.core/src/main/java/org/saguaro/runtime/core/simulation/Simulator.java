// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Simulates applications on pools of processing elements in virtual time, by discrete events. Thread-safe. */
public final class Simulator {

    private Simulator() {}

    /**
     * Applications on a pool.
     *
     * @throws IllegalArgumentException if some task can run on no PE, or the pool's figures are no times; the message names application,
     *     task, kernel and what to do
     */
    public static Simulation simulation(Pool pool, List<ApplicationProfile> applications) {
        if (applications.isEmpty()) {
            throw new IllegalArgumentException("found no application to simulate, expected one at least");
        }
        List<Pool.PeType> types = checkedTypes(pool);
        KernelTimes times = new KernelTimes(pool.name(), types);
        List<ApplicationGraph> graphs = new ArrayList<>();
        for (ApplicationProfile application : applications) {
            graphs.add(graph(graphs.size(), application, pool, types, times));
        }
        return new PreparedSimulation(types, List.copyOf(graphs), times, new Copies(pool));
    }

    /** The types of which the pool has PEs. */
    private static List<Pool.PeType> checkedTypes(Pool pool) {
        Set<String> names = new HashSet<>();
        for (Pool.PeType type : pool.peTypes()) {
            String place = "pool " + pool.name() + ", PE type " + type.name() + ": ";
            if (!names.add(type.name())) {
                throw new IllegalArgumentException(place + "found it twice, expected each type once");
            }
            if (type.count() < 0 || type.dispatchNanos() < 0) {
                throw new IllegalArgumentException(place + "found " + type.count() + " PEs and a dispatch of "
                        + type.dispatchNanos() + " ns, expected neither to be negative");
            }
            if (!isPower(type.activeWatts()) || !isPower(type.idleWatts())) {
                throw new IllegalArgumentException(place + "found " + type.activeWatts() + " W active and "
                        + type.idleWatts() + " W idle, expected two finite numbers, neither negative");
            }
        }
        return pool.peTypes().stream().filter(type -> type.count() > 0).toList();
    }

    private static boolean isPower(double watts) {
        return watts >= 0 && !Double.isInfinite(watts);
    }

    private static ApplicationGraph graph(
            int position, ApplicationProfile application, Pool pool, List<Pool.PeType> types, KernelTimes times) {
        int[] rows = application.kernels().stream().mapToInt(times::add).toArray();
        for (int task = 0; task < application.tasks().size(); task++) {
            TaskProfile profile = application.tasks().get(task);
            String place = "application " + application.name() + ", task " + task + " (" + profile.label() + ")";
            if (profile.delayNanos() < 0 || profile.requestBytes() < 0 || profile.resultBytes() < 0) {
                throw new IllegalArgumentException(place + ": found a delay of " + profile.delayNanos() + " ns, "
                        + profile.requestBytes() + " bytes of the request and " + profile.resultBytes()
                        + " of the result, expected none to be negative");
            }
            if (profile.kernel() != TaskProfile.NO_KERNEL && !times.isSupported(rows[profile.kernel()])) {
                throw new IllegalArgumentException(
                        cannotRun(place, application.kernels().get(profile.kernel()), pool, types));
            }
        }
        return new ApplicationGraph(position, application, rows);
    }

    private static String cannotRun(String place, KernelProfile kernel, Pool pool, List<Pool.PeType> types) {
        String measured = kernel.measured().isEmpty()
                ? "nowhere"
                : kernel.measured().stream().map(KernelProfile.Cost::peType).collect(Collectors.joining(", "));
        return place + ": no PE of the pool " + pool.name() + " (types: "
                + types.stream().map(Pool.PeType::name).collect(Collectors.joining(", ")) + ") runs its kernel "
                + kernel.name() + ", which was measured on: " + measured
                + "; add a cost rule for it to a PE type, or take a profile that was measured on one of these types";
    }
}
