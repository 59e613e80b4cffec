// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.saguaro.accel.api.Precision;
import org.saguaro.formats.text.Json;
import org.saguaro.launcher.placement.PlacementWords;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PlacementReport;

/**
 * The layer whose answers on an accelerator are farthest from the CPU's.
 *
 * @param path of the layer
 * @param peType type of the processing element
 * @param precision in which it runs there
 * @param error how far
 */
record WorstLayer(String path, String peType, Precision precision, MeasuredError error) {

    /** Whether a report is of layers that can run elsewhere than on the CPU. */
    static boolean isPossible(PlacementReport report) {
        return report.allLayers().stream()
                .flatMap(layer -> layer.candidates().stream())
                .anyMatch(candidate -> PlacementReport.isAccelerator(candidate.peType())
                        && !candidate.peType().startsWith(PlacementReport.SERVICE_PREFIX)
                        && candidate.estimateNanos() > 0);
    }

    /** The worst of a report with errors; empty if none was measured. */
    static Optional<WorstLayer> of(PlacementReport report) {
        return report.allLayers().stream()
                .flatMap(layer -> layer.candidates().stream()
                        .flatMap(candidate -> candidate.error().stream()
                                .map(error -> new WorstLayer(
                                        layer.path(), candidate.peType(), candidate.precision(), error))))
                .max(Comparator.comparingDouble(worst -> worst.error().relativeRms()));
    }

    /** The worse of two. */
    static Optional<WorstLayer> worse(Optional<WorstLayer> one, Optional<WorstLayer> other) {
        return Stream.concat(one.stream(), other.stream())
                .max(Comparator.comparingDouble(worst -> worst.error().relativeRms()));
    }

    Object json() {
        return Json.object(
                "path",
                path,
                "peType",
                peType,
                "precision",
                precision.wireName(),
                "error",
                PlacementWords.errorJson(error));
    }

    @Override
    public String toString() {
        return path + " on " + peType + " in " + precision + ", relative error " + PlacementWords.error(error) + " on "
                + error.inputs();
    }
}
