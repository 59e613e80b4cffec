// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.nio.LongBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code torchvision::nms}: greedy non-maximum suppression. Boxes are visited by falling score; one is kept unless a kept box
 * overlaps it by more than the threshold, as intersection over union. O(n²) for n boxes, O(n·k) if k are kept.
 *
 * <p>Girshick et al., Rich feature hierarchies for accurate object detection and semantic segmentation, CVPR 2014, section 2.2.
 * Arithmetic as torchvision's CPU kernel has it, in the boxes' element type, since a rounding decides about a box.
 */
final class Nms {

    static final String SCHEMA = "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor";

    private final Elements boxes;
    private final int count;
    private final double[] areas;

    private Nms(Elements boxes, int count) {
        this.boxes = boxes;
        this.count = count;
        areas = new double[count];
        for (int i = 0; i < count; i++) {
            areas[i] = boxes.round(side(i, 0) * side(i, 1));
        }
    }

    /** Indices of the boxes that are kept, by falling score. */
    static Tensor call(IValueVector arguments) {
        Tensor dets = arguments.get(0).toTensor();
        Tensor scores = arguments.get(1).toTensor();
        double threshold = arguments.get(2).toDouble();
        if (dets.dim() != 2 || dets.size(1) != 4) {
            throw new IllegalArgumentException("dets must be a tensor of [boxes, 4], found " + sizes(dets));
        }
        if (scores.dim() != 1 || scores.size(0) != dets.size(0)) {
            throw new IllegalArgumentException("there must be a score for each of the " + dets.size(0)
                    + " boxes, found a tensor of " + sizes(scores));
        }
        Tensor order = torch.argsort(scores, true, 0, true).contiguous();
        int count = Math.toIntExact(dets.size(0));
        long[] byScore = new long[count];
        if (count > 0) {
            new LongPointer(order.data_ptr()).get(byScore);
        }
        int[] kept = new Nms(Elements.of(VisionOperators.computable(dets)), count).kept(byScore, threshold);
        Tensor result = torch.empty(new long[] {kept.length}, new TensorOptions(torch.ScalarType.Long), null);
        if (kept.length > 0) {
            LongBuffer target =
                    new LongPointer(result.data_ptr()).capacity(kept.length).asBuffer();
            for (int index : kept) {
                target.put(index);
            }
        }
        return result;
    }

    private static String sizes(Tensor tensor) {
        return Arrays.toString(tensor.sizes().vec().get());
    }

    private int[] kept(long[] order, double threshold) {
        boolean[] suppressed = new boolean[count];
        int[] kept = new int[count];
        int found = 0;
        for (int a = 0; a < count; a++) {
            int i = (int) order[a];
            if (suppressed[i]) {
                continue;
            }
            kept[found++] = i;
            for (int b = a + 1; b < count; b++) {
                int j = (int) order[b];
                if (!suppressed[j] && overlap(i, j) > threshold) {
                    suppressed[j] = true;
                }
            }
        }
        return Arrays.copyOf(kept, found);
    }

    private double overlap(int i, int j) {
        double width = extent(i, j, 0);
        double height = extent(i, j, 1);
        double intersection = boxes.round(width * height);
        double union = boxes.round(boxes.round(areas[i] + areas[j]) - intersection);
        return boxes.round(intersection / union);
    }

    /** How far two boxes share one axis. */
    private double extent(int i, int j, int axis) {
        double from = Math.max(boxes.get(4 * i + axis), boxes.get(4 * j + axis));
        double to = Math.min(boxes.get(4 * i + axis + 2), boxes.get(4 * j + axis + 2));
        return Math.max(0, boxes.round(to - from));
    }

    private double side(int i, int axis) {
        return boxes.round(boxes.get(4 * i + axis + 2) - boxes.get(4 * i + axis));
    }
}
