// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * How the hardware is shared out now. A snapshot.
 *
 * @param frozen why the controller is held; empty if it is not
 * @param groups the groups of PEs that share hardware, by name
 * @param memoryCapBytes what kernels may hold together; 0 for no bound
 * @param deployments what each deployment holds, by name
 * @param actions what was done lately, the oldest first
 */
public record ProvisioningStatus(
        Optional<String> frozen,
        List<Group> groups,
        long memoryCapBytes,
        List<Holding> deployments,
        List<Action> actions) {

    public ProvisioningStatus {
        groups = List.copyOf(groups);
        deployments = List.copyOf(deployments);
        actions = List.copyOf(actions);
    }

    /** Bytes that the kernels of all deployments hold. */
    public long residentBytes() {
        return deployments.stream().mapToLong(Holding::residentBytes).sum();
    }

    /**
     * PEs that share hardware.
     *
     * @param name for instance {@code cpu}
     * @param active name of the shape at work, or taking over
     * @param shapes names of all its shapes
     * @param handingOver whether the active shape waits for the last kernels of another
     * @param concurrency tasks that are ready or run at a time, averaged over the last milliseconds; at least 1
     * @param gain how many times as fast the widest shape runs what is in use, one task alone; 0 if that is not known yet
     * @param overlays what there is to say if the shapes have to be brought about; empty if they have not: then the figures before count
     */
    public record Group(
            String name,
            String active,
            List<String> shapes,
            boolean handingOver,
            double concurrency,
            double gain,
            Optional<Overlays> overlays) {

        public Group {
            shapes = List.copyOf(shapes);
        }
    }

    /**
     * Shapes that have to be brought about.
     *
     * @param configuration what that is expected to take, by shape
     * @param regret how much longer the work of late took with the shape at work than with another one that pays its own way, by the other's
     *     name: from minus to plus the price of a change, which is when it is made
     * @param problem why the last change failed; empty if it did not
     * @param changes that were made
     * @param failures attempts that failed
     * @param paid time that all changes and attempts took
     * @param saved how much longer the work would have taken without any of the shapes, by the cost model
     */
    public record Overlays(
            SortedMap<String, Duration> configuration,
            SortedMap<String, Duration> regret,
            String problem,
            int changes,
            int failures,
            Duration paid,
            Duration saved) {}

    /**
     * The memory of a deployment.
     *
     * @param name its name
     * @param residentBytes that its kernels hold
     * @param arenaBytes that buffers of finished requests hold for the next ones
     * @param evictedBytes that come back with the next request
     * @param inFlight its requests
     * @param idle time since a request came or ended
     */
    public record Holding(
            String name, long residentBytes, long arenaBytes, long evictedBytes, int inFlight, Duration idle) {}

    /** What can be done. */
    public enum Kind {
        /** Another shape was put to work. */
        RESHAPE,
        /** Another shape could not be brought about. */
        FALL_BACK,
        /** Buffers kept for the next requests were given back. */
        TRIM,
        /** Kernels were closed. */
        EVICT,
        /** They came back. */
        RESTORE,
        /** The controller is held. */
        FREEZE,
        /** The controller goes on. */
        UNFREEZE,
        /** A PE was taken out by hand. */
        PARK,
        /** It was taken back in. */
        UNPARK
    }

    /**
     * Something that was done.
     *
     * @param when at that time
     * @param kind what
     * @param subject to which group, deployment or PE
     * @param reason what exactly, and why
     */
    public record Action(Instant when, Kind kind, String subject, String reason) {}
}
