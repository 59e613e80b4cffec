// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.rtl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.saguaro.bench.Figure;

/** What yosys counted when it last synthesised the engines, out of accel.zynq/rtl/resources.md; {@code make synth} there counts again. */
final class Resources {

    private static final List<String> KINDS = List.of("lut", "ff", "dsp", "bram");
    private static final Pattern ROW = Pattern.compile("\\|([^|]+)\\|([^|]+)\\|([^|]+)\\|([^|]+)\\|([^|]+)\\|");
    private static final Pattern SHARE = Pattern.compile("\\(([0-9.]+) %\\)");
    private static final Pattern LANES = Pattern.compile("conv_engine, (\\d+) lanes");
    private static final int MACS_PER_LANE = 16;
    private static final int OPERATIONS_PER_MAC = 2;
    private static final double ASSUMED_GHZ = 0.25;

    private Resources() {}

    /** Shares of the ZU9EG, which must not exceed it, and the peak of each array at a clock that nobody has shown. */
    static List<Figure> of(Path report) throws IOException {
        List<Figure> figures = new ArrayList<>();
        for (String line : Files.readAllLines(report)) {
            Matcher row = ROW.matcher(line);
            if (!row.matches() || !SHARE.matcher(line).find()) {
                continue;
            }
            String name = row.group(1)
                    .replaceAll("\\(.*\\)", "")
                    .replaceAll("[^A-Za-z0-9]+", "_")
                    .replaceAll("^_|_$", "")
                    .toLowerCase(Locale.ROOT);
            for (int i = 0; i < KINDS.size(); i++) {
                Matcher share = SHARE.matcher(row.group(2 + i));
                if (share.find()) {
                    figures.add(new Figure(
                            "rtl.zu9eg." + name + "." + KINDS.get(i), Double.parseDouble(share.group(1)), "%", 100.0));
                }
            }
            Matcher lanes = LANES.matcher(row.group(1));
            if (lanes.find()) {
                double gops = Integer.parseInt(lanes.group(1)) * MACS_PER_LANE * OPERATIONS_PER_MAC * ASSUMED_GHZ;
                figures.add(new Figure("rtl.zu9eg." + name + ".peak_at_assumed_250MHz", gops, "GOPS", null));
            }
        }
        if (figures.isEmpty()) {
            throw new IOException(report + ": found no table of resources, expected the one that make synth writes");
        }
        return figures;
    }
}
