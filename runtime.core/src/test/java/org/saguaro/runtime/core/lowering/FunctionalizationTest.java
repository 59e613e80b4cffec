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
import org.saguaro.model.api.State;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;

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
    void anEarlierViewIsMadeAgain() {
        int made = net.mul(x, x);
        int alias = view(net, "aten.alias.default", SPEC, made);
        int written = inPlace(net, "aten.relu_.default", SPEC, made);

        LayerGraph graph = run(net.outputs(net.add(written, alias, 1)));

        assertThat(ops(graph)).containsExactly("mul", "relu", "alias", "add");
        assertThat(layer(graph, 2).inputs()).containsExactly(written);
        assertThat(layer(graph, 3).inputs())
                .containsExactly(written, layer(graph, 2).outputs().get(0));
    }

    @Test
    void aWriteThroughAViewReachesItsBase() {
        int made = net.mul(x, x);
        int row = view(
                net,
                "aten.select.int",
                float32(3),
                made,
                NamedArgument.read("dim", new Argument.Int(0)),
                NamedArgument.read("index", new Argument.Int(1)));
        int written = inPlace(net, "aten.relu_.default", float32(3), row);

        LayerGraph graph = run(net.outputs(made));

        assertThat(ops(graph)).containsExactly("mul", "select", "relu", "select_scatter");
        assertThat(layer(graph, 3).arguments())
                .containsExactly(
                        GraphSketch.read("self", made),
                        GraphSketch.read("src", written),
                        NamedArgument.read("dim", new Argument.Int(0)),
                        NamedArgument.read("index", new Argument.Int(1)));
        assertThat(outputs(graph)).isEqualTo(layer(graph, 3).outputs());
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
    void aWeightThatIsWrittenBecomesAState() {
        int weight = net.weight(2, 3);
        LayerGraph original = net.outputs(inPlace(net, "aten.relu_.default", SPEC, weight));
        String name = original.weights().iterator().next().name();

        LayerGraph graph = run(original);

        assertThat(ops(graph)).containsExactly("relu");
        assertThat(graph.states()).hasSize(1);
        State state = graph.states().get(0);
        assertThat(state.name()).isEqualTo(name);
        assertThat(layer(graph, 0).inputs()).containsExactly(state.value());
        assertThat(state.next())
                .isEqualTo(new Argument.Ref(layer(graph, 0).outputs().get(0)));
        assertThat(graph.weights()).extracting(Weight::name).containsExactly(name);
        assertThat(state.initial())
                .isEqualTo(new Argument.Ref(graph.weights().iterator().next().value()));
    }

    @Test
    void aResultOfAnotherElementTypeIsCopied() {
        int wide = net.input(TensorSpec.of(DType.FLOAT64, 2, 3));
        int made = net.relu(x);
        int written = addInPlace(made, wide);

        LayerGraph graph = run(net.outputs(written));

        assertThat(ops(graph)).containsExactly("relu", "add", "copy");
        assertThat(graph.value(layer(graph, 1).outputs().get(0)).type()).isEqualTo(TensorSpec.of(DType.FLOAT64, 2, 3));
        assertThat(layer(graph, 2).outputs()).containsExactly(written);
        assertThat(layer(graph, 2).arguments().get(0)).isEqualTo(GraphSketch.read("self", made));
    }

    @Test
    void comparisonsGiveBooleans() {
        int made = net.relu(x);
        int written = inPlace(net, "aten.gt_.Scalar", SPEC, made, NamedArgument.read("other", new Argument.Real(0.5)));

        LayerGraph graph = run(net.outputs(written));

        assertThat(ops(graph)).containsExactly("relu", "gt", "copy");
        assertThat(graph.value(layer(graph, 1).outputs().get(0)).type()).isEqualTo(TensorSpec.of(DType.BOOL, 2, 3));
    }

    @Test
    void someFunctionalFormsHaveOtherNames() {
        int made = net.relu(x);
        int power = inPlace(net, "aten.pow_.Scalar", SPEC, made, NamedArgument.read("exponent", new Argument.Int(2)));
        int noise = inPlace(net, "aten.normal_.default", SPEC, power);

        LayerGraph graph = run(net.outputs(noise));

        assertThat(graph.layers())
                .extracting(layer -> layer.op().toString())
                .containsExactly("aten.relu.default", "aten.pow.Tensor_Scalar", "aten.normal_functional.default");
    }

    @Test
    void operatorsWithoutFunctionalFormWorkOnACopy() {
        int made = net.relu(x);
        int other = inPlace(net, "mylib.mix_.default", SPEC, made);

        LayerGraph graph = run(net.outputs(other, made));

        assertThat(ops(graph)).containsExactly("relu", "clone", "mix_", "clone");
        int copy = layer(graph, 1).outputs().get(0);
        assertThat(layer(graph, 2).inputs()).containsExactly(copy);
        assertThat(layer(graph, 3).inputs()).containsExactly(copy);
        int result = layer(graph, 3).outputs().get(0);
        assertThat(outputs(graph)).containsExactly(result, result);
    }

    @Test
    void whatWritesMoreThanItsFirstArgumentWorksOnCopies() {
        int made = net.relu(x);
        int other = net.relu(x);
        int written = inPlace(
                net, "aten.add_.Tensor", SPEC, made, new NamedArgument("other", Access.WRITE, new Argument.Ref(other)));

        assertThat(ops(run(net.outputs(written, other))))
                .containsExactly("relu", "relu", "clone", "clone", "add_", "clone", "clone");
    }

    @Test
    void introducesNothingThatNoPeCanRun() {
        int made = net.mul(x, x);
        LayerGraph original = net.outputs(inPlace(net, "aten.relu_.default", SPEC, made));
        Set<String> asked = new HashSet<>();

        LoweredGraph lowered = Functionalization.run(LoweredGraph.unchanged(original), (graph, layer) -> {
            assertThat(graph.layers()).containsExactly(layer);
            assertThat(graph.value(layer.inputs().get(0)).type()).isEqualTo(SPEC);
            asked.add(layer.op().toString());
            return false;
        });

        assertThat(asked).containsExactlyInAnyOrder("aten.relu.default", "aten.clone.default");
        assertThat(lowered.graph()).as("the graph, unchanged").isSameAs(original);
    }

    @Test
    void aViewThatCannotBeUndoneKeepsItsMemoryInPlace() {
        int made = net.mul(x, x);
        int unknown = view(net, "aten.unfold.default", float32(2, 2, 2), made);
        int written = inPlace(net, "aten.relu_.default", float32(2, 2, 2), unknown);
        int also = inPlace(net, "aten.neg_.default", SPEC, made);
        LayerGraph original = net.outputs(written, also);

        LoweredGraph lowered = Functionalization.run(LoweredGraph.unchanged(original), (g, layer) -> true);

        assertThat(ops(lowered.graph())).containsExactly("mul", "unfold", "relu_", "neg_");
        assertThat(InPlaceRest.refusals(lowered.graph())).isEmpty();
    }

    @Test
    void anInputSeenInAWayThatCannotBeUndoneIsRefused() {
        int unknown = view(net, "aten.unfold.default", float32(2, 2, 2), x);
        LayerGraph original = net.outputs(inPlace(net, "aten.relu_.default", float32(2, 2, 2), unknown));

        assertThat(Lowering.lower(original, (g, layer) -> true).refusals())
                .singleElement()
                .asString()
                .contains("aten.relu_.default (block.relu__1) writes an input")
                .contains("work on a copy (x = x.clone())");
    }

    @Test
    void resultsIntoGivenTensorsAreRefused() {
        int made = net.relu(x);
        LayerGraph original = net.outputs(net.layer(
                "aten.add.out",
                SPEC,
                GraphSketch.read("self", x),
                GraphSketch.read("other", x),
                new NamedArgument("out", Access.WRITE, new Argument.Ref(made))));

        assertThat(Lowering.lower(original, (g, layer) -> true).refusals())
                .singleElement()
                .asString()
                .contains("aten.add.out (block.add_1)")
                .contains("use the form without out=");
    }

    @Test
    void aFreshTensorOfAConstantIsNoState() {
        int constant = net.weight(2, 3);
        int fresh = view(net, "aten.lift_fresh.default", SPEC, constant);
        LayerGraph graph = run(net.outputs(inPlace(net, "aten.relu_.default", SPEC, fresh)));

        assertThat(ops(graph)).containsExactly("lift_fresh", "relu");
        assertThat(graph.states()).isEmpty();
    }
}
