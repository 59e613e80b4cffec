// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.saguaro.experiments.profile.ProfileJson;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * Writes a {@link RunTrace} line by line, as things happen: what is there at any time is valid. Used by one thread at a time.
 */
public final class RunTraceWriter implements AutoCloseable {

    private final OutputStream out;
    private final Set<String> applications = new HashSet<>();

    /**
     * Begins a file; one of that name is replaced.
     *
     * @throws IOException if it cannot be written
     */
    public RunTraceWriter(Path file, RunTrace.Header header) throws IOException {
        this(new BufferedOutputStream(Files.newOutputStream(file)), header);
    }

    /**
     * Begins on a stream.
     *
     * @param out closed with this
     */
    public RunTraceWriter(OutputStream out, RunTrace.Header header) throws IOException {
        this.out = out;
        line(Json.object(
                "kind", "header",
                "version", RunTrace.VERSION,
                "recorded", header.recorded(),
                "policy", header.policy(),
                "pes",
                        header.pes().stream()
                                .map(pe -> Json.object(
                                        "id", pe.id(),
                                        "type", pe.type(),
                                        "space", pe.space(),
                                        "activeWatts", pe.activeWatts(),
                                        "idleWatts", pe.idleWatts(),
                                        "parked", pe.parked()))
                                .toList(),
                "transfers",
                        header.transfers().stream()
                                .map(transfer -> Json.object(
                                        "from", transfer.from(),
                                        "to", transfer.to(),
                                        "startNanos", transfer.startNanos(),
                                        "nanosPerByte", transfer.nanosPerByte()))
                                .toList(),
                "notes", header.notes()));
    }

    /**
     * An application; before its first request.
     *
     * @throws IllegalArgumentException if there is one of that name already
     */
    public void profile(ApplicationProfile profile) throws IOException {
        if (!applications.add(profile.name())) {
            throw new IllegalArgumentException("the application " + profile.name() + " is in the trace already");
        }
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("kind", "profile");
        line.put("profile", ProfileJson.object(profile));
        line(line);
    }

    /**
     * A request has ended.
     *
     * @throws IllegalArgumentException if nothing is known of its application
     */
    public void request(RunTrace.Request request) throws IOException {
        if (!applications.contains(request.application())) {
            throw new IllegalArgumentException(
                    "the application " + request.application() + " has no profile in the trace yet");
        }
        Map<String, Object> line = Json.object(
                "kind", "request",
                "id", request.id(),
                "application", request.application(),
                "arrivalNanos", request.arrivalNanos(),
                "endNanos", request.endNanos(),
                "tenant", request.tenant(),
                "tenantWeight", request.tenantWeight(),
                "priority", request.priority(),
                "value", request.value(),
                "outcome", request.outcome());
        if (request.softDeadlineNanos() != RunTrace.Request.NONE) {
            line.put("softDeadlineNanos", request.softDeadlineNanos());
        }
        if (request.hardDeadlineNanos() != RunTrace.Request.NONE) {
            line.put("hardDeadlineNanos", request.hardDeadlineNanos());
        }
        line(line);
    }

    /**
     * A task has run, or tried to.
     *
     * @param task with times from the beginning of the run
     */
    public void task(TaskRecord task) throws IOException {
        line(Json.object(
                "kind", "task",
                "request", task.requestId(),
                "application", task.application(),
                "task", task.task(),
                "layers", task.layers(),
                "pe", task.peId(),
                "readyNanos", task.readyNanos(),
                "assignedNanos", task.assignedNanos(),
                "startedNanos", task.startedNanos(),
                "finishedNanos", task.finishedNanos(),
                "outcome", task.outcome().name()));
    }

    /** Lets others see what is there so far. */
    public void flush() throws IOException {
        out.flush();
    }

    private void line(Map<String, Object> object) throws IOException {
        out.write(Json.bytes(object));
        out.write('\n');
    }

    /** Says that this is all, and ends. */
    @Override
    public void close() throws IOException {
        try (out) {
            line(Json.object("kind", "end"));
        }
    }
}
