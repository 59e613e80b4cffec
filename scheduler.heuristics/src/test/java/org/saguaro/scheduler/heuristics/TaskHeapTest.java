// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TaskHeapTest {

    private record Entry(int task, long key, long second) {}

    private static final Comparator<Entry> ORDER = Comparator.comparingLong(Entry::key)
            .thenComparingLong(Entry::second)
            .thenComparingInt(Entry::task);

    @Test
    void givesTasksByKeysThenByAgeAlsoThoseThatArePutBack() {
        TaskHeap heap = new TaskHeap();
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int size = random.nextInt(50);
            List<Entry> left = new ArrayList<>();
            heap.begin(size);
            for (int task = 0; task < size; task++) {
                Entry entry = new Entry(task, random.nextInt(6), random.nextInt(3));
                left.add(entry);
                heap.add(entry.task, entry.key, entry.second);
            }
            heap.order();
            while (!left.isEmpty()) {
                Entry expected = Collections.min(left, ORDER);
                assertThat(heap.leastKey()).as("least key, seed %d", seed).isEqualTo(expected.key);
                assertThat(heap.poll()).as("first of %s, seed %d", left, seed).isEqualTo(expected.task);
                left.remove(expected);
                if (random.nextInt(4) == 0) {
                    Entry again = new Entry(expected.task, expected.key + random.nextInt(4), random.nextInt(3));
                    left.add(again);
                    heap.putBack(again.task, again.key, again.second);
                }
            }
            assertThat(heap.isEmpty()).as("empty, seed %d", seed).isTrue();
        }
    }

    @Test
    void descendingPutsTheLargestNumberFirst() {
        double[] numbers = {Double.MAX_VALUE, 2.5, 1, 1e-300, 0, -1e-300, -1, -2.5, -Double.MAX_VALUE};

        long[] keys = Arrays.stream(numbers).mapToLong(TaskHeap::descending).toArray();

        assertThat(keys).isSorted();
        assertThat(Arrays.stream(keys).distinct().count()).isEqualTo(numbers.length);
    }
}
