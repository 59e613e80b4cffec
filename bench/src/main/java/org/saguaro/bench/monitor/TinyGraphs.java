// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.monitor;

import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;

/** Graphs of layers that do not matter. */
final class TinyGraphs {

    private static final TensorSpec SPEC = TensorSpec.of(DType.FLOAT32, 1);

    private TinyGraphs() {}

    /** One layer after the other. */
    static LayerGraph chain(int layers) {
        LayerGraph.Builder builder = new LayerGraph.Builder("chain");
        int value = builder.addInput("x", SPEC);
        for (int i = 0; i < layers; i++) {
            value = layer(builder, "layer" + i, value);
        }
        return builder.addOutput(new Argument.Ref(value)).build();
    }

    /** A layer, and all others after it. */
    static LayerGraph fanOut(int layers) {
        LayerGraph.Builder builder = new LayerGraph.Builder("fan-out");
        int first = layer(builder, "first", builder.addInput("x", SPEC));
        for (int i = 1; i < layers; i++) {
            builder.addOutput(new Argument.Ref(layer(builder, "layer" + i, first)));
        }
        return builder.build();
    }

    private static int layer(LayerGraph.Builder builder, String name, int input) {
        int output = builder.addValue(name, SPEC);
        builder.addLayer(new Layer(
                name,
                OpName.parse("aten.relu.default"),
                List.of(NamedArgument.read("self", new Argument.Ref(input))),
                List.of(output),
                name));
        return output;
    }
}
