// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LayerGraphTest {

    private static final TensorSpec SPEC = TensorSpec.of(DType.FLOAT32, 2);

    /** x -> first -> a; a, w -> second -> b; a, b -> third -> c; the caller gets b and c. */
    private final LayerGraph.Builder builder = new LayerGraph.Builder("diamond");

    private final int x = builder.addInput("x", SPEC);
    private final int w = builder.addWeight("w", "net.w", Weight.Kind.PARAMETER, Tensor.of(new float[] {1, 2}, 2));
    private final int unused = builder.addWeight("u", "net.u", Weight.Kind.BUFFER, Tensor.of(new float[] {3, 4}, 2));
    private final int a = builder.addValue("a", SPEC);
    private final int b = builder.addValue("b", SPEC);
    private final int c = builder.addValue("c", SPEC);
    private final Layer first = layer("first", a, x);
    private final Layer second = layer("second", b, a, w);
    private final Layer third = layer("third", c, a, b);

    @Test
    void holdsWhatWasAdded() {
        LayerGraph graph = diamond();

        assertThat(graph.name()).isEqualTo("diamond");
        assertThat(graph.inputs()).containsExactly(x);
        assertThat(graph.layers()).containsExactly(first, second, third);
        assertThat(graph.outputs()).containsExactly(new Argument.Ref(b), new Argument.Ref(c));
        assertThat(graph.producers()).containsOnlyKeys(a, b, c).containsEntry(b, second);
        assertThat(graph.value(a)).isEqualTo(new Value(a, "a", SPEC));
        assertThat(graph.tensor(c)).isEqualTo(SPEC);
    }

    @Test
    void dropsWeightsThatNobodyReads() {
        LayerGraph graph = diamond();

        assertThat(graph.weights()).extracting(Weight::name).containsExactly("net.w");
        assertThat(graph.weight(unused)).isNull();
        assertThat(graph.weight(x)).isNull();
    }

    @Test
    void cannotBeChanged() {
        LayerGraph graph = diamond();
        LayerGraph segment = graph.segment("part", Set.of(second));
        builder.addInput("late", SPEC);

        assertThat(graph.inputs()).containsExactly(x);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> graph.weights().clear());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> segment.weights().clear());
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> segment.layers().clear());
    }

    @Test
    void aSegmentReadsWhatItDoesNotMakeAndGivesWhatOthersRead() {
        LayerGraph graph = diamond();

        LayerGraph head = graph.segment("head", Set.of(first));
        assertThat(head.inputs()).containsExactly(x);
        assertThat(head.outputs()).containsExactly(new Argument.Ref(a));
        assertThat(head.weights()).isEmpty();

        LayerGraph middle = graph.segment("middle", Set.of(second));
        assertThat(middle.inputs()).containsExactly(a);
        assertThat(middle.weights()).extracting(Weight::value).containsExactly(w);
        assertThat(middle.outputs()).containsExactly(new Argument.Ref(b));

        LayerGraph tail = graph.segment("tail", Set.of(third, second));
        assertThat(tail.layers()).as("in the graph's order").containsExactly(second, third);
        assertThat(tail.inputs()).containsExactly(a);
        assertThat(tail.outputs())
                .as("b goes to the caller as well")
                .containsExactly(new Argument.Ref(b), new Argument.Ref(c));
        assertThat(tail.value(a).name()).as("ids are the graph's").isEqualTo("a");
    }

    @Test
    void aSegmentKeepsInsideWhatOnlyItReads() {
        LayerGraph graph = builder.addLayer(first)
                .addLayer(second)
                .addLayer(third)
                .addOutput(new Argument.Ref(c))
                .build();

        assertThat(graph.segment("all", Set.copyOf(graph.layers())).outputs()).containsExactly(new Argument.Ref(c));
        assertThat(graph.segment("none", Set.of()).layers()).isEmpty();
    }

    @Test
    void aSegmentHoldsLayersOfItsGraphOnly() {
        LayerGraph graph = diamond();

        assertThatIllegalArgumentException().isThrownBy(() -> graph.segment("odd", Set.of(layer("stranger", c, x))));
    }

    @Test
    void aBuilderStartsFromAGraph() {
        LayerGraph graph = diamond();

        LayerGraph same = graph.toBuilder().build();
        assertThat(same.layers()).isEqualTo(graph.layers());
        assertThat(same.outputs()).isEqualTo(graph.outputs());

        LayerGraph shorter = graph.toBuilder()
                .layers(List.of(first))
                .outputs(List.of(new Argument.Ref(a)))
                .build();
        assertThat(shorter.layers()).containsExactly(first);
        assertThat(shorter.weights()).isEmpty();
    }

    @Test
    void returnsConstantsAndInputs() {
        LayerGraph graph = builder.addOutput(new Argument.Int(3))
                .addOutput(new Argument.Ref(x))
                .addOutput(new Argument.Ref(w))
                .build();

        assertThat(graph.outputs()).hasSize(3);
        assertThat(graph.weight(w)).isNotNull();
    }

    @Test
    void refusesToReadAValueBeforeItIsMade() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.addLayer(second).addLayer(first).build())
                .withMessage("layer second read the value a before it is made");
    }

    @Test
    void refusesToMakeAValueTwice() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        builder.addLayer(first).addLayer(layer("again", a, x)).build())
                .withMessage("layer again make the value a a second time");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new LayerGraph.Builder("g").addLayer(layer("l", 0, 1)).build());
    }

    @Test
    void refusesUnknownValues() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.addOutput(new Argument.Ref(99)).build())
                .withMessageContaining("99");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LayerGraph.Builder("g")
                        .addOutput(new Argument.Ref(a))
                        .build());
    }

    @Test
    void seesReferencesInsideLists() {
        Layer cat = new Layer(
                "cat",
                OpName.parse("aten.cat.default"),
                List.of(NamedArgument.read(
                        "tensors",
                        new Argument.ListOf(List.of(
                                new Argument.Ref(x), new Argument.None(), new Argument.Ref(c), new Argument.Ref(x))))),
                List.of(a, Value.NONE),
                "");

        assertThat(cat.inputs()).containsExactly(x, c, x);
        assertThat(cat.label()).isEqualTo("cat");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.addLayer(cat).build())
                .withMessageContaining("layer cat read the value c");
    }

    @Test
    void saysWhichValueIsNoTensor() {
        int size = builder.addInput("size", ScalarType.INT);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.build().tensor(size))
                .withMessageContaining("size");
    }

    private LayerGraph diamond() {
        return builder.addLayer(first)
                .addLayer(second)
                .addLayer(third)
                .addOutput(new Argument.Ref(b))
                .addOutput(new Argument.Ref(c))
                .build();
    }

    private static Layer layer(String name, int output, int... inputs) {
        NamedArgument[] arguments = new NamedArgument[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            arguments[i] = NamedArgument.read("a" + i, new Argument.Ref(inputs[i]));
        }
        return new Layer(name, OpName.parse("aten.op"), List.of(arguments), List.of(output), "net." + name);
    }
}
