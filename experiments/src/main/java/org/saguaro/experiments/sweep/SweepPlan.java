// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.experiments.sweep.SweepDescription.Constraints;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.Simulation;

/**
 * All points of a sweep, numbered: for each pool each policy, for each policy each rate, for each rate each seed. Points are made when
 * they are asked for, so that any number of them needs no memory. Immutable.
 */
final class SweepPlan {

    /** Most points; what is kept per point is where its rows are. */
    static final int MAX_POINTS = 10_000_000;

    private final SweepDescription description;
    private final List<Candidate> candidates;
    private final List<LeftOut> leftOut;
    private final List<String> peTypes;
    private final List<String> applications;

    /** A pool that is simulated. */
    record Candidate(Composition composition, Pool pool) {}

    /** A composition that is not, and why. */
    record LeftOut(Composition composition, String reason) {}

    private SweepPlan(
            SweepDescription description,
            List<Candidate> candidates,
            List<LeftOut> leftOut,
            List<ApplicationProfile> applications) {
        this.description = description;
        this.candidates = List.copyOf(candidates);
        this.leftOut = List.copyOf(leftOut);
        this.applications = applications.stream().map(ApplicationProfile::name).toList();
        Set<String> types = new LinkedHashSet<>();
        for (Candidate candidate : candidates) {
            candidate.pool().peTypes().forEach(type -> types.add(type.name()));
        }
        this.peTypes = List.copyOf(types);
    }

    /**
     * Plans a sweep.
     *
     * @param simulator what simulates applications on a pool; refuses a pool that cannot run them
     * @throws SweepException if no pool is left, or there are too many points
     */
    static SweepPlan of(
            SweepDescription description,
            SweepPlatform platform,
            List<ApplicationProfile> applications,
            BiFunction<Pool, List<ApplicationProfile>, Simulation> simulator)
            throws IOException, PoolException, SweepException {
        List<Candidate> candidates = new ArrayList<>();
        List<LeftOut> leftOut = new ArrayList<>();
        for (Composition composition : description.compositions()) {
            Pool pool = platform.pool(composition.toString());
            String reason = reasonAgainst(pool, description.constraints());
            if (reason.isEmpty()) {
                reason = reasonAgainst(pool, applications, simulator);
            }
            if (reason.isEmpty()) {
                candidates.add(new Candidate(composition, pool));
            } else {
                leftOut.add(new LeftOut(composition, reason));
            }
        }
        if (candidates.isEmpty()) {
            throw new SweepException("sweep " + description.name() + ": compositions: none of "
                    + leftOut.size() + " can be simulated, expected one at least; the first, "
                    + leftOut.get(0).composition() + ": " + leftOut.get(0).reason());
        }
        long points = 1L
                * candidates.size()
                * description.policies().size()
                * description.rates().size()
                * description.seeds().size();
        if (points > MAX_POINTS) {
            throw new SweepException("sweep " + description.name() + ": found " + points
                    + " points (pools x policies x rates x seeds), expected at most " + MAX_POINTS);
        }
        return new SweepPlan(description, candidates, leftOut, applications);
    }

    private static String reasonAgainst(Pool pool, Constraints constraints) {
        if (pool.size() > constraints.maxPes()) {
            return pool.size() + " processing elements, constraints.maxPes is " + constraints.maxPes();
        }
        double watts = watts(pool);
        return watts > constraints.maxWatts()
                ? Decimal.text(watts) + " W, constraints.maxWatts is " + Decimal.text(constraints.maxWatts())
                : "";
    }

    private static String reasonAgainst(
            Pool pool,
            List<ApplicationProfile> applications,
            BiFunction<Pool, List<ApplicationProfile>, Simulation> simulator) {
        try {
            return simulator.apply(pool, applications).pes().isEmpty() ? "no processing element" : "";
        } catch (IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What all PEs draw when all of them compute. */
    static double watts(Pool pool) {
        return pool.peTypes().stream()
                .mapToDouble(type -> type.count() * (type.idleWatts() + type.activeWatts()))
                .sum();
    }

    SweepDescription description() {
        return description;
    }

    List<Candidate> candidates() {
        return candidates;
    }

    List<LeftOut> leftOut() {
        return leftOut;
    }

    /** Types of PEs of all pools. */
    List<String> peTypes() {
        return peTypes;
    }

    /** Their names. */
    List<String> applications() {
        return applications;
    }

    /** How many points. */
    int size() {
        return candidates.size() * groupsPerPool() * description.seeds().size();
    }

    private int groupsPerPool() {
        return description.policies().size() * description.rates().size();
    }

    /** The position of the pool of a point. */
    int candidate(int number) {
        return number / (groupsPerPool() * description.seeds().size());
    }

    SweepPoint point(int number) {
        int seeds = description.seeds().size();
        int rates = description.rates().size();
        Candidate candidate = candidates.get(candidate(number));
        return new SweepPoint(
                number,
                candidate.composition(),
                candidate.pool(),
                description
                        .policies()
                        .get(number / (seeds * rates) % description.policies().size()),
                description.rates().get(number / seeds % rates),
                description.seeds().get(number % seeds));
    }
}
