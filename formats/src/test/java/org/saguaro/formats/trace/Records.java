// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.runtime.core.TaskRecord;

/** Task records for tests. */
final class Records {

    private Records() {}

    static TaskRecord task(long request, String application, String pe, long startedNanos, long tookNanos) {
        return new TaskRecord(
                request,
                application,
                0,
                "features.0 .. <3>",
                pe,
                startedNanos - 2_000,
                startedNanos - 1_000,
                startedNanos,
                startedNanos + tookNanos,
                TaskRecord.Outcome.COMPLETED);
    }

    static List<TaskRecord> many(int count) {
        List<TaskRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(task(i, i % 3 == 0 ? "a&b" : "c", "cpu" + i % 12, 5_000_000L + i * 10_000L, 100_000));
        }
        return records;
    }
}
