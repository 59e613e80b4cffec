// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What kernels truly take on the types of PEs of a pool: the first cost rule that matches, else what was measured. Kernels of several
 * applications that have one name and cost the same share a <em>row</em>. Immutable after the applications were added.
 */
final class KernelTimes {

    /** What a kernel takes on one type of PE. */
    private record Time(double meanNanos, double deviationNanos) {}

    /** Equal for kernels that share what is learnt of them. */
    private record Row(String kernel, List<@Nullable Time> times) {}

    private final String pool;
    private final List<Pool.PeType> types;
    private final Map<Row, Integer> numbers = new HashMap<>();
    private final List<Row> rows = new ArrayList<>();
    private final Map<String, Pattern> globs = new HashMap<>();

    /** @param types those of which the pool has a PE */
    KernelTimes(String pool, List<Pool.PeType> types) {
        this.pool = pool;
        this.types = types;
    }

    int types() {
        return types.size();
    }

    int rows() {
        return rows.size();
    }

    String kernel(int row) {
        return rows.get(row).kernel();
    }

    /** Whether a type of PE runs it. */
    boolean supports(int row, int type) {
        return rows.get(row).times().get(type) != null;
    }

    /** Whether any does. */
    boolean isSupported(int row) {
        return rows.get(row).times().stream().anyMatch(time -> time != null);
    }

    /** Only where it is supported. */
    double meanNanos(int row, int type) {
        return time(row, type).meanNanos();
    }

    double deviationNanos(int row, int type) {
        return time(row, type).deviationNanos();
    }

    private Time time(int row, int type) {
        Time time = rows.get(row).times().get(type);
        if (time == null) {
            throw new IllegalStateException(types.get(type).name() + " does not run " + kernel(row));
        }
        return time;
    }

    /** The row of a kernel. */
    int add(KernelProfile kernel) {
        List<@Nullable Time> times = new ArrayList<>();
        for (Pool.PeType type : types) {
            times.add(timeOn(kernel, type));
        }
        Row row = new Row(kernel.name(), times);
        return numbers.computeIfAbsent(row, added -> {
            rows.add(added);
            return rows.size() - 1;
        });
    }

    private @Nullable Time timeOn(KernelProfile kernel, Pool.PeType type) {
        for (CostRule rule : type.costs()) {
            if (globs.computeIfAbsent(rule.kernels(), KernelTimes::glob)
                    .matcher(kernel.name())
                    .matches()) {
                Time time = byRule(kernel, rule);
                return time == null ? null : checked(time, kernel, type, "its cost rule for " + rule.kernels());
            }
        }
        KernelProfile.Cost measured = measured(kernel, type.name());
        return measured == null
                ? null
                : checked(new Time(measured.meanNanos(), measured.deviationNanos()), kernel, type, "what was measured");
    }

    private static @Nullable Time byRule(KernelProfile kernel, CostRule rule) {
        CostRule.Time time = rule.time();
        double relative = Double.isNaN(rule.relativeDeviation()) ? 0 : rule.relativeDeviation();
        if (time instanceof CostRule.Fixed fixed) {
            return new Time(fixed.nanos(), relative * fixed.nanos());
        }
        if (time instanceof CostRule.Roofline roofline) {
            double mean = roofline.startNanos()
                    + 1e9
                            * Math.max(
                                    kernel.operations() / roofline.operationsPerSecond(),
                                    kernel.bytes() / roofline.bytesPerSecond());
            return new Time(mean, relative * mean);
        }
        if (time instanceof CostRule.Scaled scaled) {
            KernelProfile.Cost there = measured(kernel, scaled.peType());
            if (there == null) {
                return null;
            }
            double mean = scaled.factor() * there.meanNanos();
            return new Time(
                    mean,
                    Double.isNaN(rule.relativeDeviation())
                            ? scaled.factor() * there.deviationNanos()
                            : relative * mean);
        }
        return null;
    }

    private Time checked(Time time, KernelProfile kernel, Pool.PeType type, String source) {
        if (isTime(time.meanNanos()) && isTime(time.deviationNanos())) {
            return time;
        }
        throw new IllegalArgumentException(
                "pool " + pool + ", PE type " + type.name() + ": " + source + " gives kernel "
                        + kernel.name() + " a time of " + time.meanNanos() + " ns with a standard deviation of "
                        + time.deviationNanos() + " ns, expected two finite numbers, neither negative");
    }

    private static boolean isTime(double nanos) {
        return nanos >= 0 && nanos < Long.MAX_VALUE / 16.0;
    }

    private static KernelProfile.@Nullable Cost measured(KernelProfile kernel, String peType) {
        for (KernelProfile.Cost cost : kernel.measured()) {
            if (cost.peType().equals(peType)) {
                return cost;
            }
        }
        return null;
    }

    private static Pattern glob(String text) {
        return Pattern.compile(
                Arrays.stream(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")),
                Pattern.DOTALL);
    }
}
