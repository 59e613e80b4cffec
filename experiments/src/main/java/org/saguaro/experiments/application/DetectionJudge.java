// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.saguaro.model.api.Tensor;

/**
 * Boxes, scores and classes, best first. An object counts as found if a shown detection of its class overlaps it enough that no
 * other object has taken.
 */
final class DetectionJudge implements Judge {

    private static final int BOX = 4;

    private final List<String> classes;
    private final JsonNode truths;
    private final double shownScore;
    private final double iouThreshold;

    private record Detection(String name, Box box) {}

    /** Corners in pixels. */
    record Box(double x1, double y1, double x2, double y2) {

        /** Intersection over union. */
        double overlap(Box other) {
            double width = Math.min(x2, other.x2) - Math.max(x1, other.x1);
            double height = Math.min(y2, other.y2) - Math.max(y1, other.y1);
            double both = Math.max(0, width) * Math.max(0, height);
            double either = area() + other.area() - both;
            return either > 0 ? both / either : 0;
        }

        private double area() {
            return (x2 - x1) * (y2 - y1);
        }
    }

    DetectionJudge(List<String> classes, JsonNode truths, double shownScore, double iouThreshold) {
        this.classes = classes;
        this.truths = truths;
        this.shownScore = shownScore;
        this.iouThreshold = iouThreshold;
    }

    @Override
    public Verdict judge(int sample, List<Tensor> outputs) {
        List<Detection> found = shown(outputs);
        List<Detection> wanted = wanted(truths.get(sample));
        List<Detection> free = new ArrayList<>(wanted);
        int right = 0;
        for (Detection detection : found) {
            for (Detection object : free) {
                if (object.name().equals(detection.name()) && object.box().overlap(detection.box()) >= iouThreshold) {
                    free.remove(object);
                    right++;
                    break;
                }
            }
        }
        return new Verdict(names(found), names(wanted), right, wanted.size());
    }

    private List<Detection> shown(List<Tensor> outputs) {
        double[] boxes = outputs.get(0).toDoubles();
        double[] scores = outputs.get(1).toDoubles();
        double[] labels = outputs.get(2).toDoubles();
        List<Detection> shown = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] >= shownScore && labels[i] >= 0) {
                int at = BOX * i;
                Box box = new Box(boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]);
                shown.add(new Detection(classes.get((int) labels[i]), box));
            }
        }
        return shown;
    }

    private static List<Detection> wanted(JsonNode truth) {
        List<Detection> wanted = new ArrayList<>();
        for (int i = 0; i < truth.path("boxes").size(); i++) {
            JsonNode corners = truth.path("boxes").get(i);
            Box box = new Box(
                    corners.get(0).asDouble(),
                    corners.get(1).asDouble(),
                    corners.get(2).asDouble(),
                    corners.get(3).asDouble());
            wanted.add(new Detection(truth.path("names").get(i).asText(), box));
        }
        return wanted;
    }

    private static String names(List<Detection> detections) {
        List<String> names =
                new ArrayList<>(detections.stream().map(Detection::name).toList());
        Collections.sort(names);
        return String.join(" ", names);
    }

    @Override
    public String metric() {
        return "objects found";
    }
}
