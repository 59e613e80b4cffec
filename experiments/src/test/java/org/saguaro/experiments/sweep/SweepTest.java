// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.simulation.Simulator;
import org.saguaro.scheduler.api.SchedulingPolicy;

class SweepTest {

    private static final int POINTS = 2 * 3 * 2 * 2 * 3;

    @TempDir
    Path folder;

    private final PrintStream err = new PrintStream(new ByteArrayOutputStream());

    private Sweep.Outcome run(String json, Path into, int jobs, boolean restart) throws Exception {
        return new Sweep(Sweeps.policies()).run(Sweeps.task(Sweeps.description(json)), into, jobs, restart, err);
    }

    private static List<CSVRecord> rows(Path file) throws Exception {
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get();
        try (CSVParser parser = CSVParser.parse(Files.readString(file), format)) {
            return parser.getRecords();
        }
    }

    @Test
    void theFilesAreTheSameHoweverManyWorkAtATime() throws Exception {
        Path alone = folder.resolve("alone");
        Path together = folder.resolve("together");

        assertThat(run(Sweeps.SMALL, alone, 1, false).failures()).isEmpty();
        assertThat(run(Sweeps.SMALL, together, 7, false).isComplete()).isTrue();

        for (String file : List.of("results.csv", "summary.txt", "summary.json", "sweep.json", "index.html")) {
            assertThat(Files.readString(together.resolve(file)))
                    .as(file)
                    .isEqualTo(Files.readString(alone.resolve(file)))
                    .isNotEmpty();
        }
        assertThat(together.resolve("plots/latency.png")).isNotEmptyFile();
        assertThat(together.resolve("plots/pareto.png")).isNotEmptyFile();
    }

    @Test
    void everyPointHasARowPerApplicationAndOneOfAll() throws Exception {
        run(Sweeps.SMALL, folder, 2, false);

        List<CSVRecord> rows = rows(folder.resolve("results.csv"));
        assertThat(rows).hasSize(POINTS * 3);
        for (int i = 0; i < rows.size(); i += 3) {
            CSVRecord all = rows.get(i + 2);
            assertThat(all.get("application")).isEqualTo("all");
            assertThat(all.get("point")).isEqualTo(Integer.toString(i / 3));
            assertThat(all.get("requests")).isEqualTo("60");
            double mean = 0;
            for (CSVRecord application : rows.subList(i, i + 2)) {
                assertThat(application.get("requests")).isEqualTo("30");
                assertThat(application.get("joules")).isEmpty();
                mean += Double.parseDouble(application.get("meanMillis")) / 2;
            }
            assertThat(number(all, "meanMillis")).isCloseTo(mean, within(1e-5 * mean));
            double joules = number(all, "joules");
            double seconds = number(all, "makespanSeconds");
            assertThat(number(all, "meanWatts")).isCloseTo(joules / seconds, within(1e-5 * joules / seconds));
            assertThat(number(all, "joulesPerRequest")).isCloseTo(joules / 60, within(1e-5 * joules));
            double product = joules / 60 * mean / 1e3;
            assertThat(number(all, "energyDelayJouleSeconds")).isCloseTo(product, within(1e-5 * product));
            assertThat(number(all, "throughputPerSecond")).isCloseTo(60 / seconds, within(1e-5 * 60 / seconds));
        }
        assertThat(rows.get(0).toMap())
                .containsEntry("pool", "C1")
                .containsEntry("pes", "1")
                .containsEntry("count.cpu", "1")
                .containsEntry("count.fft", "0")
                .containsEntry("policy", "first")
                .containsEntry("rateMbps", "")
                .containsEntry("ratePerSecond", "100")
                .containsEntry("seed", "1")
                .containsEntry("application", "transform");
    }

    private static double number(CSVRecord row, String column) {
        return Double.parseDouble(row.get(column));
    }

    @Test
    void pointsThatAreThereAreNotSimulatedAgain() throws Exception {
        Path whole = folder.resolve("whole");
        run(Sweeps.SMALL, whole, 2, false);
        byte[] results = Files.readAllBytes(whole.resolve("results.csv"));

        Path cut = folder.resolve("cut");
        Files.createDirectories(cut);
        Files.copy(whole.resolve("sweep.json"), cut.resolve("sweep.json"));
        Files.write(cut.resolve("results.csv"), Arrays.copyOf(results, results.length / 3));
        AtomicInteger created = new AtomicInteger();
        Sweep counting = new Sweep(counting(created));
        Sweep.Outcome outcome = counting.run(Sweeps.task(Sweeps.description(Sweeps.SMALL)), cut, 2, false, err);

        assertThat(outcome.found()).isBetween(POINTS / 4, POINTS / 3);
        assertThat(created.get()).as("simulations").isEqualTo(POINTS - outcome.found());
        assertThat(outcome.simulated()).isEqualTo(POINTS - outcome.found());
        for (String file : List.of("results.csv", "summary.json", "index.html")) {
            assertThat(Files.readString(cut.resolve(file))).isEqualTo(Files.readString(whole.resolve(file)));
        }

        Sweep.Outcome again = counting.run(Sweeps.task(Sweeps.description(Sweeps.SMALL)), cut, 2, false, err);
        assertThat(again.found()).isEqualTo(POINTS);
        assertThat(again.simulated()).isZero();
    }

