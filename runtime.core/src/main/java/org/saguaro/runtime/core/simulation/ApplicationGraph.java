// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** An application's tasks in the form in which they are run: what follows what, and rows of kernels. Immutable. */
final class ApplicationGraph {

    /** Row of a task that no PE runs. */
    static final int NO_ROW = -1;

    final int position;
    final ApplicationProfile profile;
    /** By task. */
    final int[] rows;

    final int[][] successors;
    /** By task, in the order of its successors: what that one reads of it. */
    final long[][] edgeBytes;
    /** By task: those it reads something of, and how much; others it only waits for. */
    final int[][] sources;

    final long[][] sourceBytes;
    final int[] predecessors;
    /** Tasks that wait for none. */
    final int[] first;
    /** Tasks of whose output the caller gets something. */
    final int[] results;
    /** By task. */
    final long[] requestBytes;

    final long[] resultBytes;
    final long[] delayNanos;

    /** @param rows by kernel of the profile */
    ApplicationGraph(int position, ApplicationProfile profile, int[] rows) {
        this.position = position;
        this.profile = profile;
        List<TaskProfile> tasks = profile.tasks();
        int count = tasks.size();
        this.rows = new int[count];
        sources = new int[count][];
        sourceBytes = new long[count][];
        predecessors = new int[count];
        List<Map<Integer, Long>> following = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TaskProfile task = tasks.get(i);
            this.rows[i] = task.kernel() == TaskProfile.NO_KERNEL ? NO_ROW : rows[task.kernel()];
            following.add(new LinkedHashMap<>());
            // An output that is read twice is brought once.
            Map<Integer, Long> read = new LinkedHashMap<>();
            for (TaskProfile.Input input : task.inputs()) {
                read.merge(input.task(), input.bytes(), Long::sum);
            }
            predecessors[i] = read.size();
            int reader = i;
            read.forEach((source, bytes) -> following.get(source).put(reader, bytes));
            sources[i] = read.entrySet().stream()
                    .filter(entry -> entry.getValue() > 0)
                    .mapToInt(Map.Entry::getKey)
                    .toArray();
            sourceBytes[i] = read.values().stream()
                    .mapToLong(Long::longValue)
                    .filter(bytes -> bytes > 0)
                    .toArray();
        }
        successors = new int[count][];
        edgeBytes = new long[count][];
        for (int i = 0; i < count; i++) {
            successors[i] = following.get(i).keySet().stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            edgeBytes[i] = following.get(i).values().stream()
                    .mapToLong(Long::longValue)
                    .toArray();
        }
        first = positions(count, task -> predecessors[task] == 0);
        results = positions(count, task -> tasks.get(task).resultBytes() > 0);
        requestBytes = tasks.stream().mapToLong(TaskProfile::requestBytes).toArray();
        delayNanos = tasks.stream().mapToLong(TaskProfile::delayNanos).toArray();
        resultBytes = tasks.stream().mapToLong(TaskProfile::resultBytes).toArray();
    }

    private static int[] positions(int count, IntPredicate which) {
        return IntStream.range(0, count).filter(which).toArray();
    }

    int size() {
        return rows.length;
    }

    TaskProfile task(int task) {
        return profile.tasks().get(task);
    }
}
