// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.accel.api.contract.GraphSketch.NO_BIAS;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.zynq.model.ModelDevice;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** Which layers a convolution engine takes along with a product: those that the core joins to it, and no others. */
class UnitsTest {

    private final GraphSketch net = new GraphSketch("units");
    private final int x = net.input(1, 4, 6, 6);
    private final Fpga fpga;
    private final EnginePe pe;

    UnitsTest() throws AccelException {
        fpga = Boards.open(new ModelDevice(8 << 20), Boards.NETWORKS);
        pe = Boards.pe(fpga, "conv0");
    }

    @AfterEach
    void close() {
        fpga.close();
    }

    private int conv(int input) {
        return net.conv2d(input, net.weight(4, 4, 3, 3), NO_BIAS, 1, 1, 1, 1);
    }

    /** Names of the layers that it says yes to. */
    private List<String> supported(LayerGraph graph) {
        return graph.layers().stream()
                .filter(layer -> pe.supports(graph, layer).isSupported())
                .map(Layer::name)
                .toList();
    }

    @Test
    void takesAdditionAndActivationAlong() {
        assertThat(supported(net.outputs(net.relu(net.add(conv(x), x, 1)))))
                .containsExactly("conv2d_0", "add_1", "relu_2");
    }

    @Test
    void leavesAnActivationWhoseOperandOthersReadToo() {
        int convolved = conv(x);
        assertThat(supported(net.outputs(net.relu(convolved), convolved))).containsExactly("conv2d_0");
    }

    @Test
    void leavesWhatFollowsAnActivation() {
        assertThat(supported(net.outputs(net.relu(net.add(net.relu(conv(x)), x, 1)))))
                .containsExactly("conv2d_0", "relu_1");
    }

    @Test
    void joinsAnAdditionToTheLaterOfTwoProducts() {
        int first = conv(x);
        int second = conv(x);
        LayerGraph graph = net.outputs(net.relu(net.add(second, first, 1)));
        assertThat(supported(graph)).containsExactly("conv2d_0", "conv2d_1", "add_2", "relu_3");
    }

    @Test
    void leavesAnAdditionThatBroadcasts() {
        int convolved = conv(x);
        int other = net.input(4, 1, 1);
        assertThat(supported(net.outputs(net.add(convolved, other, 1)))).containsExactly("conv2d_0");
    }

    @Test
    void leavesAnActivationOfAnythingElse() {
        assertThat(supported(net.outputs(net.relu(x)))).isEmpty();
    }

    @Test
    void refusesAFollowerAlone() {
        LayerGraph graph = net.outputs(net.relu(x));
        assertThatThrownBy(() -> pe.prepare(graph))
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category()).isEqualTo(AccelException.Category.UNSUPPORTED))
                .hasMessageContaining("relu");
    }

    @Test
    void takesActivationsWithArgumentsKnownInAdvance() {
        TensorSpec spec = TensorSpec.of(DType.FLOAT32, 1, 4, 6, 6);
        int convolved = conv(x);
        int y = net.layer("aten.hardswish.default", spec, GraphSketch.read("self", convolved));
        assertThat(supported(net.outputs(y))).containsExactly("conv2d_0", "hardswish_1");
    }
}
