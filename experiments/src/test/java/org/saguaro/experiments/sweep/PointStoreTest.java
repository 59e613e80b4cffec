// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.simulation.Simulator;

class PointStoreTest {

    @TempDir
    Path folder;

    private Path file;
    private SweepPlan plan;

    @BeforeEach
    void plan() throws Exception {
        file = folder.resolve("results.csv");
        plan = SweepPlan.of(Sweeps.description(Sweeps.SMALL), Sweeps::pool, Sweeps.APPLICATIONS, Simulator::simulation);
    }

    /** Rows that look like those of a simulation, with a name that must be quoted. */
    private List<List<String>> rows(int number) {
        SweepPoint point = plan.point(number);
        List<String> applications = new ArrayList<>(plan.applications());
        applications.add(PointRows.ALL);
        List<List<String>> rows = new ArrayList<>();
        for (String application : applications) {
            List<String> row = new ArrayList<>(
                    Collections.nCopies(PointRows.header(plan.peTypes()).size(), Integer.toString(number * 7)));
            int policy = 3 + plan.peTypes().size();
            row.set(0, Integer.toString(number));
            row.set(1, point.composition().toString());
            row.set(policy, point.policy());
            row.set(policy + 3, Long.toString(point.seed()));
            row.set(policy + 4, application);
            rows.add(row);
        }
        return rows;
    }

    private void write(List<Integer> numbers) throws Exception {
        try (PointStore store = PointStore.open(file, plan)) {
            for (int number : numbers) {
                store.append(number, rows(number));
            }
        }
    }

    private List<Integer> shuffled() {
        List<Integer> numbers = new ArrayList<>();
        for (int number = 0; number < plan.size(); number++) {
            numbers.add(number);
        }
        Collections.shuffle(numbers, new Random(1));
        return numbers;
    }

    @Test
    void pointsComeInAnyOrderAndEndInTheirOwn() throws Exception {
        write(shuffled());
        byte[] inOrderOfCompletion = Files.readAllBytes(file);
        try (PointStore store = PointStore.open(file, plan)) {
            assertThat(store.complete()).isEqualTo(plan.size());
            store.putInOrder();
        }
        byte[] inOrder = Files.readAllBytes(file);

        Files.delete(file);
        List<Integer> sorted = new ArrayList<>(shuffled());
        Collections.sort(sorted);
        write(sorted);

        assertThat(inOrder).isEqualTo(Files.readAllBytes(file)).isNotEqualTo(inOrderOfCompletion);
    }

    /** A process can be killed at any byte: what is complete stays, the rest is done again, and nobody sees that it happened. */
    @Test
    void continuesAfterBeingCutOffAtAnyByte() throws Exception {
        List<Integer> order = shuffled().subList(0, 4);
        write(order);
        byte[] whole = Files.readAllBytes(file);
        int header = PointStore.line(PointRows.header(plan.peTypes())).getBytes(StandardCharsets.UTF_8).length;
        int[] ends = new int[order.size() + 1];
        ends[0] = header;
        for (int i = 0; i < order.size(); i++) {
            int length = 0;
            for (List<String> row : rows(order.get(i))) {
                length += PointStore.line(row).getBytes(StandardCharsets.UTF_8).length;
            }
            ends[i + 1] = ends[i] + length;
        }
        assertThat(ends[order.size()]).isEqualTo(whole.length);

        for (int cut = 0; cut <= whole.length; cut++) {
            Files.write(file, Arrays.copyOf(whole, cut));
            List<Integer> missing = new ArrayList<>();
            try (PointStore store = PointStore.open(file, plan)) {
                for (int i = 0; i < order.size(); i++) {
                    assertThat(store.has(order.get(i)))
                            .as(
                                    "point %d, complete at byte %d, in a file cut off at byte %d",
                                    order.get(i), ends[i + 1], cut)
                            .isEqualTo(ends[i + 1] <= cut);
                    if (!store.has(order.get(i))) {
                        missing.add(order.get(i));
                    }
                }
                for (int number : missing) {
                    store.append(number, rows(number));
                }
            }
            assertThat(Files.readAllBytes(file))
                    .as("continued from byte %d", cut)
                    .isEqualTo(whole);
        }
    }

    @Test
    void aFileOfAnotherSweepIsRefusedAndStaysAsItIs() throws Exception {
        write(List.of(0, 1));
        String text = Files.readString(file);
        for (String[] change : new String[][] {
            {"point,pool", "point;pool", "line 1"},
            {"\n0,C1", "\n0,C2", "line 2"},
            {"\n1,C1", "\n0,C1", "line 5"},
            {"\n1,C1", "\n99,C1", "line 5"},
            {"\n1,C1", "\nx,C1", "line 5"},
            {"first", "last", "line 2"},
            {"0,C1", "0,C1,1", "line 2"}
        }) {
            String changed = text.replaceFirst(change[0], change[1]);
            assertThat(changed).as("%s for %s", change[1], change[0]).isNotEqualTo(text);
            Files.writeString(file, changed);

            assertThatThrownBy(() -> PointStore.open(file, plan))
                    .as(changed)
                    .isInstanceOf(SweepException.class)
                    .hasMessageContaining(file + ": " + change[2] + ": found")
                    .hasMessageContaining("expected")
                    .hasMessageContaining("--restart");
            assertThat(Files.readString(file)).isEqualTo(changed);
        }
    }

    @Test
    void onlyOneAtATimeWrites() throws Exception {
        try (PointStore store = PointStore.open(file, plan)) {
            store.append(0, rows(0));
            assertThatThrownBy(() -> PointStore.open(file, plan))
                    .isInstanceOf(SweepException.class)
                    .hasMessageContaining("another sweep is writing it");
            store.append(1, rows(1));
        }
        try (PointStore store = PointStore.open(file, plan)) {
            assertThat(store.numbers()).containsExactly(0, 1);
        }
    }
}
