// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;

/**
 * Collects what ran where until some time. Tasks of one request and one layer that follow each other closely on a PE make one bar: a fan of
 * thousands of calls is otherwise more rectangles than a browser likes. Used by the simulating thread.
 */
final class Bars implements SimulationObserver {

    /** A shorter gap nobody sees in a chart of seconds. */
    private static final long GAP_NANOS = 2_000_000;

    private final List<String> pes;
    private final List<ApplicationProfile> applications;
    private final long untilNanos;
    private final List<Bar> bars = new ArrayList<>();
    private final Map<Integer, Bar> last = new HashMap<>();

    Bars(Simulation simulation, long untilNanos) {
        pes = simulation.pes();
        applications = simulation.applications();
        this.untilNanos = untilNanos;
    }

    /** One bar; it grows. */
    static final class Bar {
        final long request;
        final String application;
        final String layer;
        final String pe;
        final long readyNanos;
        final long startedNanos;
        long finishedNanos;
        int tasks = 1;

        Bar(
                long request,
                String application,
                String layer,
                String pe,
                long readyNanos,
                long startedNanos,
                long finishedNanos) {
            this.request = request;
            this.application = application;
            this.layer = layer;
            this.pe = pe;
            this.readyNanos = readyNanos;
            this.startedNanos = startedNanos;
            this.finishedNanos = finishedNanos;
        }

        /** As a chart of tasks takes it. */
        TaskRecord record(int position) {
            return new TaskRecord(
                    request,
                    application,
                    position,
                    tasks == 1 ? layer : layer + " (" + tasks + " tasks)",
                    pe,
                    readyNanos,
                    readyNanos,
                    startedNanos,
                    finishedNanos,
                    TaskRecord.Outcome.COMPLETED);
        }
    }

    @Override
    public void task(
            long request,
            int application,
            int task,
            int pe,
            long readyNanos,
            long assignedNanos,
            long startedNanos,
            long finishedNanos) {
        if (startedNanos >= untilNanos) {
            return;
        }
        ApplicationProfile profile = applications.get(application);
        String layer = layer(profile.tasks().get(task).label());
        Bar before = last.get(pe);
        if (before != null
                && before.request == request
                && before.layer.equals(layer)
                && startedNanos - before.finishedNanos < GAP_NANOS) {
            before.finishedNanos = finishedNanos;
            before.tasks++;
            return;
        }
        Bar bar = new Bar(request, profile.name(), layer, pes.get(pe), readyNanos, startedNanos, finishedNanos);
        bars.add(bar);
        last.put(pe, bar);
    }

    /** What is before the first dot and has no number: the layer, the frame, the pulse. */
    private static String layer(String label) {
        int dot = label.indexOf('.');
        String first = dot < 0 ? label : label.substring(0, dot);
        return first.startsWith("conv") ? first : first.replaceFirst("\\d+$", "");
    }

    List<Bar> bars() {
        return List.copyOf(bars);
    }

    List<TaskRecord> records() {
        List<TaskRecord> records = new ArrayList<>();
        for (int i = 0; i < bars.size(); i++) {
            records.add(bars.get(i).record(i));
        }
        return records;
    }
}
