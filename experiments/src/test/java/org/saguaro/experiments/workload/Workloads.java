// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.nio.file.Path;

/** Workloads for tests. */
final class Workloads {

    /** One with all there is. */
    static final String EVERYTHING = """
            {
              "$schema": "../../docs/workload.schema.json",
              "description": "all there is",
              "seed": 7,
              "durationSeconds": 10,
              "rateMbps": 20.5,
              "warmUpRequests": 3,
              "granularity": "layer",
              "timeoutSeconds": 5,
              "streams": [
                {"name": "radar", "description": "d", "application": "pulse-doppler", "share": 3,
                 "arrivals": {"process": "periodic", "jitter": 0.5}, "tenant": "army", "weight": 2.5, "priority": 4,
                 "softDeadlineMillis": 40, "hardDeadlineMillis": 100, "value": 10},
                {"name": "radio", "application": "wifi-tx", "arrivals": {"process": "poisson"}},
                {"name": "bursts", "application": "wifi-tx",
                 "arrivals": {"process": "bursty", "burstMillis": 200, "gapMillis": 800}, "instances": 50},
                {"name": "replay", "application": "wifi-tx",
                 "arrivals": {"process": "trace", "file": "arrivals.csv", "stream": "radio"}},
                {"name": "once", "example": "../digits-vgg", "instances": 10},
                {"name": "bare", "model": "model.pt2", "inputs": ["x.npy", "y.npy"], "instances": 1}
              ]
            }
            """;

    private Workloads() {}

    /** One stream of an application, with these arrivals. */
    static Workload of(double seconds, long seed, String... streams) throws Exception {
        String text = "{\"durationSeconds\": " + seconds + ", \"seed\": " + seed + ", \"streams\": ["
                + String.join(", ", streams) + "]}";
        return WorkloadFile.parse(text, "test", Path.of("/"));
    }

    static String stream(String name, String arrivals) {
        return "{\"name\": \"" + name + "\", \"application\": \"a\", \"arrivals\": {" + arrivals + "}}";
    }
}
