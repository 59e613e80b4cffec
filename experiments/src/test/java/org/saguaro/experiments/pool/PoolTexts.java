// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

/** Pools for tests. */
final class PoolTexts {

    /** Every member and every way to tell a time. */
    static final String EVERYTHING = """
            {
              "pool": "mine",
              "description": "for tests",
              "source": "made up",
              "composition": "C2+F1",
              "peTypes": {
                "C": {
                  "name": "cpu", "description": "a core", "source": "made up", "space": "host",
                  "activeWatts": 0.3, "idleWatts": 0.1, "dispatchMicros": 2.5,
                  "costs": [
                    {"kernels": "fft:*", "micros": 12.5, "relativeDeviation": 0.1, "source": "made up"},
                    {"kernels": "mul:*", "startMicros": 1, "gops": 2, "gbytesPerSecond": 4},
                    {"kernels": ["conv1d:*", "conv2d:*"], "scale": 12, "of": "cpu"}
                  ]
                },
                "F": {
                  "name": "fft", "space": "dma", "clockMhz": 250,
                  "costs": [
                    {"kernels": "fft:1024", "cycles": 6934},
                    {"kernels": "*", "unsupported": true}
                  ]
                }
              },
              "transfers": [{"from": "host", "to": "dma", "startMicros": 5, "gbytesPerSecond": 0.8, "source": "made up"}]
            }
            """;

    private PoolTexts() {}

    /** The same, with a table of costs. */
    static String withTable(String file) {
        return EVERYTHING.replaceFirst("\\{", "{\"costTable\": \"" + file + "\",");
    }
}
