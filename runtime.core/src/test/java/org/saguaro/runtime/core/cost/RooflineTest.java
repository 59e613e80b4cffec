// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.accel.api.contract.GraphSketch.read;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;

class RooflineTest {

    private final GraphSketch net = new GraphSketch("roofline");

    private static TensorSpec float32(long... sizes) {
        return TensorSpec.of(DType.FLOAT32, sizes);
    }

    @Test
    void countsAConvolution() {
        int x = net.input(2, 4, 8, 8);
        int y = net.conv2d(x, net.weight(6, 4, 3, 3), net.weight(6), 1, 1, 1, 1);
        Roofline roofline = Roofline.of(net.outputs(y));
        // 2 x 6 x 8 x 8 outputs, each a sum over 4 x 3 x 3 products.
        assertThat(roofline.operations()).isEqualTo(2.0 * (2 * 6 * 8 * 8) * (4 * 3 * 3));
        // Input, weight, bias, output, each once.
        assertThat(roofline.bytes()).isEqualTo(4.0 * (2 * 4 * 8 * 8 + 6 * 4 * 3 * 3 + 6 + 2 * 6 * 8 * 8));
    }

    @Test
    void countsAGroupedStridedConvolution() {
        int x = net.input(1, 4, 8, 8);
        int y = net.conv2d(x, net.weight(8, 2, 3, 3), GraphSketch.NO_BIAS, 2, 1, 1, 2);
        // 8 x 4 x 4 outputs, each a sum over the 2 x 3 x 3 products of its group.
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(2.0 * (8 * 4 * 4) * (2 * 3 * 3));
    }

    @Test
    void countsALinearLayer() {
        int y = net.linear(net.input(5, 7), net.weight(3, 7), net.weight(3));
        Roofline roofline = Roofline.of(net.outputs(y));
        assertThat(roofline.operations()).isEqualTo(2.0 * (5 * 3) * 7);
        assertThat(roofline.bytes()).isEqualTo(4.0 * (5 * 7 + 3 * 7 + 3 + 5 * 3));
    }

    @Test
    void countsFourierTransforms() {
        TensorSpec complex = TensorSpec.of(DType.COMPLEX64, 8, 128);
        int x = net.input(complex);
        int y = net.layer("aten.fft_fft.default", complex, read("self", x));
        // 8 transforms of 128 points, 2^7.
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(8 * 5.0 * 128 * 7);
    }

    @Test
    void countsHalfOfAFourierTransformOfRealNumbers() {
        int x = net.input(3, 256);
        int y = net.layer("aten.fft_rfft.default", TensorSpec.of(DType.COMPLEX64, 3, 129), read("self", x));
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(3 * 2.5 * 256 * 8);
    }

    @Test
    void countsMatrixProducts() {
        int a = net.input(4, 5);
        int b = net.input(5, 6);
        int mm = net.layer("aten.mm.default", float32(4, 6), read("self", a), read("mat2", b));
        assertThat(Roofline.of(net.outputs(mm)).operations()).as("mm").isEqualTo(2.0 * (4 * 6) * 5);
    }

    @Test
    void countsAMatrixProductWithBias() {
        int y = net.layer(
                "aten.addmm.default",
                float32(4, 6),
                read("self", net.weight(6)),
                read("mat1", net.input(4, 5)),
                read("mat2", net.weight(5, 6)));
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(2.0 * (4 * 6) * 5);
    }

    @Test
    void countsABatchOfMatrixProducts() {
        int y = net.layer(
                "aten.bmm.default",
                float32(3, 4, 6),
                read("self", net.input(3, 4, 5)),
                read("mat2", net.input(3, 5, 6)));
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(2.0 * (3 * 4 * 6) * 5);
    }

    @Test
    void countsABroadcastMatrixProduct() {
        int y = net.layer(
                "aten.matmul.default",
                float32(3, 4, 6),
                read("self", net.input(3, 4, 5)),
                read("other", net.input(5, 6)));
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(2.0 * (3 * 4 * 6) * 5);
    }

    @Test
    void countsATransposedConvolution() {
        int y = net.layer(
                "aten.conv_transpose2d.input",
                float32(1, 3, 9, 9),
                read("input", net.input(1, 4, 7, 7)),
                read("weight", net.weight(4, 3, 3, 3)));
        // Every one of the 4 x 7 x 7 inputs goes into 3 x 3 x 3 outputs.
        assertThat(Roofline.of(net.outputs(y)).operations()).isEqualTo(2.0 * (4 * 7 * 7) * (3 * 3 * 3));
    }

    @Test
    void countsOneOperationPerElementElsewhere() {
        int x = net.input(5, 7);
        Roofline roofline = Roofline.of(net.outputs(net.relu(x)));
        assertThat(roofline.operations()).isEqualTo(35);
        assertThat(roofline.bytes()).isEqualTo(4.0 * (35 + 35));
    }

    @Test
    void addsUpASegmentAndLeavesOutWhatStaysInside() {
        int x = net.input(5, 7);
        int inside = net.relu(x);
        int y = net.add(inside, x, 1);
        Roofline roofline = Roofline.of(net.outputs(y));
        assertThat(roofline.operations()).isEqualTo(35 + 35);
        assertThat(roofline.bytes()).as("input and output").isEqualTo(4.0 * (35 + 35));
    }

    @Test
    void countsWhatCrossesTheBorderOfASegment() {
        int x = net.input(5, 7);
        int inside = net.relu(x);
        var graph = net.outputs(net.add(inside, x, 1));
        Roofline second =
                Roofline.of(graph.segment("second", Set.of(graph.layers().get(1))));
        assertThat(second.bytes()).as("two inputs and the output").isEqualTo(4.0 * (35 + 35 + 35));
    }

    @Test
    void countsSymbolicSizesSomehow() {
        TensorSpec spec =
                new TensorSpec(DType.FLOAT32, new Shape(List.of(new Dim.Symbolic("s0", 1, 100), new Dim.Fixed(3))));
        Roofline roofline = Roofline.of(net.outputs(net.relu(net.input(spec))));
        assertThat(roofline.operations()).isPositive();
        assertThat(roofline.bytes()).isEqualTo(8 * roofline.operations());
    }

    @Test
    void takesAsLongAsTheSlowerOfArithmeticAndTraffic() {
        PeDescriptor pe = new PeDescriptor("cpu0", "cpu", 1, 1e9, 2e9, 100);
        assertThat(new Roofline(5_000, 2_000).nanos(pe))
                .as("bound by arithmetic")
                .isEqualTo(100 + 5_000);
        assertThat(new Roofline(500, 2_000).nanos(pe)).as("bound by memory").isEqualTo(100 + 1_000);
    }
}
