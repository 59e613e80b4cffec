// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationResult.ApplicationResult;
import org.saguaro.runtime.core.simulation.SimulationResult.PeResult;

/**
 * The rows of one point: one per application, then one of all together. Watches a simulation for what its result does not tell. Used by
 * one thread, for one simulation after the other.
 */
final class PointRows implements SimulationObserver {

    /** The application of the row of all together. */
    static final String ALL = "all";

    private final SweepPlan plan;
    private final Histogram latencies = new Histogram(3);
    private final long[] lastEndNanos;

    PointRows(SweepPlan plan) {
        this.plan = plan;
        this.lastEndNanos = new long[plan.applications().size()];
    }

    /** Names of the columns. */
    static List<String> header(List<String> peTypes) {
        List<String> names = new ArrayList<>(List.of("point", "pool", "pes"));
        peTypes.forEach(type -> names.add("count." + type));
        names.addAll(List.of(
                "policy",
                "rateMbps",
                "ratePerSecond",
                "seed",
                "application",
                "requests",
                "dropped",
                "deadlineMisses",
                "meanMillis",
                "p50Millis",
                "p90Millis",
                "p99Millis",
                "maxMillis",
                "makespanSeconds",
                "throughputPerSecond"));
        peTypes.forEach(type -> names.add("utilisation." + type));
        names.addAll(List.of("joules", "meanWatts", "joulesPerRequest", "energyDelayJouleSeconds"));
        return names;
    }

    /** Before each simulation. */
    void reset() {
        latencies.reset();
        Arrays.fill(lastEndNanos, 0);
    }

    @Override
    public void request(
            long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {
        lastEndNanos[application] = Math.max(lastEndNanos[application], endedNanos);
        if (!dropped) {
            latencies.recordValue(Math.max(0, endedNanos - arrivedNanos));
        }
    }

    /** What the simulation came to that was just watched. */
    List<List<String>> of(SweepPoint point, SimulationResult result) {
        List<List<String>> rows = new ArrayList<>();
        double weighted = 0;
        long completed = 0;
        long late = 0;
        long maxNanos = 0;
        for (int i = 0; i < result.applications().size(); i++) {
            ApplicationResult application = result.applications().get(i);
            long ended = application.requests() - application.dropped();
            if (ended > 0) {
                weighted += application.meanNanos() * ended;
                maxNanos = Math.max(maxNanos, application.maxNanos());
            }
            completed += ended;
            late += application.late();
            rows.add(row(point, result, application, lastEndNanos[i], false));
        }
        rows.add(row(
                point,
                result,
                new ApplicationResult(
                        ALL,
                        result.requests(),
                        result.dropped(),
                        late,
                        completed == 0 ? Double.NaN : weighted / completed,
                        Math.min(maxNanos, latencies.getValueAtPercentile(50)),
                        Math.min(maxNanos, latencies.getValueAtPercentile(90)),
                        Math.min(maxNanos, latencies.getValueAtPercentile(99)),
                        maxNanos),
                result.endNanos(),
                true));
        return rows;
    }

    private List<String> row(
            SweepPoint point,
            SimulationResult result,
            ApplicationResult application,
            long makespanNanos,
            boolean whole) {
        long completed = application.requests() - application.dropped();
        double makespanSeconds = makespanNanos / 1e9;
        double meanMillis = completed == 0 ? Double.NaN : application.meanNanos() / 1e6;
        List<String> row = new ArrayList<>();
        row.add(Integer.toString(point.number()));
        row.add(point.composition().toString());
        row.add(Integer.toString(point.pool().size()));
        plan.peTypes().forEach(type -> row.add(Integer.toString(count(point.pool(), type))));
        row.add(point.policy());
        row.add(rate(point.rate(), Rate.Unit.MBPS));
        row.add(rate(point.rate(), Rate.Unit.REQUESTS_PER_SECOND));
        row.add(Long.toString(point.seed()));
        row.add(application.name());
        row.add(Long.toString(application.requests()));
        row.add(Long.toString(application.dropped()));
        row.add(Long.toString(application.late() + application.dropped()));
        row.add(Decimal.text(meanMillis));
        for (long nanos : new long[] {
            application.p50Nanos(), application.p90Nanos(), application.p99Nanos(), application.maxNanos()
        }) {
            row.add(completed == 0 ? "" : Decimal.text(nanos / 1e6));
        }
        row.add(Decimal.text(makespanSeconds));
        row.add(Decimal.text(completed / makespanSeconds));
        for (String type : plan.peTypes()) {
            row.add(whole ? Decimal.text(utilisation(result, type)) : "");
        }
        double joulesPerRequest = result.joules() / completed;
        row.add(whole ? Decimal.text(result.joules()) : "");
        row.add(whole ? Decimal.text(result.joules() / makespanSeconds) : "");
        row.add(whole ? Decimal.text(joulesPerRequest) : "");
        row.add(whole ? Decimal.text(energyDelay(joulesPerRequest, meanMillis)) : "");
        return row;
    }

    /** In joule-seconds. */
    static double energyDelay(double joulesPerRequest, double meanMillis) {
        return joulesPerRequest * meanMillis / 1e3;
    }

    private static String rate(Rate rate, Rate.Unit unit) {
        return rate.unit() == unit ? Decimal.text(rate.value()) : "";
    }

    private static int count(Pool pool, String type) {
        return pool.peTypes().stream()
                .filter(one -> one.name().equals(type))
                .mapToInt(Pool.PeType::count)
                .sum();
    }

    /** Part of the time in which the PEs of a type were occupied: by kernels, copies and what comes before a kernel. */
    static double utilisation(SimulationResult result, String type) {
        long occupied = 0;
        int pes = 0;
        for (PeResult pe : result.pes()) {
            if (pe.type().equals(type)) {
                occupied += pe.busyNanos() + pe.transferNanos() + pe.dispatchNanos();
                pes++;
            }
        }
        return pes == 0 ? Double.NaN : occupied / ((double) result.endNanos() * pes);
    }
}
