// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.runtime.core.lowering.Sketches.float32;
import static org.saguaro.runtime.core.lowering.Sketches.inPlace;
import static org.saguaro.runtime.core.lowering.Sketches.layer;
import static org.saguaro.runtime.core.lowering.Sketches.ops;
import static org.saguaro.runtime.core.lowering.Sketches.outputs;
import static org.saguaro.runtime.core.lowering.Sketches.view;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.TensorSpec;

class FunctionalizationTest {

    private static final TensorSpec SPEC = float32(2, 3);

    private final GraphSketch net = new GraphSketch("in-place");
    private final int x = net.input(2, 3);

    private static LayerGraph run(LayerGraph graph) {
        return Functionalization.run(LoweredGraph.unchanged(graph), (g, layer) -> true)
                .graph();
    }

    private int addInPlace(int self, int other) {
        return inPlace(
                net,
                "aten.add_.Tensor",
                SPEC,
                self,
                GraphSketch.read("other", other),
                NamedArgument.read("alpha", new Argument.Int(1)));
    }

    @Test
    void makesAnActivationFunctional() {
        int made = net.mul(x, x);
        int written = inPlace(net, "aten.relu_.default", SPEC, made);

        LayerGraph graph = run(net.outputs(written));

        assertThat(layer(graph, 1).op()).hasToString("aten.relu.default");
        assertThat(layer(graph, 1).name()).as("name, as in the model").isEqualTo("relu__1");
        assertThat(layer(graph, 1).arguments()).containsExactly(GraphSketch.read("self", made));
        assertThat(outputs(graph)).containsExactly(written);
    }

    @Test
    void keepsOverloadAndArguments() {
        int made = net.relu(x);
        LayerGraph graph = run(net.outputs(addInPlace(made, x)));

        assertThat(layer(graph, 1).op()).hasToString("aten.add.Tensor");
        assertThat(layer(graph, 1).arguments())
                .containsExactly(
                        GraphSketch.read("self", made),
                        GraphSketch.read("other", x),
                        NamedArgument.read("alpha", new Argument.Int(1)));
    }

    @Test
    void whoReadsTheWrittenValueLaterReadsTheResult() {
        int made = net.mul(x, x);
        int before = net.mul(made, x);
        int written = inPlace(net, "aten.relu_.default", SPEC, made);
        int sum = net.add(made, before, 1);

        LayerGraph graph = run(net.outputs(sum, made));

        assertThat(layer(graph, 1).inputs()).as("read before it was written").containsExactly(made, x);
        assertThat(layer(graph, 3).inputs()).as("read after it was written").containsExactly(written, before);
        assertThat(outputs(graph)).containsExactly(sum, written);
    }

    @Test
    void followsAValueThatIsWrittenTwice() {
        int made = net.mul(x, x);
        int once = inPlace(net, "aten.relu_.default", SPEC, made);
        int twice = addInPlace(once, x);

        LayerGraph graph = run(net.outputs(twice));

        assertThat(ops(graph)).containsExactly("mul", "relu", "add");
        assertThat(layer(graph, 2).inputs()).containsExactly(once, x);
        assertThat(outputs(graph)).containsExactly(twice);
    }

    @Test
    void staysInPlaceWhereAnEarlierViewIsReadLater() {
        int made = net.mul(x, x);
        int alias = view(net, "aten.view.default", SPEC, made);
        int written = inPlace(net, "aten.relu_.default", SPEC, made);

        assertThat(ops(run(net.outputs(net.add(written, alias, 1))))).containsExactly("mul", "view", "relu_", "add");
    }

    @Test
    void staysInPlaceWhereTheBaseOfAViewIsReadLater() {
        int made = net.mul(x, x);
        int alias = view(net, "aten.view.default", SPEC, made);
        inPlace(net, "aten.relu_.default", SPEC, alias);

        assertThat(ops(run(net.outputs(made)))).containsExactly("mul", "view", "relu_");
    }

    @Test
    void aViewThatIsReadBeforeOnlyDoesNotMatter() {
        int made = net.mul(x, x);
        int alias = view(net, "aten.view.default", SPEC, made);
        int before = net.add(alias, alias, 1);
        int written = inPlace(net, "aten.relu_.default", SPEC, made);

        assertThat(ops(run(net.outputs(before, written)))).containsExactly("mul", "view", "add", "relu");
    }

    @Test
    void aViewMadeLaterIsAViewOnTheResult() {
        int made = net.mul(x, x);
        int written = inPlace(net, "aten.relu_.default", SPEC, made);
        int alias = view(net, "aten.view.default", SPEC, made);

        LayerGraph graph = run(net.outputs(alias));

        assertThat(ops(graph)).containsExactly("mul", "relu", "view");
        assertThat(layer(graph, 2).inputs()).containsExactly(written);
    }

    @Test
    void aWeightThatIsWrittenStaysWritten() {
        int written = inPlace(net, "aten.relu_.default", SPEC, net.weight(2, 3));

        assertThat(ops(run(net.outputs(written)))).containsExactly("relu_");
    }

    @Test
    void aViewOnAWeightThatIsWrittenStaysWritten() {
        int alias = view(net, "aten.view.default", SPEC, net.weight(2, 3));
        int written = inPlace(net, "aten.relu_.default", SPEC, alias);

        assertThat(ops(run(net.outputs(written)))).containsExactly("view", "relu_");
    }

    @Test
    void mixedElementTypesStayInPlace() {
        int wide = net.input(TensorSpec.of(DType.FLOAT64, 2, 3));

        assertThat(ops(run(net.outputs(addInPlace(net.relu(x), wide)))))
                .as("the functional form would give float64")
                .containsExactly("relu", "add_");
    }

    @Test
    void integersStayInPlace() {
        TensorSpec spec = TensorSpec.of(DType.INT64, 2, 3);
        int made = net.relu(net.input(spec));

        assertThat(ops(run(net.outputs(inPlace(
                        net, "aten.mul_.Scalar", spec, made, NamedArgument.read("other", new Argument.Real(0.5)))))))
                .as("the functional form would give a floating-point result")
                .containsExactly("relu", "mul_");
    }

    @Test
    void unknownOperatorsStayInPlace() {
        int made = net.relu(x);
        int filled = inPlace(net, "aten.copy_.default", SPEC, made, GraphSketch.read("src", x));
        int other = inPlace(net, "mylib.relu_.default", SPEC, filled);

        assertThat(ops(run(net.outputs(other)))).containsExactly("relu", "copy_", "relu_");
    }

    @Test
    void whatWritesMoreThanItsFirstArgumentStaysInPlace() {
        int made = net.relu(x);
        int other = net.relu(x);
        int written = inPlace(
                net, "aten.add_.Tensor", SPEC, made, new NamedArgument("other", Access.WRITE, new Argument.Ref(other)));

        assertThat(ops(run(net.outputs(written)))).containsExactly("relu", "relu", "add_");
    }

    @Test
    void introducesNothingThatNoPeCanRun() {
        int made = net.mul(x, x);
        LayerGraph original = net.outputs(inPlace(net, "aten.relu_.default", SPEC, made));
        Set<String> asked = new HashSet<>();

        LoweredGraph lowered = Functionalization.run(LoweredGraph.unchanged(original), (graph, layer) -> {
            assertThat(graph).isSameAs(original);
            asked.add(layer.op().toString());
            return false;
        });

        assertThat(asked).containsExactly("aten.relu.default");
        assertThat(lowered.graph()).as("the graph, unchanged").isSameAs(original);
    }
}
