// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.runtime.core.lowering.Sketches.bool;
import static org.saguaro.runtime.core.lowering.Sketches.float32;
import static org.saguaro.runtime.core.lowering.Sketches.ops;
import static org.saguaro.runtime.core.lowering.Sketches.outputs;
import static org.saguaro.runtime.core.lowering.Sketches.view;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.LayerGraph;

class NoOpRemovalTest {

    private final GraphSketch net = new GraphSketch("no-ops");
    private final int x = net.input(2, 3);

    private int dropout(int input, boolean train) {
        return view(net, "aten.dropout.default", float32(2, 3), input, bool("train", train));
    }

    private static LoweredGraph run(LayerGraph graph) {
        return NoOpRemoval.run(LoweredGraph.unchanged(graph));
    }

    @Test
    void removesDropoutInEvaluationMode() {
        int kept = net.relu(x);
        int after = net.relu(dropout(kept, false));

        LoweredGraph lowered = run(net.outputs(after));

        assertThat(ops(lowered.graph())).containsExactly("relu", "relu");
        assertThat(lowered.graph().layers().get(1).inputs()).containsExactly(kept);
        assertThat(lowered.removed()).containsOnlyKeys("dropout_1");
        assertThat(lowered.removed().get("dropout_1"))
                .isEqualTo(new LoweredGraph.Removal("removed: no effect in evaluation mode", ""));
        assertThat(lowered.survivorOf("dropout_1"))
                .as("survivor of the dropout")
                .isEmpty();
        assertThat(lowered.survivorOf("relu_0")).isEqualTo("relu_0");
    }

    @Test
    void keepsDropoutInTraining() {
        LayerGraph graph = net.outputs(dropout(net.relu(x), true));

        LoweredGraph lowered = run(graph);

        assertThat(lowered.graph()).as("the graph, unchanged").isSameAs(graph);
        assertThat(lowered.removed()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"aten.detach.default", "aten.detach_.default", "aten.alias.default", "aten.lift_fresh.default"})
    void removesWhatOnlyRenames(String op) {
        int kept = net.relu(x);
        LoweredGraph lowered = run(net.outputs(net.relu(view(net, op, float32(2, 3), kept))));

        assertThat(ops(lowered.graph())).containsExactly("relu", "relu");
        assertThat(lowered.graph().layers().get(1).inputs()).containsExactly(kept);
    }

    @Test
    void seesThroughChains() {
        int kept = net.relu(x);
        int end = dropout(view(net, "aten.detach.default", float32(2, 3), dropout(kept, false)), false);
        int sum = net.add(end, kept, 1);

        LoweredGraph lowered = run(net.outputs(sum, end));

        assertThat(ops(lowered.graph())).containsExactly("relu", "add");
        assertThat(lowered.graph().layers().get(1).inputs()).containsExactly(kept, kept);
        assertThat(outputs(lowered.graph())).containsExactly(sum, kept);
        assertThat(lowered.removed()).hasSize(3);
    }

    @Test
    void givesTheCallerWhatTheRemovedValueStoodFor() {
        int kept = net.relu(x);
        LoweredGraph lowered = run(net.outputs(dropout(kept, false), dropout(x, false)));

        assertThat(outputs(lowered.graph())).containsExactly(kept, x);
    }

    @Test
    void removesChecks() {
        int kept = net.relu(x);
        LayerGraph graph = Sketches.withCheck(net.outputs(kept), "aten._assert_tensor_metadata.default", kept);

        LoweredGraph lowered = run(graph);

        assertThat(ops(lowered.graph())).containsExactly("relu");
        assertThat(lowered.removed().get("check"))
                .isEqualTo(new LoweredGraph.Removal("removed: a check of the exporter", ""));
    }

    @Test
    void leavesOperatorsOfOthersAlone() {
        int same = view(net, "mylib.detach.default", float32(2, 3), net.relu(x));

        assertThat(ops(run(net.outputs(same)).graph())).containsExactly("relu", "detach");
    }
}
