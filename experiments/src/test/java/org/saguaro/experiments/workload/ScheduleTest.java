// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScheduleTest {

    private static final long BITS = 1000;

    private record Request(int stream, long number, long nanos) {}

    private static List<Request> requests(Workload workload, double scale) throws Exception {
        long[] bits = workload.streams().stream().mapToLong(stream -> BITS).toArray();
        Schedule schedule = new Schedule(workload, bits, scale);
        List<Request> requests = new ArrayList<>();
        while (schedule.next()) {
            requests.add(new Request(schedule.stream(), schedule.number(), schedule.nanos()));
        }
        return requests;
    }

    private static long[] nanos(double seconds, long seed, String arrivals) throws Exception {
        return requests(Workloads.of(seconds, seed, Workloads.stream("s", arrivals)), 1).stream()
                .mapToLong(Request::nanos)
                .toArray();
    }

    private static double[] gaps(long[] nanos) {
        double[] gaps = new double[nanos.length - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = nanos[i + 1] - nanos[i];
        }
        return gaps;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return sum / values.length;
    }

    /** How many came in each window. */
    private static double[] counts(long[] nanos, double seconds, double windowSeconds) {
        double[] counts = new double[(int) Math.round(seconds / windowSeconds)];
        for (long at : nanos) {
            counts[(int) Math.min(counts.length - 1, (long) (at / 1e9 / windowSeconds))]++;
        }
        return counts;
    }

    @Test
    void periodicComesOncePerPeriodFromTheBeginning() throws Exception {
        assertThat(nanos(0.05, 1, "\"process\": \"periodic\", \"periodMillis\": 10"))
                .containsExactly(0, 10_000_000, 20_000_000, 30_000_000, 40_000_000);
        assertThat(nanos(2, 1, "\"process\": \"periodic\", \"perSecond\": 2"))
                .containsExactly(0, 500_000_000, 1_000_000_000, 1_500_000_000);
        // 1000 bits per request: 2000 bits per second are two requests.
        assertThat(nanos(1, 1, "\"process\": \"periodic\", \"rateMbps\": 0.002"))
                .containsExactly(0, 500_000_000);
    }

    @Property(tries = 50)
    void jitterDelaysByAPartOfThePeriodInOrder(
            @ForAll long seed, @ForAll @DoubleRange(min = 0.01, max = 1) double jitter) throws Exception {
        long[] nanos = nanos(10, seed % 1000, "\"process\": \"periodic\", \"periodMillis\": 10, \"jitter\": " + jitter);
        assertThat(nanos).hasSizeBetween(999, 1000).isSorted();
        double[] late = new double[nanos.length];
        for (int i = 0; i < nanos.length; i++) {
            late[i] = nanos[i] - i * 1e7;
            assertThat(late[i]).isBetween(-1.0, jitter * 1e7);
        }
        // Uniform: five standard errors around half the largest.
        assertThat(mean(late)).isCloseTo(jitter * 5e6, within(5 * jitter * 1e7 / Math.sqrt(12 * nanos.length)));
    }

    @Property(tries = 20)
    void poissonHasExponentialTimesBetween(@ForAll @IntRange(min = 1, max = 100_000) int seed) throws Exception {
        long[] nanos = nanos(400, seed, "\"process\": \"poisson\", \"perSecond\": 100");
        // 40,000 expected, deviation 200.
        assertThat((double) nanos.length).isCloseTo(40_000, within(1000.0));
        double[] gaps = gaps(nanos);
        assertThat(mean(gaps)).isCloseTo(1e7, within(5e7 / Math.sqrt(gaps.length)));
        // The variance of an exponential is the square of its mean; that of its estimate, 8 mean^4 / n.
        assertThat(variance(gaps)).isCloseTo(1e14, within(5 * Math.sqrt(8.0 / gaps.length) * 1e14));
        long longer = Arrays.stream(gaps).filter(gap -> gap > 1e7).count();
        assertThat((double) longer / gaps.length).isCloseTo(Math.exp(-1), within(0.0125));
        // Counts in windows have a variance like their mean.
        double[] counts = counts(nanos, 400, 0.5);
        assertThat(variance(counts) / mean(counts)).isBetween(0.75, 1.25);
    }

    @Property(tries = 20)
    void burstyKeepsItsMeanAndIsAsBurstyAsTheFormulaSays(@ForAll @IntRange(min = 1, max = 100_000) int seed)
            throws Exception {
        // Within bursts 500 per second, a fifth of the time.
        double seconds = 4000;
        long[] nanos = nanos(
                seconds, seed, "\"process\": \"bursty\", \"perSecond\": 100, \"burstMillis\": 50, \"gapMillis\": 200");
        double dispersion = 1 + 2 * 500 * 0.05 * 0.2 * 0.2 / (0.25 * 0.25);
        double count = 100 * seconds;
        assertThat((double) nanos.length).isCloseTo(count, within(5 * Math.sqrt(dispersion * count)));
        // Windows of many bursts; their number bounds how well the dispersion is known.
        double[] counts = counts(nanos, seconds, 10);
        assertThat(variance(counts) / mean(counts)).isCloseTo(dispersion, within(dispersion * 0.4));
        // Between two requests of a burst 2 ms in the mean: most are close together, unlike a Poisson process's.
        long close = Arrays.stream(gaps(nanos)).filter(gap -> gap < 4e6).count();
        assertThat((double) close / nanos.length).isGreaterThan(0.8);
    }

    @Test
    void instancesBoundWhatComes() throws Exception {
        Workload workload = Workloads.of(
                10,
                1,
                "{\"application\": \"a\", \"instances\": 3}",
                "{\"application\": \"b\", \"instances\": 2, \"arrivals\": {\"process\": \"periodic\", \"perSecond\": 1}}");
        assertThat(requests(workload, 1))
                .containsExactly(
                        new Request(0, 0, 0),
                        new Request(0, 1, 0),
                        new Request(0, 2, 0),
                        new Request(1, 0, 0),
                        new Request(1, 1, 1_000_000_000));
    }

    @Property(tries = 50)
    void aSeedGivesTheSameRequestsInOrderOfTimeAndOthersDoNot(@ForAll @IntRange(min = 0, max = 1000) int seed)
            throws Exception {
        String[] streams = {
            Workloads.stream("p", "\"process\": \"poisson\", \"perSecond\": 200"),
            Workloads.stream("b", "\"process\": \"bursty\", \"perSecond\": 50, \"burstMillis\": 10, \"gapMillis\": 10")
        };
        List<Request> once = requests(Workloads.of(5, seed, streams), 1);
        assertThat(once).isEqualTo(requests(Workloads.of(5, seed, streams), 1));
        assertThat(once).isNotEqualTo(requests(Workloads.of(5, seed + 1, streams), 1));
        assertThat(once).extracting(Request::nanos).isSorted();
        assertThat(once).allSatisfy(request -> assertThat(request.nanos()).isBetween(0L, 4_999_999_999L));
    }

    @Property(tries = 20)
    void aStreamIsTheSameWhateverOthersThereAre(@ForAll @IntRange(min = 0, max = 1000) int seed) throws Exception {
        String stream = Workloads.stream("p", "\"process\": \"poisson\", \"perSecond\": 200");
        String other = Workloads.stream("q", "\"process\": \"poisson\", \"perSecond\": 300");
        List<Long> alone = requests(Workloads.of(5, seed, stream), 1).stream()
                .map(Request::nanos)
                .toList();
        List<Long> second = requests(Workloads.of(5, seed, other, stream), 1).stream()
                .filter(request -> request.stream() == 1)
                .map(Request::nanos)
                .toList();
        assertThat(second).isEqualTo(alone);
        List<Long> first = requests(Workloads.of(5, seed, other, stream), 1).stream()
                .filter(request -> request.stream() == 0)
                .map(Request::nanos)
                .toList();
        assertThat(first).as("other name, other times").isNotEqualTo(alone);
    }

    @Test
    void streamsOfOneSeedAreNotCorrelated() throws Exception {
        String[] streams = {
            Workloads.stream("p", "\"process\": \"poisson\", \"perSecond\": 100"),
            Workloads.stream("q", "\"process\": \"poisson\", \"perSecond\": 100")
        };
        List<Request> requests = requests(Workloads.of(1000, 3, streams), 1);
        double[][] counts = new double[2][];
        for (int i = 0; i < 2; i++) {
            int stream = i;
            counts[i] = counts(
                    requests.stream()
                            .filter(r -> r.stream() == stream)
                            .mapToLong(Request::nanos)
                            .toArray(),
                    1000,
                    0.1);
        }
        double covariance = 0;
        for (int i = 0; i < counts[0].length; i++) {
            covariance += (counts[0][i] - mean(counts[0])) * (counts[1][i] - mean(counts[1]));
        }
        double correlation = covariance / counts[0].length / Math.sqrt(variance(counts[0]) * variance(counts[1]));
        // 10,000 windows: five deviations of an estimate of zero.
        assertThat(correlation).isBetween(-0.05, 0.05);
    }

    @Test
    void theInjectionRateIsDividedByShares() throws Exception {
        Workload workload = WorkloadFile.parse("""
                {"durationSeconds": 100, "rateMbps": 0.4, "streams": [
                  {"name": "a", "application": "a", "share": 3, "arrivals": {"process": "poisson"}},
                  {"name": "b", "application": "b", "arrivals": {"process": "poisson"}},
                  {"name": "c", "application": "c", "instances": 5}]}
                """, "test", Path.of("/"));
        Schedule schedule = new Schedule(workload, new long[] {1000, 4000, 1}, 1);
        // 0.3 and 0.1 Mbps.
        assertThat(schedule.perSecond(0)).isCloseTo(300, within(1e-9));
        assertThat(schedule.perSecond(1)).isCloseTo(25, within(1e-9));
        assertThat(schedule.perSecond(2)).isZero();
        assertThat(new Schedule(workload, new long[] {1000, 4000, 1}, 2).perSecond(0))
                .isCloseTo(600, within(1e-9));
        assertThatExceptionOfType(WorkloadException.class)
                .isThrownBy(() -> new Schedule(workload, new long[] {1000, 0, 1}, 1))
                .withMessageContaining("stream b: found a rate in Mbps, but nobody knows how many bits");
    }

    @Test
    void scaleMakesRecordedArrivalsGoFaster(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("t.csv"), "arrivalMillis\n100\n300\n900\n1200\n");
        Workload workload = WorkloadFile.parse(
                "{\"durationSeconds\": 1, \"streams\": [{\"application\": \"a\", \"arrivals\": {\"process\": \"trace\","
                        + " \"file\": \"t.csv\"}}]}",
                "test",
                folder);
        assertThat(requests(workload, 1))
                .extracting(Request::nanos)
                .containsExactly(100_000_000L, 300_000_000L, 900_000_000L);
        assertThat(requests(workload, 2))
                .extracting(Request::nanos)
                .containsExactly(50_000_000L, 150_000_000L, 450_000_000L, 600_000_000L);
    }
}
