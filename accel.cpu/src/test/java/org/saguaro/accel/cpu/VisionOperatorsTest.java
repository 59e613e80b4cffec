// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** What OperatorTableTest has no row for: torchvision's operators amid others, and arguments that do not fit. */
class VisionOperatorsTest {

    private static final AnyTensor ANY = new AnyTensor();

    private final Sketch sketch = new Sketch();

    private LayerGraph detection() {
        int boxes = sketch.input(ANY);
        int scores = sketch.input(ANY);
        int kept = sketch.layer(
                "torchvision.nms.default",
                ANY,
                "dets",
                ref(sketch.layer("aten.mul.Tensor", ANY, "self", ref(boxes), "other", number(2))),
                "scores",
                ref(scores),
                "iou_threshold",
                number(0.5));
        int found = sketch.layer(
                "aten.index_select.default", ANY, "self", ref(boxes), "dim", number(0), "index", ref(kept));
        return sketch.returning(found, kept);
    }

    @Test
    void keepsAsManyBoxesAsTheDataSay() throws Exception {
        float[] boxes = {0, 0, 4, 4, 0, 0, 4, 3.9f, 10, 10, 12, 12};
        try (Execution execution = Execution.of(detection())) {
            List<Tensor> two = execution.run(Tensor.of(boxes, 3, 4), Tensor.of(new float[] {0.5f, 0.9f, 0.1f}, 3));
            assertThat(two.get(1).toDoubles()).containsExactly(1, 2);
            assertThat(two.get(0).toFloats()).containsExactly(0, 0, 4, 3.9f, 10, 10, 12, 12);
            List<Tensor> none = execution.run(Tensor.of(new float[0], 0, 4), Tensor.of(new float[0], 0));
            assertThat(none.get(1).spec()).isEqualTo(TensorSpec.of(DType.INT64, 0));
            assertThat(none.get(0).spec()).isEqualTo(TensorSpec.of(DType.FLOAT32, 0, 4));
        }
    }

    @Test
    void blamesTheDataAndGoesOn() throws Exception {
        try (Execution execution = Execution.of(detection())) {
            refuses(execution, "a score for each of the 2 boxes", floats(2, 4), floats(3));
            refuses(execution, "[boxes, 4], found [2, 5]", floats(2, 5), floats(2));
            refuses(execution, "real numbers", Tensor.of(new long[8], 2, 4), floats(2));
            assertThat(execution.run(floats(2, 4), floats(2)).get(1).elementCount())
                    .isEqualTo(2);
        }
    }

    @Test
    void refusesARegionOfAnImageThatIsNotThere() throws Exception {
        int image = sketch.input(ANY);
        int regions = sketch.input(ANY);
        int pooled = sketch.layer(
                "torchvision.roi_align.default",
                ANY,
                "input",
                ref(image),
                "rois",
                ref(regions),
                "spatial_scale",
                number(1.0),
                "pooled_height",
                number(2),
                "pooled_width",
                number(2),
                "sampling_ratio",
                number(2),
                "aligned",
                number(true));
        try (Execution execution = Execution.of(sketch.returning(pooled))) {
            Tensor second = Tensor.of(new float[] {1, 0, 0, 2, 2}, 1, 5);
            refuses(execution, "region 0 must be of one of the 1 images", floats(1, 2, 4, 4), second);
            refuses(execution, "[regions, 5]", floats(1, 2, 4, 4), floats(1, 4));
            refuses(execution, "4 dimensions", floats(2, 4, 4), second);
            assertThat(execution.run(floats(2, 2, 4, 4), second).get(0).sizes()).containsExactly(1, 2, 2, 2);
        }
    }

    @Test
    void refusesOffsetsOfTheWrongSize() throws Exception {
        int image = sketch.input(ANY);
        int offset = sketch.input(ANY);
        int weight = sketch.weight(2, 3, 3, 3);
        int moved = sketch.layer(
                "torchvision.deform_conv2d.default",
                ANY,
                "input",
                ref(image),
                "weight",
                ref(weight),
                "offset",
                ref(offset),
                "mask",
                ref(offset),
                "bias",
                ref(sketch.weight(2)),
                "stride_h",
                number(1),
                "stride_w",
                number(1),
                "pad_h",
                number(0),
                "pad_w",
                number(0),
                "dilation_h",
                number(1),
                "dilation_w",
                number(1),
                "groups",
                number(1),
                "offset_groups",
                number(1),
                "use_mask",
                number(false));
        try (Execution execution = Execution.of(sketch.returning(moved))) {
            refuses(execution, "must match an input of 3 channels", floats(1, 3, 5, 5), floats(1, 18, 2, 3));
            refuses(execution, "must not be larger", floats(1, 3, 2, 5), floats(1, 18, 2, 3));
            assertThat(execution
                            .run(floats(0, 3, 5, 5), floats(0, 18, 3, 3))
                            .get(0)
                            .sizes())
                    .containsExactly(0, 2, 3, 3);
        }
    }

    private static void refuses(Execution execution, String words, Tensor... inputs) {
        assertThatThrownBy(() -> execution.run(inputs))
                .isInstanceOfSatisfying(
                        AccelException.class, e -> assertThat(e.category()).isEqualTo(Category.INVALID_INPUT))
                .hasMessageContaining("cpu0")
                .hasMessageContaining(words);
    }

    private static Tensor floats(long... sizes) {
        int count = 1;
        for (long size : sizes) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i % 7;
        }
        return Tensor.of(values, sizes);
    }
}
