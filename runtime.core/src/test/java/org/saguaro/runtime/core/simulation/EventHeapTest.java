// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class EventHeapTest {

    private record Entry(Event event, long nanos, boolean last, int order) {}

    @Property(tries = 200)
    void handsOutTheEarliestFirst(@ForAll long seed) {
        Random random = new Random(seed);
        EventHeap heap = new EventHeap();
        List<Entry> model = new ArrayList<>();
        Comparator<Entry> earliest = Comparator.comparingLong(Entry::nanos)
                .thenComparing(Entry::last)
                .thenComparingInt(Entry::order);
        for (int step = 0; step < 500; step++) {
            if (model.isEmpty() || random.nextInt(5) > 1) {
                Entry entry = new Entry(event(step), random.nextInt(20), random.nextInt(4) == 0, step);
                model.add(entry);
                if (entry.last()) {
                    heap.addLast(entry.event(), entry.nanos());
                } else {
                    heap.add(entry.event(), entry.nanos());
                }
            } else if (random.nextBoolean()) {
                Entry removed = model.remove(random.nextInt(model.size()));
                heap.remove(removed.event());
                heap.remove(removed.event());
            } else {
                Entry first = model.stream().min(earliest).orElseThrow();
                model.remove(first);
                assertThat(heap.firstNanos()).isEqualTo(first.nanos());
                assertThat(heap.poll()).isSameAs(first.event());
            }
        }
        model.sort(earliest);
        model.forEach(entry -> assertThat(heap.poll()).isSameAs(entry.event()));
        assertThat(heap.isEmpty()).isTrue();
        assertThat(heap.firstNanos()).isEqualTo(Long.MAX_VALUE);
    }

    private static Event event(int number) {
        return new VirtualPe(number, Scene.cpus(1), 0, number, 0);
    }
}
