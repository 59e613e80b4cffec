// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.saguaro.runtime.core.TaskRecord;

/**
 * Writes task records in the Trace Event Format that Perfetto (ui.perfetto.dev) and chrome://tracing open: a thread per PE, a
 * complete event per task, times in microseconds from the first record.
 */
public final class ChromeTrace {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int PROCESS = 1;

    private ChromeTrace() {}

    /**
     * Writes the trace.
     *
     * @param out not closed
     */
    public static void write(List<TaskRecord> records, OutputStream out) throws IOException {
        Timeline timeline = Timeline.of(records);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            json.writeStringField("displayTimeUnit", "ms");
            json.writeArrayFieldStart("traceEvents");
            metadata(json, "process_name", 0, "Saguaro");
            for (int thread = 0; thread < timeline.peIds().size(); thread++) {
                metadata(json, "thread_name", thread, timeline.peIds().get(thread));
            }
            for (TaskRecord task : timeline.records()) {
                task(json, timeline, task);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void metadata(JsonGenerator json, String kind, int thread, String name) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "M");
        json.writeStringField("name", kind);
        json.writeNumberField("pid", PROCESS);
        json.writeNumberField("tid", thread);
        json.writeObjectFieldStart("args");
        json.writeStringField("name", name);
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void task(JsonGenerator json, Timeline timeline, TaskRecord task) throws IOException {
        json.writeStartObject();
        json.writeStringField("ph", "X");
        json.writeStringField("name", task.layers());
        json.writeStringField("cat", task.application());
        json.writeNumberField("pid", PROCESS);
        json.writeNumberField("tid", timeline.peIds().indexOf(task.peId()));
        json.writeNumberField("ts", timeline.micros(task.startedNanos()));
        json.writeNumberField("dur", (task.finishedNanos() - task.startedNanos()) / 1e3);
        json.writeObjectFieldStart("args");
        json.writeStringField("application", task.application());
        json.writeNumberField("request", task.requestId());
        json.writeNumberField("task", task.task());
        json.writeStringField("layers", task.layers());
        json.writeNumberField("waitedForPolicyMicros", (task.assignedNanos() - task.readyNanos()) / 1e3);
        json.writeNumberField("waitedForPeMicros", (task.startedNanos() - task.assignedNanos()) / 1e3);
        json.writeStringField("outcome", task.outcome().name());
        json.writeEndObject();
        json.writeEndObject();
    }
}
