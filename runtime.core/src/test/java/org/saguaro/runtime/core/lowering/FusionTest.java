// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.accel.api.contract.GraphSketch.NO_BIAS;
import static org.saguaro.runtime.core.lowering.Sketches.cpuAnd;
import static org.saguaro.runtime.core.lowering.Sketches.only;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

class FusionTest {

    private final GraphSketch net = new GraphSketch("fusion");
    private final int x = net.input(1, 2, 4, 4);

    private int conv(int input) {
        return net.conv2d(input, net.weight(2, 2, 3, 3), NO_BIAS, 1, 1, 1, 1);
    }

    private static List<List<String>> units(LayerGraph graph, Function<Layer, Set<String>> supporters) {
        return Fusion.units(graph, supporters).stream()
                .map(unit -> unit.stream().map(Layer::name).toList())
                .toList();
    }

    private static List<List<String>> units(LayerGraph graph) {
        return units(graph, cpuAnd());
    }

    @Test
    void joinsAnActivationToItsConvolution() {
        assertThat(units(net.outputs(net.relu(conv(x))))).containsExactly(List.of("conv2d_0", "relu_1"));
    }

    @Test
    void joinsAResidualAdditionAndItsActivation() {
        int sum = net.add(conv(x), x, 1);
        assertThat(units(net.outputs(net.relu(sum)))).containsExactly(List.of("conv2d_0", "add_1", "relu_2"));
    }

    @Test
    void anAdditionJoinsTheLaterOfItsProducers() {
        int first = conv(x);
        int second = conv(x);
        LayerGraph graph = net.outputs(net.relu(net.add(second, first, 1)));
        assertThat(units(graph)).containsExactly(List.of("conv2d_0"), List.of("conv2d_1", "add_2", "relu_3"));
    }

    @Test
    void aUnitStandsWhereEverythingItReadsIsMade() {
        int convolved = conv(x);
        int other = net.mul(x, x);
        LayerGraph graph = net.outputs(net.add(convolved, other, 1));
        assertThat(units(graph)).containsExactly(List.of("mul_1"), List.of("conv2d_0", "add_2"));
    }

    @Test
    void oneAdditionAndOneActivationAreEnough() {
        int twice = net.add(net.add(conv(x), x, 1), x, 1);
        assertThat(units(net.outputs(net.relu(net.relu(twice)))))
                .containsExactly(List.of("conv2d_0", "add_1"), List.of("add_2"), List.of("relu_3"), List.of("relu_4"));
    }

    @Test
    void nothingIsAddedBehindAnActivation() {
        assertThat(units(net.outputs(net.add(net.relu(conv(x)), x, 1))))
                .containsExactly(List.of("conv2d_0", "relu_1"), List.of("add_2"));
    }

    @Test
    void whatOthersReadIsNotJoined() {
        int convolved = conv(x);
        int positive = net.relu(convolved);
        assertThat(units(net.outputs(positive, net.mul(convolved, x))))
                .containsExactly(List.of("conv2d_0"), List.of("relu_1"), List.of("mul_2"));
    }

    @Test
    void whatTheCallerGetsIsNotJoined() {
        int convolved = conv(x);
        assertThat(units(net.outputs(convolved, net.relu(convolved))))
                .containsExactly(List.of("conv2d_0"), List.of("relu_1"));
    }

    @Test
    void aFollowerDoesNotShrinkTheChoice() {
        LayerGraph graph = net.outputs(net.relu(conv(x)));
        assertThat(units(graph, cpuAnd("fpga:conv2d")))
                .as("the FPGA cannot do relu")
                .containsExactly(List.of("conv2d_0"), List.of("relu_1"));
        assertThat(units(graph, cpuAnd("fpga:conv2d,relu")))
                .as("the FPGA can do both")
                .containsExactly(List.of("conv2d_0", "relu_1"));
        assertThat(units(graph, cpuAnd("fpga:relu")))
                .as("the FPGA can do relu alone, but the convolution has to be elsewhere")
                .containsExactly(List.of("conv2d_0", "relu_1"));
    }

    @Test
    void anAdditionPassesOverAProducerThatItWouldConstrain() {
        int first = conv(x);
        int second = net.linear(x, net.weight(4, 4), NO_BIAS);
        LayerGraph graph = net.outputs(net.add(first, second, 1));
        assertThat(units(graph, only("cpu:conv2d,add", "npu:linear")))
                .as("only the convolution's PE can add")
                .containsExactly(List.of("linear_1"), List.of("conv2d_0", "add_2"));
    }
}
