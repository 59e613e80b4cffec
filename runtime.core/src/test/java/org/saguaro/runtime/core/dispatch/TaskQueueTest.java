// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tasks without a plan or a run: the queue looks at neither. */
@NullUnmarked
@Timeout(60)
class TaskQueueTest {

    private static final int TASKS = 200_000;

    private final TaskQueue queue = new TaskQueue();

    private static TaskRun task(long id) {
        TaskRun task = new TaskRun(null, null);
        task.id = id;
        return task;
    }

    private static List<Long> ids(List<TaskRun> tasks) {
        return tasks.stream().map(TaskRun::id).toList();
    }

    @Test
    void isFirstInFirstOut() {
        queue.add(task(1));
        queue.add(task(2));
        List<TaskRun> polled = new ArrayList<>(List.of(queue.poll()));
        queue.add(task(3));
        polled.add(queue.poll());
        polled.add(queue.poll());

        assertThat(ids(polled)).containsExactly(1L, 2L, 3L);
        assertThat(queue.poll()).isNull();
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void drainsWhatWaitsOldestFirst() {
        queue.add(task(1));
        queue.add(task(2));
        queue.add(task(3));
        queue.poll();
        queue.add(task(4));

        assertThat(ids(queue.drain())).containsExactly(2L, 3L, 4L);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void takesOutOfTheMiddle() {
        for (int id = 0; id < 6; id++) {
            queue.add(task(id));
        }
        queue.poll();
        queue.add(task(6));

        assertThat(ids(queue.takeIf(task -> task.id() % 2 == 0))).containsExactly(2L, 4L, 6L);
        queue.add(task(7));
        assertThat(ids(queue.drain())).containsExactly(1L, 3L, 5L, 7L);
    }

    /** One adds, one polls, one drains now and then: every task comes out once, and in order where it was polled. */
    @Test
    void handsOutEveryTaskOnce() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        Map<Long, Integer> seen = new ConcurrentHashMap<>();
        List<Long> polled = new ArrayList<>();
        Thread poller = new Thread(() -> {
            while (taken.get() < TASKS) {
                @Nullable TaskRun task = queue.poll();
                if (task != null) {
                    polled.add(task.id());
                    seen.merge(task.id(), 1, Integer::sum);
                    taken.incrementAndGet();
                }
            }
        });
        Thread drainer = new Thread(() -> {
            while (taken.get() < TASKS) {
                for (TaskRun task : queue.takeIf(task -> task.id() % 3 == 0)) {
                    seen.merge(task.id(), 1, Integer::sum);
                    taken.incrementAndGet();
                }
                Thread.onSpinWait();
            }
        });
        poller.start();
        drainer.start();
        for (int id = 0; id < TASKS; id++) {
            queue.add(task(id));
        }
        poller.join();
        drainer.join();

        Map<Long, Integer> once = new HashMap<>();
        IntStream.range(0, TASKS).forEach(id -> once.put((long) id, 1));
        assertThat(seen).as("how often each task came out").isEqualTo(once);
        assertThat(polled).as("ids in the order of polling").isSorted();
    }
}
