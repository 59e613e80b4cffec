// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.nio.file.Path;
import org.saguaro.runtime.core.WorkflowSource;

/** Descriptions for tests. */
final class Descriptions {

    /** Every kind of stage, and what may be left out. */
    static final String EVERYTHING = """
            {
              "$schema": "workflow.schema.json",
              "workflow": "everything",
              "description": "for tests",
              "inputs": [
                {"name": "photo", "type": "uint8[240, 320, 3]", "description": "a photo"},
                {"name": "sound", "type": "float32[n]"}
              ],
              "stages": [
                {"id": "planes", "builtin": "layout", "inputs": ["photo"], "parameters": {"from": "HWC", "to": "NCHW"}},
                {"id": "floats", "builtin": "scale", "inputs": ["planes"], "parameters": {"factor": 0.5}},
                {"id": "small", "builtin": "resize", "inputs": ["floats.output"],
                 "parameters": {"height": 4, "width": 4, "mode": "nearest"}},
                {"id": "even", "builtin": "normalise", "inputs": ["small"],
                 "parameters": {"mean": [0.1, 0.2, 0.3], "std": [1, 2, 3]}},
                {"id": "net", "model": "net", "inputs": ["even"]},
                {"id": "other", "file": "other.pt2", "inputs": ["net.0"], "description": "a model file"},
                {"id": "tracker", "service": "tracker", "inputs": ["other"],
                 "outputs": [{"name": "tracks", "type": "float32[k, 4]"}, {"name": "rest"}]},
                {"id": "best", "builtin": "top-k", "inputs": ["tracker.tracks"], "parameters": {"count": 2, "axis": 1}},
                {"id": "spectrum", "builtin": "stft", "inputs": ["sound"],
                 "parameters": {"points": 64, "hop": 16, "centre": false, "window": "none"}}
              ],
              "outputs": ["best.values", "best.1", "tracker.rest", "spectrum"],
              "qos": {"tenant": "camera", "priority": -2, "softDeadlineMillis": 5, "hardDeadlineMillis": 7.5,
                      "timeoutMillis": 1000, "value": 3}
            }
            """;

    private Descriptions() {}

    static WorkflowSource source(String text) {
        return new WorkflowSource(text, "test.json", Path.of("."));
    }

    /** A chain of stages from input x to the last of them. */
    static String chain(String name, String type, String... stages) {
        StringBuilder text = new StringBuilder("{\"workflow\": \"" + name
                + "\",\n \"inputs\": [{\"name\": \"x\", \"type\": \"" + type + "\"}],\n \"stages\": [\n");
        String before = "x";
        for (int i = 0; i < stages.length; i++) {
            String id = "s" + i;
            text.append("  {\"id\": \"")
                    .append(id)
                    .append("\", \"inputs\": [\"")
                    .append(before)
                    .append("\"], ")
                    .append(stages[i])
                    .append(i + 1 < stages.length ? "},\n" : "}\n");
            before = id;
        }
        return text.append(" ],\n \"outputs\": [\"")
                .append(before)
                .append("\"]}\n")
                .toString();
    }
}
