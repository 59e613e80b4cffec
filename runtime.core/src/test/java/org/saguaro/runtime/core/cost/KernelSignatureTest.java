// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.accel.api.contract.GraphSketch.NO_BIAS;

import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

class KernelSignatureTest {

    private static String of(Function<GraphSketch, LayerGraph> sketch) {
        return KernelSignature.of(sketch.apply(new GraphSketch("signature")));
    }

    private static LayerGraph conv(GraphSketch net, int channels, int padding) {
        int x = net.input(1, channels, 8, 8);
        return net.outputs(net.relu(net.conv2d(x, net.weight(4, channels, 3, 3), NO_BIAS, 1, padding, 1, 1)));
    }

    @Test
    void saysWhatItIsForPeople() {
        assertThat(of(net -> conv(net, 2, 1))).matches("conv2d\\+relu:[0-9a-f]{16}");
        assertThat(of(net -> net.outputs(net.relu(net.relu(net.input(2)))))).startsWith("2*relu:");
        assertThat(of(net -> {
                    int x = net.input(1, 1, 4, 4);
                    int y = net.relu(net.conv2d(x, net.weight(1, 1, 3, 3), NO_BIAS, 1, 1, 1, 1));
                    int flat = net.flatten(net.maxPool2d(net.mul(y, y), 2, 2, 0));
                    return net.outputs(net.linear(flat, net.weight(3, 4), NO_BIAS));
                }))
                .startsWith("6 layers:");
    }

    @Test
    void valueIdsAndWeightsDoNotMatter() {
        LayerGraph other = conv(new GraphSketch("another name, other weights"), 2, 1);
        assertThat(KernelSignature.of(other)).isEqualTo(of(net -> conv(net, 2, 1)));

        // The same layer, deep in a larger model.
        GraphSketch large = new GraphSketch("large");
        int before = large.relu(large.relu(large.input(3, 3)));
        large.mul(before, before);
        LayerGraph graph = large.outputs(large.add(before, before, 1));
        LayerGraph segment =
                graph.segment("part", Set.of(graph.layers().get(graph.layers().size() - 1)));
        assertThat(KernelSignature.of(segment)).isEqualTo(of(net -> {
            int x = net.input(3, 3);
            return net.outputs(net.add(x, x, 1));
        }));
    }

    @Test
    void shapesMatter() {
        assertThat(of(net -> conv(net, 3, 1))).isNotEqualTo(of(net -> conv(net, 2, 1)));
        assertThat(of(net -> net.outputs(net.relu(net.input(2, 3)))))
                .isNotEqualTo(of(net -> net.outputs(net.relu(net.input(3, 2)))));
    }

    @Test
    void elementTypesMatter() {
        assertThat(of(net -> net.outputs(net.relu(net.input(TensorSpec.of(DType.FLOAT64, 2, 3))))))
                .isNotEqualTo(of(net -> net.outputs(net.relu(net.input(2, 3)))));
    }

    @Test
    void attributesMatter() {
        assertThat(of(net -> conv(net, 2, 0))).isNotEqualTo(of(net -> conv(net, 2, 1)));
        assertThat(of(net -> net.outputs(net.add(net.input(2), net.input(2), 1))))
                .isNotEqualTo(of(net -> net.outputs(net.add(net.input(2), net.input(2), 2))));
    }

    @Test
    void operatorsMatter() {
        assertThat(of(net -> net.outputs(net.mul(net.input(2), net.input(2)))))
                .isNotEqualTo(of(net -> net.outputs(net.layer(
                        "aten.div.Tensor",
                        TensorSpec.of(DType.FLOAT32, 2),
                        GraphSketch.read("self", net.input(2)),
                        GraphSketch.read("other", net.input(2))))));
    }

    @Test
    void readingOneValueTwiceIsNotReadingTwo() {
        assertThat(of(net -> {
                    int x = net.input(2);
                    return net.outputs(net.mul(x, x));
                }))
                .isNotEqualTo(of(net -> net.outputs(net.mul(net.input(2), net.input(2)))));
    }

    @Test
    void whoReadsWhoseResultMatters() {
        String chain = of(net -> net.outputs(net.relu(net.relu(net.input(2)))));
        String apart = of(net -> net.outputs(net.relu(net.input(2)), net.relu(net.input(2))));
        assertThat(chain).as("relu of relu, against relu beside relu").isNotEqualTo(apart);

        String difference = of(net -> {
            int x = net.input(2);
            int first = net.relu(x);
            int second = net.mul(x, x);
            return net.outputs(net.add(first, second, 2));
        });
        String swapped = of(net -> {
            int x = net.input(2);
            int first = net.relu(x);
            int second = net.mul(x, x);
            return net.outputs(net.add(second, first, 2));
        });
        assertThat(difference).as("a + 2 b, against b + 2 a").isNotEqualTo(swapped);
    }

    @Test
    void whetherAnOperandIsAWeightMatters() {
        assertThat(of(net -> net.outputs(net.linear(net.input(2, 3), net.weight(4, 3), NO_BIAS))))
                .as("prepared with its weight packed, against a weight that comes with each request")
                .isNotEqualTo(of(net -> net.outputs(net.linear(net.input(2, 3), net.input(4, 3), NO_BIAS))));
    }
}
