// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import java.util.Comparator;
import java.util.List;
import org.saguaro.runtime.core.TaskRecord;

/**
 * Task records with a common origin of time.
 *
 * @param records by start
 * @param peIds the PEs that occur, in natural order ({@code cpu2} before {@code cpu10})
 * @param applications the applications that occur, by name
 * @param originNanos when the first task became ready
 * @param endNanos when the last one finished
 */
record Timeline(
        List<TaskRecord> records, List<String> peIds, List<String> applications, long originNanos, long endNanos) {

    static Timeline of(List<TaskRecord> records) {
        // Differences, because System.nanoTime may be negative and wrap.
        long reference = records.isEmpty() ? 0 : records.get(0).readyNanos();
        long origin = records.stream()
                .mapToLong(r -> r.readyNanos() - reference)
                .min()
                .orElse(0);
        long end = records.stream()
                .mapToLong(r -> r.finishedNanos() - reference)
                .max()
                .orElse(0);
        return new Timeline(
                records.stream()
                        .sorted(Comparator.comparingLong(r -> r.startedNanos() - reference))
                        .toList(),
                records.stream()
                        .map(TaskRecord::peId)
                        .distinct()
                        .sorted(Timeline::compareNaturally)
                        .toList(),
                records.stream()
                        .map(TaskRecord::application)
                        .distinct()
                        .sorted()
                        .toList(),
                reference + origin,
                reference + end);
    }

    /** Microseconds from the origin. */
    double micros(long nanos) {
        return (nanos - originNanos) / 1e3;
    }

    /** From the origin to the end. */
    double spanMicros() {
        return micros(endNanos);
    }

    /** Digits at the end compare as a number. */
    static int compareNaturally(String a, String b) {
        String aName = a.replaceFirst("\\d+$", "");
        String bName = b.replaceFirst("\\d+$", "");
        int byName = aName.compareTo(bName);
        if (byName != 0) {
            return byName;
        }
        int byLength = Integer.compare(a.length(), b.length());
        return byLength != 0 ? byLength : a.compareTo(b);
    }
}
