// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.saguaro.accel.api.Precision;

/**
 * Where the layers of a deployment may run and did run, and why not on an accelerator. An accelerator is whatever is neither of
 * the type {@value #CPU} nor one of the CPU's other shapes ({@code cpux2}: a PE of two cores). A snapshot.
 *
 * @param deployment its name
 * @param summary one line for people: before the first request where layers may run, afterwards where they ran
 * @param tasks tasks of the model itself, those of nested graphs not counted
 * @param peTypes the types of PEs that are present or ran something, sorted by type
 * @param layers one entry per layer of the model as read, in its order; those of nested graphs are in {@link
 *     LayerPlacement#bodies}
 */
public record PlacementReport(
        String deployment, String summary, int tasks, List<PeType> peTypes, List<LayerPlacement> layers) {

    /** Type of the PEs that run what no accelerator does. */
    public static final String CPU = "cpu";

    /** Types of the PEs that run services of bundles, one each, begin like that. They run nothing else, so no other layer speaks of them. */
    public static final String SERVICE_PREFIX = "service:";

    private static final Pattern WIDE_CPU = Pattern.compile(CPU + "x\\d+");

    /** An accelerator that had a smaller share of a layer's runs was only tried. */
    public static final double LEAST_SHARE = 0.1;

    public PlacementReport {
        peTypes = List.copyOf(peTypes);
        layers = List.copyOf(layers);
    }

    /** Whether PEs of a type are accelerators. */
    public static boolean isAccelerator(String peType) {
        return !peType.equals(CPU) && !WIDE_CPU.matcher(peType).matches();
    }

    /** Every layer, those of nested graphs after the layer that holds them. */
    public List<LayerPlacement> allLayers() {
        return allLayers(layers);
    }

    /** These layers, those of nested graphs after the layer that holds them. */
    public static List<LayerPlacement> allLayers(List<LayerPlacement> layers) {
        List<LayerPlacement> all = new ArrayList<>();
        layers.forEach(layer -> collect(layer, all));
        return all;
    }

    private static void collect(LayerPlacement layer, List<LayerPlacement> into) {
        into.add(layer);
        layer.bodies().forEach(body -> body.layers().forEach(inner -> collect(inner, into)));
    }

    /**
     * One type of PE.
     *
     * @param type its name, for instance {@code cpu}
     * @param peIds the PEs of this type, sorted: those present, and those that ran something and left
     * @param quarantined why PEs of this type get no tasks now, by id
     * @param layers layers that count for this type ({@link LayerPlacement#ranOn})
     * @param timeShare share of the deployment's execution time spent on this type, from 0 to 1
     */
    public record PeType(
            String type, List<String> peIds, Map<String, String> quarantined, int layers, double timeShare) {

        public PeType {
            peIds = List.copyOf(peIds);
            quarantined = Map.copyOf(quarantined);
        }
    }

    /**
     * One layer.
     *
     * @param name the exporter's node name
     * @param path PyTorch module path; the node name if it has none
     * @param op operator
     * @param outputs types of the values it makes, for instance {@code float32[1, 16, 32, 32]}; as exact as they are known by now
     * @param task position of its task among the tasks of its graph; -1 if it is in none: lowering removed it, or the core runs it
     * @param lowered what lowering did with it, for instance {@code folded into conv1}; empty if it runs as it is
     * @param candidates one per type of PE that is present or ran it, sorted by type; empty if it is in no task
     * @param busyNanos its part of the time that its task spent in kernels so far. Kernels run tasks, not layers: where a task has
     *     several, each gets the part that the cost model's prior (arithmetic and memory traffic) gives it
     * @param timeEstimated whether {@code busyNanos} is such a part; false if the task has no other layer
     * @param timeShare share of the deployment's execution time, from 0 to 1
     * @param reason why it ran, or may run, on no accelerator; empty if it did, or may
     * @param bodies the graphs inside a layer of control flow; empty for all others
     */
    public record LayerPlacement(
            String name,
            String path,
            String op,
            List<String> outputs,
            int task,
            String lowered,
            List<Candidate> candidates,
            long busyNanos,
            boolean timeEstimated,
            double timeShare,
            Optional<Reason> reason,
            List<Body> bodies) {

        public LayerPlacement {
            outputs = List.copyOf(outputs);
            candidates = List.copyOf(candidates);
            bodies = List.copyOf(bodies);
        }

        /** PE types that support it, sorted. */
        public List<String> supportedBy() {
            return candidates.stream()
                    .filter(Candidate::supported)
                    .map(Candidate::peType)
                    .toList();
        }

        /** How exact it is on a type of PE; float32 if nothing is prepared there. */
        public Precision precisionOn(String peType) {
            return candidates.stream()
                    .filter(candidate -> candidate.peType().equals(peType))
                    .map(Candidate::precision)
                    .findFirst()
                    .orElse(Precision.FLOAT32);
        }

        /** How often its task completed, by PE id, sorted. */
        public Map<String, Long> runsByPe() {
            Map<String, Long> runs = new TreeMap<>();
            candidates.forEach(candidate -> runs.putAll(candidate.runsByPe()));
            return runs;
        }

        /** How often its task completed. */
        public long runs() {
            return candidates.stream().mapToLong(Candidate::runs).sum();
        }

        /** Why each other PE type did not run it, by type, sorted. */
        public Map<String, Reason> causes() {
            Map<String, Reason> causes = new TreeMap<>();
            candidates.forEach(
                    candidate -> candidate.reason().ifPresent(reason -> causes.put(candidate.peType(), reason)));
            return causes;
        }

        /**
         * The type of PE that it counts for: of the accelerators that are still at it and had at least {@link #LEAST_SHARE} of
         * its runs the one with most, else whoever had most; empty if it did not run.
         */
        public Optional<String> ranOn() {
            long all = runs();
            Optional<Candidate> accelerator = candidates.stream()
                    .filter(candidate -> isAccelerator(candidate.peType())
                            && !candidate.isOut()
                            && candidate.runs() > 0
                            && candidate.runs() >= LEAST_SHARE * all)
                    .max(Comparator.comparingLong(Candidate::runs));
            // Whoever gets no tasks now counts only if nobody else ever did.
            return accelerator
                    .or(() -> candidates.stream()
                            .filter(candidate -> candidate.runs() > 0)
                            .max(Comparator.comparing((Candidate candidate) -> !candidate.isOut())
                                    .thenComparing(Candidate::runs)))
                    .map(Candidate::peType);
        }
    }

    /**
     * A type of PE as a place for a layer.
     *
     * @param peType the type
     * @param supported whether it supports the layer; its whole task may be another matter
     * @param estimateNanos what the layer's task takes there: measured, or the cost model's prior; 0 if nothing was prepared there
     * @param measured whether that was measured
     * @param runsByPe how often the task completed, by id of the PEs of this type
     * @param busyNanos the layer's part of the time that the task took there
     * @param reason why it does not run there, or did so seldom; empty if it does, or may
     * @param precision how exact the layer's task is there; float32 if nothing was prepared there
     * @param error how far what the layer's task makes there is from what the CPU makes of it; empty if that was not measured
     */
    public record Candidate(
            String peType,
            boolean supported,
            long estimateNanos,
            boolean measured,
            Map<String, Long> runsByPe,
            long busyNanos,
            Optional<Reason> reason,
            Precision precision,
            Optional<MeasuredError> error) {

        /** An exact one, as far as anybody knows. */
        public Candidate(
                String peType,
                boolean supported,
                long estimateNanos,
                boolean measured,
                Map<String, Long> runsByPe,
                long busyNanos,
                Optional<Reason> reason) {
            this(
                    peType,
                    supported,
                    estimateNanos,
                    measured,
                    runsByPe,
                    busyNanos,
                    reason,
                    Precision.FLOAT32,
                    Optional.empty());
        }

        public Candidate {
            runsByPe = Map.copyOf(runsByPe);
        }

        /** Whether it gets no tasks now, whatever it did before. */
        public boolean isOut() {
            return reason.isPresent()
                    && (reason.get().cause() == Cause.QUARANTINED
                            || reason.get().cause() == Cause.PARKED
                            || reason.get().cause() == Cause.LEFT);
        }

        /** How often the task completed on this type. */
        public long runs() {
            return runsByPe.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * A graph inside a layer: a branch, the body of a loop.
     *
     * @param name the layer's argument that holds it, for instance {@code then_graph} or {@code body}
     * @param runs how often it ran
     * @param layers one entry per layer of the graph as read, in its order
     */
    public record Body(String name, long runs, List<LayerPlacement> layers) {

        public Body {
            layers = List.copyOf(layers);
        }
    }

    /**
     * Why a layer is not at a place.
     *
     * @param cause the class of reason
     * @param detail for people; may be empty
     */
    public record Reason(Cause cause, String detail) {}

    /** Classes of reasons, sorted by how far a layer came on its way to an accelerator. */
    public enum Cause {
        /** Lowering removed the layer: there is nothing to run. */
        REMOVED("removed"),
        /** The core itself runs control flow and arithmetic on sizes. */
        HOST("host arithmetic"),
        /** Only CPU PEs are present. */
        NO_ACCELERATOR("no accelerator present"),
        /** The operator. */
        UNSUPPORTED_OPERATOR("unsupported op"),
        /** The element type. */
        UNSUPPORTED_DTYPE("unsupported dtype"),
        /** The sizes. */
        UNSUPPORTED_SHAPE("unsupported shape"),
        /** Another argument of the operator. */
        UNSUPPORTED_ATTRIBUTE("unsupported attribute"),
        /** It needs more memory than the device has. */
        UNSUPPORTED_MEMORY("not enough memory"),
        /** Element type or sizes are not known before the first request. */
        UNKNOWN_SHAPE("shape not known yet"),
        /** The layer is supported, but its task has others that are not: fusion joins what one kernel computes. */
        GROUPED("in a fused task"),
        /** The accelerator could not prepare the task. */
        PREPARATION_FAILED("preparation failed"),
        /** Nobody asked for it yet: it is in a branch that was not taken, or there was no request. */
        NOT_RUN("not run yet"),
        /** The task is expected to take longer there, as measured or by the cost model's prior. */
        SLOWER("slower"),
        /** The task is not expected to take longer there: the policy, a queue or a transfer decided. */
        NOT_CHOSEN("not chosen"),
        /** The task failed there. */
        FAILED("failed"),
        /** All PEs of the type are parked: somebody took them out, or another shape of their hardware is at work. */
        PARKED("parked"),
        /** It ran there, but the PEs of the type have left. */
        LEFT("left"),
        /** All PEs of the type are quarantined. */
        QUARANTINED("quarantined");

        private final String words;

        Cause(String words) {
            this.words = words;
        }

        /** For people, for instance {@code unsupported op}. */
        public String words() {
            return words;
        }
    }
}
