// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;

/**
 * A sweep as its file describes it.
 *
 * @param name of the sweep
 * @param description for people; may be empty
 * @param platform name of a pool that comes with Saguaro, or a file ({@code .json}) beside the sweep's
 * @param compositions all of them, before constraints
 * @param policies by name
 * @param workload a file beside the sweep's, or a workload itself
 * @param profiles files beside the sweep's with profiles of its streams, by their names
 * @param rates each with the same unit
 * @param seeds each once
 * @param source the file's content
 */
public record SweepDescription(
        String name,
        String description,
        String platform,
        List<Composition> compositions,
        List<String> policies,
        JsonNode workload,
        List<String> profiles,
        List<Rate> rates,
        List<Long> seeds,
        Constraints constraints,
        Objective objective,
        Facets facets,
        JsonNode source) {

    public SweepDescription {
        compositions = List.copyOf(compositions);
        policies = List.copyOf(policies);
        profiles = List.copyOf(profiles);
        rates = List.copyOf(rates);
        seeds = List.copyOf(seeds);
    }

    /**
     * What a pool must be to be simulated, and a point to be counted among the best.
     *
     * @param maxPes most PEs
     * @param maxWatts most that all PEs draw when all of them compute
     * @param maxP99Millis most time for 99 of 100 requests
     * @param maxMissShare largest part of the requests that is late or dropped
     */
    public record Constraints(int maxPes, double maxWatts, double maxP99Millis, double maxMissShare) {

        /** Anything goes. */
        public static final Constraints NONE = new Constraints(
                Integer.MAX_VALUE, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /** What the best have least of. */
    public enum Objective {
        /** Mean time from arrival to end. */
        TIME("time"),
        /** Energy per request. */
        ENERGY("energy"),
        /** Their product. */
        EDP("energy-delay product");

        private final String label;

        Objective(String label) {
            this.label = label;
        }

        /** For people. */
        public String label() {
            return label;
        }
    }

    /**
     * How plots are laid out; a dimension is {@value #RATE} or the letters of a type of PE. Policies are columns.
     *
     * @param x along the horizontal axis; empty to be chosen
     * @param lines a line each; empty to be chosen
     */
    public record Facets(Optional<String> x, Optional<String> lines) {

        /** The dimension that is no type of PE. */
        public static final String RATE = "rate";

        /** All chosen by what varies. */
        public static final Facets CHOSEN = new Facets(Optional.empty(), Optional.empty());
    }
}
