// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.WorkflowEdit;
import org.saguaro.runtime.core.WorkflowException;

/** What graph a description becomes. */
class WorkflowCompilerTest {

    private final Map<String, LayerGraph> models = new HashMap<>();

    private LayerGraph compile(String text) throws WorkflowException {
        return WorkflowCompiler.compile(
                        DescriptionReader.read(Descriptions.source(text)),
                        new ModelSource() {
                            @Override
                            public LayerGraph deployed(String deployment) throws MissingException {
                                LayerGraph model = models.get(deployment);
                                if (model == null) {
                                    throw new MissingException("found no deployment '" + deployment + "'");
                                }
                                return model;
                            }

                            @Override
                            public LayerGraph file(String file) throws MissingException {
                                return deployed(file);
                            }
                        },
                        "test.json")
                .graph();
    }

    private static String outputs(LayerGraph graph) {
        List<String> types = new ArrayList<>();
        graph.outputs()
                .forEach(output -> Layer.forEachRef(
                        output, id -> types.add(graph.value(id).type().toString())));
        return String.join(" ", types);
    }

    private static TensorSpec spec(Dim... dims) {
        return new TensorSpec(DType.FLOAT32, new Shape(List.of(dims)));
    }

    private static Dim size(String expression) {
        return new Dim.Symbolic(expression, 2, 64);
    }

