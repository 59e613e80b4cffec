// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TransferStatus;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * A run as it was recorded: on which PEs, what the applications are, when requests came and ended, which task ran where. As a file it is
 * NDJSON, a JSON object per line, so that what is there of an interrupted run is valid. Immutable. Times are nanoseconds from the
 * beginning of the run.
 *
 * @param header under which circumstances
 * @param profiles the applications, with different names
 * @param requests in the order of their lines; each of one of the applications
 * @param tasks in the order of their lines
 * @param complete whether the writer was closed in the end; if not, requests and tasks that ended later may be missing
 */
public record RunTrace(
        Header header,
        List<ApplicationProfile> profiles,
        List<Request> requests,
        List<TaskRecord> tasks,
        boolean complete) {

    /** What {@link Header#version} is now. */
    public static final int VERSION = 1;

    public RunTrace {
        profiles = List.copyOf(profiles);
        requests = List.copyOf(requests);
        tasks = List.copyOf(tasks);
    }

    /**
     * Reads a file. A last line that is cut is left out.
     *
     * @throws RunTraceException if it is wrong: names file and line, what was found and what was expected
     */
    public static RunTrace read(Path file) throws IOException, RunTraceException {
        return RunTraceReader.read(file);
    }

    /** The application of that name. */
    public Optional<ApplicationProfile> profile(String application) {
        return profiles.stream()
                .filter(profile -> profile.name().equals(application))
                .findFirst();
    }

    /**
     * The circumstances.
     *
     * @param recorded when, as ISO 8601 says it
     * @param policy which scheduling policy was at work
     * @param pes what there was to run tasks
     * @param transfers what copies between memory spaces took
     * @param notes what readers of results should know of how it was recorded, a sentence each
     */
    public record Header(String recorded, String policy, List<Pe> pes, List<Transfer> transfers, List<String> notes) {
        public Header {
            pes = List.copyOf(pes);
            transfers = List.copyOf(transfers);
            notes = List.copyOf(notes);
        }
    }

    /**
     * A processing element.
     *
     * @param space the memory space of its tensors
     * @param activeWatts drawn more than when idle while a kernel runs; 0 if unknown
     * @param idleWatts drawn all the time; 0 if unknown
     * @param parked whether it got no tasks when this was written, for instance because another shape of the same hardware was at work; a
     *     replay is without it, though tasks of the trace may have run on it
     */
    public record Pe(String id, String type, String space, double activeWatts, double idleWatts, boolean parked) {

        /** One of a live system, which does not tell what it draws when idle. */
        public static Pe of(PeStatus status) {
            return new Pe(
                    status.descriptor().id(),
                    status.descriptor().type(),
                    status.memorySpace(),
                    status.descriptor().activeWatts(),
                    0,
                    status.state() == PeStatus.State.PARKED);
        }
    }

    /** What a copy takes: a start, and a time for each byte. */
    public record Transfer(String from, String to, double startNanos, double nanosPerByte) {

        /** As a live system has measured it. */
        public static Transfer of(TransferStatus status) {
            return new Transfer(status.from(), status.to(), status.startNanos(), status.nanosPerByte());
        }
    }

    /**
     * A request that has ended.
     *
     * @param id unique in the trace; tasks name it
     * @param application name of its profile
     * @param tenant on whose behalf
     * @param tenantWeight the share that the tenant is to get
     * @param softDeadlineNanos after its arrival; {@link #NONE} if it has none
     * @param hardDeadlineNanos after its arrival; {@link #NONE} if it has none
     * @param outcome {@code completed}, {@code dropped} (its hard deadline passed), or why it has no result
     */
    public record Request(
            long id,
            String application,
            long arrivalNanos,
            long endNanos,
            String tenant,
            double tenantWeight,
            int priority,
            long softDeadlineNanos,
            long hardDeadlineNanos,
            double value,
            String outcome) {

        /** Stands for a deadline that there is not. */
        public static final long NONE = Long.MAX_VALUE;

        public static final String COMPLETED = "completed";
        public static final String DROPPED = "dropped";

        /** One with the terms of its options. */
        public static Request of(
                long id,
                String application,
                long arrivalNanos,
                long endNanos,
                RequestOptions options,
                double tenantWeight,
                String outcome) {
            return new Request(
                    id,
                    application,
                    arrivalNanos,
                    endNanos,
                    options.tenant(),
                    tenantWeight,
                    options.priority(),
                    options.softDeadline().map(Duration::toNanos).orElse(NONE),
                    options.hardDeadline().map(Duration::toNanos).orElse(NONE),
                    options.value(),
                    outcome);
        }

        /** Whether it has a result. */
        public boolean isCompleted() {
            return outcome.equals(COMPLETED);
        }
    }
}
