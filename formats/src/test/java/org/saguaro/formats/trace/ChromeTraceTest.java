// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.TaskRecord;

final class ChromeTraceTest {

    @Test
    void eachTaskIsACompleteEventOnItsPesThread() throws IOException {
        // System.nanoTime may be negative.
        List<TaskRecord> records = List.of(
                Records.task(1, "digits", "cpu10", -5_000_000, 1_500),
                Records.task(2, "speech", "cpu2", -4_000_000, 2_000));

        JsonNode root = trace(records);

        List<JsonNode> names = new ArrayList<>();
        List<JsonNode> tasks = new ArrayList<>();
        for (JsonNode event : root.path("traceEvents")) {
            (event.path("ph").asText().equals("X") ? tasks : names).add(event);
        }
        assertThat(names)
                .extracting(name -> name.at("/args/name").asText())
                .containsExactly("Saguaro", "cpu2", "cpu10");
        assertThat(tasks).hasSize(2);
        JsonNode first = tasks.get(0);
        assertThat(first.path("name").asText()).isEqualTo("features.0 .. <3>");
        assertThat(first.path("cat").asText()).isEqualTo("digits");
        assertThat(first.path("tid").asInt()).isEqualTo(1);
        assertThat(first.path("ts").asDouble()).isEqualTo(2.0);
        assertThat(first.path("dur").asDouble()).isEqualTo(1.5);
        assertThat(first.at("/args/request").asLong()).isEqualTo(1);
        assertThat(first.at("/args/waitedForPolicyMicros").asDouble()).isEqualTo(1.0);
        assertThat(first.at("/args/outcome").asText()).isEqualTo("COMPLETED");
        assertThat(tasks.get(1).path("ts").asDouble()).isEqualTo(1002.0);
    }

    @Test
    void noTasksAreATraceToo() throws IOException {
        assertThat(trace(List.of()).path("traceEvents")).hasSize(1);
    }

    private static JsonNode trace(List<TaskRecord> records) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ChromeTrace.write(records, out);
        return new ObjectMapper().readTree(out.toByteArray());
    }
}