    /** One layer from x of one type to y of another. */
    private static LayerGraph model(TensorSpec from, TensorSpec to, Access access) {
        LayerGraph.Builder builder = new LayerGraph.Builder("m");
        int x = builder.addInput("x", from);
        int y = builder.addValue("y", to);
        builder.addLayer(new Layer(
                "y",
                OpName.parse(access == Access.WRITE ? "aten.relu_.default" : "aten.relu.default"),
                List.of(new NamedArgument("self", access, new Argument.Ref(x))),
                List.of(y),
                "features.0"));
        return builder.addOutput(new Argument.Ref(y)).build();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "uint8[240, 320, 3] | \"builtin\": \"layout\", \"parameters\": {\"from\": \"HWC\", \"to\": \"NCHW\"} | uint8[1, 3, 240, 320]",
                "uint8[1, 5, n] | \"builtin\": \"layout\", \"parameters\": {\"from\": \"NCT\", \"to\": \"TC\"} | uint8[n, 5]",
                "int16[n] | \"builtin\": \"scale\", \"parameters\": {\"factor\": 0.5, \"offset\": 1} | float32[n]",
                "int16[n] | \"builtin\": \"cast\", \"parameters\": {\"type\": \"float64\"} | float64[n]",
                "float32[n, 3, h, w] | \"builtin\": \"resize\", \"parameters\": {\"height\": 8, \"width\": 9} | float32[n, 3, 8, 9]",
                "float32[3, 10, 12] | \"builtin\": \"crop\", \"parameters\": {\"height\": 4, \"width\": 6} | float32[3, 4, 6]",
                "float32[n] | \"builtin\": \"pad\", \"parameters\": {\"right\": 5} | float32[n + 5]",
                "float32[2, 3] | \"builtin\": \"pad\", \"parameters\": {\"left\": 1, \"top\": 2} | float32[4, 4]",
                "float32[2, 12] | \"builtin\": \"reshape\", \"parameters\": {\"sizes\": [4, -1, 3]} | float32[4, 2, 3]",
                "float32[1, n] | \"builtin\": \"squeeze\", \"parameters\": {\"axis\": -2} | float32[n]",
                "float32[n] | \"builtin\": \"unsqueeze\", \"parameters\": {\"axis\": -1} | float32[n, 1]",
                "float32[4, n] | \"builtin\": \"select\", \"parameters\": {\"axis\": 0, \"index\": -1} | float32[n]",
                "float32[9] | \"builtin\": \"slice\", \"parameters\": {\"axis\": 0, \"start\": 2, \"end\": 7} | float32[5]",
                "float32[n, 10] | \"builtin\": \"argmax\" | int64[n]",
                "float32[n, 10] | \"builtin\": \"softmax\" | float32[n, 10]",
                "float32[n, 10] | \"builtin\": \"sigmoid\" | float32[n, 10]",
                "float32[8000] | \"builtin\": \"stft\", \"parameters\": {\"points\": 256, \"hop\": 80} | float32[129, 101, 2]",
                "float32[2, n] | \"builtin\": \"spectrogram\", \"parameters\": {\"points\": 256, \"hop\": 80} | float32[2, 129, (n // 80) + 1]",
                "float32[8000] | \"builtin\": \"spectrogram\", \"parameters\": {\"points\": 256, \"hop\": 80, \"centre\": false} | float32[129, 97]",
                "float32[8000] | \"builtin\": \"log-mel\", \"parameters\": {\"points\": 256, \"hop\": 80, \"sampleRate\": 8000, \"mels\": 40} | float32[40, 101]",
            })
    void builtinsMakeTheseShapes(String input, String stage, String output) throws WorkflowException {
        assertThat(outputs(compile(Descriptions.chain("w", input, stage)))).isEqualTo(output);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "uint8[1, 3, 4, 4] | \"builtin\": \"resize\", \"parameters\": {\"height\": 8, \"width\": 9} | 4:27: stages[0].inputs[0]: found x, a uint8[1, 3, 4, 4], expected floating-point",
                "float32[3, 4] | \"builtin\": \"resize\", \"parameters\": {\"height\": 8, \"width\": 9} | expected the shape [N, C, h, w]",
                "float32[1, 4, 9] | \"builtin\": \"normalise\", \"parameters\": {\"mean\": [1, 2], \"std\": [1, 2]} | expected 2 channels",
                "float32[1, 2, 9] | \"builtin\": \"normalise\", \"parameters\": {\"mean\": [1, 2], \"std\": [1]} | stages[0].parameters.std: found 1 numbers, expected 2",
                "float32[4] | \"builtin\": \"softmax\", \"parameters\": {\"axis\": 1} | stages[0].parameters.axis: found 1, expected an axis of 1 dimensions: from -1 to 0",
                "float32[4] | \"builtin\": \"top-k\", \"parameters\": {\"count\": 5} | found 5, expected at most the 4 elements of x",
                "float32[5] | \"builtin\": \"reshape\", \"parameters\": {\"sizes\": [2, -1]} | expected them to hold the 5 elements of x",
                "float32[5] | \"builtin\": \"layout\", \"parameters\": {\"from\": \"T\", \"to\": \"N\"} | expected size 1 for T, which goes",
                "float32[5] | \"builtin\": \"stft\", \"parameters\": {\"points\": 64, \"hop\": 8} | expected at least 33 samples for 64 points",
                "float32[5] | \"model\": \"none\" | stages[0].model: found no deployment 'none'",
            })
    void whatDoesNotFitIsRefused(String input, String stage, String message) {
        assertThatThrownBy(() -> compile(Descriptions.chain("w", input, stage)))
                .isInstanceOf(WorkflowException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anEdgeSaysWhatTheModelsSizesAre() throws WorkflowException {
        models.put(
                "double", model(spec(size("s0"), new Dim.Fixed(3)), spec(size("2*s0 + 1"), size("s9")), Access.READ));
        assertThat(outputs(compile(Descriptions.chain("w", "float32[5, 3]", "\"model\": \"double\""))))
                .as("a fixed size, and one that the edge does not say")
                .isEqualTo("float32[11, s0_s9]");
        assertThat(outputs(compile(Descriptions.chain("w", "float32[n, 3]", "\"model\": \"double\""))))
                .as("a symbolic size")
                .isEqualTo("float32[2*n + 1, s0_s9]");
        assertThatThrownBy(() -> compile(Descriptions.chain("w", "float32[1, 3]", "\"model\": \"double\"")))
                .hasMessageContaining(
                        "found x, float32[1, 3], expected float32[s0, 3], which stage s0 takes as x: s0 is 2 to 64");
        assertThatThrownBy(() -> compile(Descriptions.chain("w", "float32[4, 4]", "\"model\": \"double\"")))
                .hasMessageContaining("another size in dimension 1");
        assertThatThrownBy(() -> compile(Descriptions.chain("w", "float64[4, 3]", "\"model\": \"double\"")))
                .hasMessageContaining("another element type");
    }

    @Test
    void aModelThatWritesItsInputGetsACopy() throws WorkflowException {
        TensorSpec spec = TensorSpec.of(DType.FLOAT32, 4);
        models.put("writes", model(spec, spec, Access.WRITE));
        models.put("reads", model(spec, spec, Access.READ));
        assertThat(compile(Descriptions.chain("w", "float32[4]", "\"model\": \"writes\""))
                        .layers())
                .extracting(layer -> layer.op().name())
                .containsExactly("clone", "relu_");
        assertThat(compile(Descriptions.chain("w", "float32[4]", "\"model\": \"reads\""))
                        .layers())
                .extracting(layer -> layer.op().name())
                .containsExactly("relu");
    }

    @Test
    void carriesStatesNestedGraphsAndMethods() throws WorkflowException {
        TensorSpec spec = TensorSpec.of(DType.FLOAT32, 4);
        LayerGraph branch = model(spec, spec, Access.READ);
        LayerGraph.Builder builder = new LayerGraph.Builder("stateful");
        int x = builder.addInput("x", spec);
        int start = builder.addWeight("h0", "memory", Weight.Kind.BUFFER, Tensor.of(new float[4], 4));
        int h = builder.addValue("h", spec);
        int y = builder.addValue("y", spec);
        builder.addLayer(ControlOps.branch(
                "choice", new Argument.Bool(true), branch, branch, List.of(new Argument.Ref(x)), List.of(y), "block"));
        builder.addState(new State("memory", h, new Argument.Ref(start), new Argument.Ref(y)));
        LayerGraph.Builder reset = new LayerGraph.Builder("reset");
        int zero = reset.addWeight("zero", "zero", Weight.Kind.CONSTANT, Tensor.of(new float[4], 4));
        int kept = reset.addValue("h", spec);
        reset.addState(new State("memory", kept, new Argument.Ref(zero), new Argument.Ref(zero)));
        builder.addMethod("reset", reset.build());
        models.put("stateful", builder.addOutput(new Argument.Ref(h)).build());

        LayerGraph graph =
                compile(Descriptions.chain("w", "float32[4]", "\"model\": \"stateful\"", "\"model\": \"stateful\""));
        assertThat(graph.states()).extracting(State::name).containsExactly("s0.memory", "s1.memory");
        assertThat(graph.methods()).containsOnlyKeys("s0.reset", "s1.reset", "reset_memory");
        assertThat(Objects.requireNonNull(graph.methods().get("reset_memory")).states())
                .extracting(State::name)
                .containsExactly("s0.memory", "s1.memory");
        Layer choice = graph.layers().get(1);
        assertThat(choice.name() + " " + choice.modulePath()).isEqualTo("s1/choice s1/block");
        assertThat(ControlOps.graphs(choice))
                .allSatisfy(nested ->
                        assertThat(nested.layers().get(0).modulePath()).isEqualTo("s1/features.0"));
    }

    @Test
    void namesTheOutputsThatThereAre() {
        assertThatThrownBy(() -> compile("""
                        {"workflow": "w", "inputs": [{"name": "x", "type": "float32[4]"}],
                         "stages": [{"id": "best", "builtin": "top-k", "inputs": ["x"], "parameters": {"count": 1}}],
                         "outputs": ["best", "best.valeus", "best.2"]}
                        """))
                .isInstanceOfSatisfying(
                        WorkflowException.class,
                        refused -> assertThat(refused.problems())
                                .extracting(Object::toString)
                                .containsExactly(
                                        "3:14: outputs[0]: found 'best', expected one of its 2 outputs: best.0 (values float32[1]), best.1"
                                                + " (indices int64[1])",
                                        "3:22: outputs[1]: found 'best.valeus', expected an output of best: best.0 (values float32[1]), best.1"
                                                + " (indices int64[1]); did you mean 'values'?",
                                        "3:37: outputs[2]: found 'best.2', expected an output of best: best.0 (values float32[1]), best.1"
                                                + " (indices int64[1])"));
    }

    /** After any edit there is a right graph, or a reason and the description of before. */
    @Property(tries = 300)
    void editsKeepTheGraphRight(@ForAll long seed) throws WorkflowException {
        Random random = new Random(seed);
        TensorSpec spec = TensorSpec.of(DType.FLOAT32, 4);
        models.put("a", model(spec, spec, Access.READ));
        models.put("b", model(spec, spec, Access.WRITE));
        String text = Descriptions.chain(
                "w", "float32[4]", "\"model\": \"a\"", "\"builtin\": \"softmax\"", "\"model\": \"b\"");
        int version = 1;
        for (int i = 0; i < 12; i++) {
            String stage = "s" + random.nextInt(6);
            String other = random.nextInt(5) == 0 ? "x" : "s" + random.nextInt(6);
            WorkflowEdit edit = switch (random.nextInt(5)) {
                case 0 -> new WorkflowEdit.ReplaceModel(stage, random.nextBoolean() ? "a" : "b");
                case 1 -> new WorkflowEdit.Remove(stage);
                case 2 -> new WorkflowEdit.Route(stage, random.nextInt(2), other);
                case 3 -> new WorkflowEdit.Route("outputs", random.nextInt(2), other);
                default ->
                    new WorkflowEdit.Insert(
                            "{\"id\": \"s" + (3 + i) + "\", \"builtin\": \"sigmoid\", \"inputs\": [\"" + other + "\"]}",
                            random.nextBoolean() ? "" : stage);
            };
            try {
                String next = DescriptionEdits.apply("w", text, List.of(edit));
                LayerGraph graph = compile(next);
                assertThat(graph.layers()).isNotEmpty();
                assertThat(graph.values()).extracting(Value::name).doesNotHaveDuplicates();
                assertThat(graph.layers()).extracting(Layer::name).doesNotHaveDuplicates();
                text = next;
                version++;
            } catch (WorkflowException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThat(compile(text).layers()).as("after %d versions", version).isNotEmpty();
    }
}