    private static org.saguaro.experiments.Policies counting(AtomicInteger created) {
        Supplier<SchedulingPolicy> first = () -> {
            created.incrementAndGet();
            return new Sweeps.First();
        };
        Supplier<SchedulingPolicy> soonest = () -> {
            created.incrementAndGet();
            return new Sweeps.Soonest();
        };
        return Sweeps.policies(Map.of("first", first, "soonest", soonest));
    }

    @Test
    void anInterruptedSweepLeavesWhatIsCompleteAndGoesOn() throws Exception {
        CountDownLatch some = new CountDownLatch(10);
        AtomicInteger created = new AtomicInteger();
        Supplier<SchedulingPolicy> noticed = () -> {
            boolean first = created.getAndIncrement() == 0;
            some.countDown();
            if (first) {
                // The first point is done after others, so that the file must be put in order.
                awaitQuietly(some);
            }
            return new Sweeps.First();
        };
        // More than it can do until it is interrupted.
        String json = Sweeps.SMALL.replace("\"seeds\": 3", "\"seeds\": 5000");
        Sweep sweep = new Sweep(Sweeps.policies(Map.of("first", noticed, "soonest", noticed)));
        List<Sweep.Outcome> outcomes = new ArrayList<>();
        Thread command = new Thread(() -> {
            try {
                outcomes.add(sweep.run(Sweeps.task(Sweeps.description(json)), folder, 2, false, err));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        command.start();
        some.await();
        command.interrupt();
        command.join();

        Sweep.Outcome outcome = outcomes.get(0);
        assertThat(outcome.interrupted()).isTrue();
        assertThat(outcome.isComplete()).isFalse();
        List<CSVRecord> rows = rows(folder.resolve("results.csv"));
        assertThat(rows).hasSize(outcome.simulated() * 3);
        assertThat(rows.stream().map(row -> Integer.parseInt(row.get("point")))).isSorted();
        assertThat(folder.resolve("summary.json")).content().contains("\"complete\" : false");
        assertThat(folder.resolve("summary.txt")).content().contains("not all of them simulated");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anotherSweepIsNotMixedIn() throws Exception {
        run(Sweeps.SMALL, folder, 2, false);
        byte[] results = Files.readAllBytes(folder.resolve("results.csv"));

        String other = Sweeps.SMALL.replace("\"seeds\": 3", "\"seeds\": 2").replace("C1..2", "C1..3");
        assertThatThrownBy(() -> run(other, folder, 2, false))
                .isInstanceOf(SweepException.class)
                .hasMessageContaining("seeds was 3, is 2")
                .hasMessageContaining("compositions was \"C1..2+F0..2\", is \"C1..3+F0..2\"")
                .hasMessageContaining("--restart");
        SweepDescription same = Sweeps.description(Sweeps.SMALL);
        assertThatThrownBy(() -> new Sweep(Sweeps.policies())
                        .run(
                                new Sweep.Task(
                                        same, Sweeps::pool, Sweeps.workload(), Map.of("workload two.json", "changed")),
                                folder,
                                2,
                                false,
                                err))
                .hasMessageContaining("workload two.json has changed");
        assertThat(Files.readAllBytes(folder.resolve("results.csv"))).isEqualTo(results);

        // What changes no point may change.
        Sweep.Outcome outcome =
                run(Sweeps.SMALL.replace("\"seeds\"", "\"objective\": \"edp\", \"seeds\""), folder, 2, false);
        assertThat(outcome.found()).isEqualTo(POINTS);
        assertThat(run(other, folder, 2, true).points()).isEqualTo(3 * 3 * 2 * 2 * 2);
    }

    @Test
    void aPolicyThatFailsCostsOnlyItsOwnPoints() throws Exception {
        SchedulingPolicy broken = (ready, pool, costs, assignment) -> {
            throw new IllegalStateException("cannot decide");
        };
        Sweep sweep = new Sweep(Sweeps.policies(Map.of("first", () -> broken, "soonest", Sweeps.Soonest::new)));

        Sweep.Outcome outcome = sweep.run(Sweeps.task(Sweeps.description(Sweeps.SMALL)), folder, 2, false, err);

        assertThat(outcome.isComplete()).isFalse();
        assertThat(outcome.simulated()).isEqualTo(POINTS / 2);
        assertThat(outcome.failures()).hasSize(11).first().asString().contains("first", "cannot decide");
        assertThat(outcome.failures().get(10)).isEqualTo("and " + (POINTS / 2 - 10) + " more");
        assertThat(rows(folder.resolve("results.csv")))
                .allMatch(row -> row.get("policy").equals("soonest"));
    }

    @Test
    void poolsThatBreakConstraintsOrCannotRunAreLeftOut() throws Exception {
        String json = Sweeps.SMALL
                .replace("C1..2", "C0..2")
                .replace("\"seeds\": 3", "\"seeds\": 1, \"constraints\": {\"maxPes\": 3, \"maxWatts\": 1.3}");

        Sweep.Outcome outcome = run(json, folder, 2, false);

        // C1 0.6 W, C2 1.2 W, F 0.25 W each.
        assertThat(rows(folder.resolve("results.csv")).stream()
                        .map(row -> row.get("pool"))
                        .distinct())
                .containsExactly("C1", "C1+F1", "C1+F2", "C2");
        assertThat(outcome.summary().text()).contains("4 compositions are left out, the first of them F1");
        assertThat(folder.resolve("summary.json"))
                .content()
                .contains("1.45 W, constraints.maxWatts is 1.3", "4 processing elements, constraints.maxPes is 3");
    }

    @Test
    void theBestAreThoseOfTheRows() throws Exception {
        Sweep.Outcome outcome = run(Sweeps.SMALL, folder, 2, false);

        List<CSVRecord> fast = rows(folder.resolve("results.csv")).stream()
                .filter(row -> row.get("application").equals("all")
                        && row.get("ratePerSecond").equals("1000"))
                .toList();
        Map<String, Double> means = new TreeMap<>();
        fast.forEach(row ->
                means.merge(row.get("pool") + " " + row.get("policy"), number(row, "meanMillis") / 3, Double::sum));
        double least = means.values().stream().mapToDouble(mean -> mean).min().orElseThrow();
        Group best = outcome.summary().best(1, SweepDescription.Objective.TIME).orElseThrow();
        assertThat(best.meanMillis()).isCloseTo(least, within(1e-9));
        assertThat(best.seeds()).isEqualTo(3);
        assertThat(outcome.summary().front(1).get(0)).isEqualTo(best);
    }

    @Test
    void energyDelayIsEnergyPerRequestTimesMeanLatency() {
        assertThat(PointRows.energyDelay(0.25, 40)).isCloseTo(0.01, within(1e-15));
    }

    @Test
    void whatCannotBeDoneIsSaidBeforeTheFirstPoint() {
        assertThatThrownBy(() -> run(Sweeps.SMALL.replace("\"soonest\"", "\"sonest\""), folder, 1, false))
                .isInstanceOf(SweepException.class)
                .hasMessageContaining("policies: found \"sonest\", expected some of first, soonest");
        assertThatThrownBy(() -> run(Sweeps.SMALL.replace("ratesPerSecond", "ratesMbps"), folder, 1, false))
                .isInstanceOf(SweepException.class)
                .hasMessageContaining("rate 100 Mbps: found no input bits, expected ratesPerSecond");
        assertThatThrownBy(() -> run(Sweeps.SMALL.replace("C1..2+F0..2", "F1..2"), folder, 1, false))
                .isInstanceOf(SweepException.class)
                .hasMessageContaining("none of 2 can be simulated");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void planNumbersPointsWithTheSeedFastest() throws Exception {
        SweepPlan plan = SweepPlan.of(
                Sweeps.description(Sweeps.SMALL), Sweeps::pool, Sweeps.APPLICATIONS, Simulator::simulation);
        assertThat(plan.size()).isEqualTo(POINTS);
        assertThat(plan.point(0)).hasToString("point 0 (C1, first, 100 requests/s, seed 1)");
        assertThat(plan.point(1)).hasToString("point 1 (C1, first, 100 requests/s, seed 2)");
        assertThat(plan.point(3)).hasToString("point 3 (C1, first, 1000 requests/s, seed 1)");
        assertThat(plan.point(6)).hasToString("point 6 (C1, soonest, 100 requests/s, seed 1)");
        assertThat(plan.point(12)).hasToString("point 12 (C1+F1, first, 100 requests/s, seed 1)");
        assertThat(plan.point(POINTS - 1)).hasToString("point 71 (C2+F2, soonest, 1000 requests/s, seed 3)");
    }
}
