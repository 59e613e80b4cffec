// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.commons.csv.CSVRecord;

/** Makes {@link Group}s of rows in the points' order, one after the other, so that any number of rows needs no memory. */
final class Groups {

    private static final String[] COLUMNS = {
        "meanMillis", "p99Millis", "throughputPerSecond", "joulesPerRequest", "energyDelayJouleSeconds", "meanWatts"
    };

    private final int rates;
    private final int policies;
    private final int seeds;
    private final Consumer<Group> sink;

    private int current = -1;
    private int rows;
    private double[] sums = new double[COLUMNS.length];
    private double squares;
    private double missed;
    private double requests;

    private Groups(SweepPlan plan, Consumer<Group> sink) {
        this.rates = plan.description().rates().size();
        this.policies = plan.description().policies().size();
        this.seeds = plan.description().seeds().size();
        this.sink = sink;
    }

    /** Reads the ordered rows of a file and hands over the groups in their order. */
    static void forEach(Path results, SweepPlan plan, Consumer<Group> sink) throws IOException {
        Groups groups = new Groups(plan, sink);
        PointStore.forEachWhole(results, groups::row);
        groups.flush();
    }

    private void row(CSVRecord row) {
        int group = Integer.parseInt(row.get("point")) / seeds;
        if (group != current) {
            flush();
            current = group;
        }
        rows++;
        for (int i = 0; i < COLUMNS.length; i++) {
            sums[i] += number(row, COLUMNS[i]);
        }
        double mean = number(row, "meanMillis");
        squares += mean * mean;
        missed += number(row, "deadlineMisses");
        requests += number(row, "requests");
    }

    private static double number(CSVRecord row, String column) {
        String text = row.get(column);
        return text.isEmpty() ? Double.NaN : Double.parseDouble(text);
    }

    private void flush() {
        if (rows > 0) {
            double mean = sums[0] / rows;
            double variance = rows < 2 ? 0 : Math.max(0, squares - rows * mean * mean) / (rows - 1);
            sink.accept(new Group(
                    current / (rates * policies),
                    current / rates % policies,
                    current % rates,
                    rows,
                    mean,
                    Math.sqrt(variance),
                    sums[1] / rows,
                    sums[2] / rows,
                    requests == 0 ? 0 : missed / requests,
                    sums[3] / rows,
                    sums[4] / rows,
                    sums[5] / rows));
        }
        rows = 0;
        sums = new double[COLUMNS.length];
        squares = 0;
        missed = 0;
        requests = 0;
    }
}
