// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Precision;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Body;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;

/** How cells of the report read, in whatever form it is shown. */
public final class PlacementWords {

    private final Map<String, String> labels = new HashMap<>();
    private final boolean accelerators;

    PlacementWords(PlacementReport report) {
        for (PeType type : report.peTypes()) {
            labels.put(type.type(), type.peIds().size() == 1 ? type.peIds().get(0) : type.type());
        }
        accelerators = report.peTypes().stream().anyMatch(type -> PlacementReport.isAccelerator(type.type()));
    }

    /** Whether there is anything but CPUs. */
    boolean hasAccelerators() {
        return accelerators;
    }

    /** Without what is the same for almost all. */
    static String operator(LayerPlacement layer) {
        return layer.op().replaceFirst("^aten\\.", "").replaceFirst("\\.default$", "");
    }

    /** The only PE of a type, or the type. */
    String label(String peType) {
        return labels.getOrDefault(peType, peType);
    }

    /** Where it ran; where that is in several places how often, most first, for instance {@code cpu x79, null0 x21}. */
    String ranOn(LayerPlacement layer) {
        if (isTheCores(layer)) {
            return "the core";
        }
        List<Candidate> places = layer.candidates().stream()
                .filter(candidate -> candidate.runs() > 0)
                .sorted((a, b) -> Long.compare(b.runs(), a.runs()))
                .toList();
        return places.stream()
                .map(place ->
                        label(place.peType()) + precision(place) + (places.size() == 1 ? "" : " x" + place.runs()))
                .collect(Collectors.joining(", "));
    }

    /** For instance {@code  in int8}; empty if it is exact. */
    static String precision(Candidate place) {
        return place.precision() == Precision.FLOAT32 ? "" : " in " + place.precision();
    }

    /** For instance {@code 8.1e-03 (41.8 dB)}; {@code none} if nothing differs. */
    public static String error(MeasuredError error) {
        if (error.isExact()) {
            return "none";
        }
        return Figures.small(error.relativeRms())
                + (Double.isFinite(error.relativeRms())
                        ? String.format(Locale.ROOT, " (%.1f dB)", error.signalToNoiseDecibels())
                        : "");
    }

    /** For {@link org.saguaro.formats.text.Json#text}; JSON has no infinity, so what is infinite is null. */
    public static Object errorJson(MeasuredError error) {
        return Json.objectWithNulls(
                "relativeRms", finite(error.relativeRms()),
                "signalToNoiseDecibels", finite(error.signalToNoiseDecibels()),
                "largestAbsolute", finite(error.largestAbsolute()),
                "inputs", error.inputs());
    }

    private static @Nullable Double finite(double figure) {
        return Double.isFinite(figure) ? (Double) figure : null;
    }

    /** The error on the accelerator that the layer counts for, else on the one where it is largest; empty if none was measured. */
    static Optional<MeasuredError> errorOf(LayerPlacement layer) {
        return layer.ranOn()
                .flatMap(type -> layer.candidates().stream()
                        .filter(candidate -> candidate.peType().equals(type))
                        .findFirst())
                .flatMap(Candidate::error)
                .or(() -> layer.candidates().stream()
                        .flatMap(candidate -> candidate.error().stream())
                        .reduce(MeasuredError::max));
    }

    static boolean isTheCores(LayerPlacement layer) {
        return causeOf(layer) == Cause.HOST;
    }

    static boolean isRemoved(LayerPlacement layer) {
        return causeOf(layer) == Cause.REMOVED;
    }

    private static Cause causeOf(LayerPlacement layer) {
        return layer.reason().map(Reason::cause).orElse(Cause.NOT_RUN);
    }

    /** Why it is not on an accelerator, in a few words; what lowering did with it, where that is why. Empty if there is nothing to say. */
    static String cause(LayerPlacement layer) {
        if (!layer.lowered().isEmpty() && !isRemoved(layer)) {
            return layer.lowered();
        }
        return layer.reason()
                .filter(reason -> reason.cause() != Cause.HOST && reason.cause() != Cause.NO_ACCELERATOR)
                .map(reason -> reason.cause().words())
                .orElse("");
    }

    /** How often a nested graph ran. */
    static String times(Body body) {
        if (body.runs() == 0) {
            return "not run";
        }
        return body.runs() == 1 ? "ran once" : "ran " + body.runs() + " times";
    }

    /** Class and detail of a reason. */
    static String inFull(Reason reason) {
        return reason.cause().words() + (reason.detail().isEmpty() ? "" : ": " + reason.detail());
    }

    /** The reason that stands for the layer, with the types of PEs that it is about. */
    static String accelerators(LayerPlacement layer) {
        return layer.candidates().stream()
                .filter(candidate -> PlacementReport.isAccelerator(candidate.peType()))
                .filter(candidate -> candidate.reason().equals(layer.reason()))
                .map(Candidate::peType)
                .collect(Collectors.joining(", "));
    }
}
