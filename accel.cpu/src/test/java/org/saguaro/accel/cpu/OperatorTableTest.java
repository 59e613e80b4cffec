// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;

/** Operators give what PyTorch gives, whatever is known of their operands beforehand, and leave their inputs alone. */
class OperatorTableTest {

    private final ProcessingElement pe = Execution.newPe();
    private static final Set<String> RUN = new TreeSet<>();
    private static final Set<String> REFUSED = new TreeSet<>();

    @AfterAll
    static void sayHowMany() {
        System.out.printf(
                "%d of %d operators run, the others are refused by name: %s%n",
                RUN.size(), RUN.size() + REFUSED.size(), REFUSED);
    }

    @TestFactory
    Stream<DynamicTest> operatorsOnTypedTensors() throws IOException {
        return tests(OperatorTable.Form.TYPED);
    }

    @TestFactory
    Stream<DynamicTest> operatorsOnUnknownTensors() throws IOException {
        return tests(OperatorTable.Form.UNKNOWN);
    }

    @TestFactory
    Stream<DynamicTest> operatorsOnNumbersFromElsewhere() throws IOException {
        return tests(OperatorTable.Form.NUMBERS);
    }

    private Stream<DynamicTest> tests(OperatorTable.Form form) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode row : OperatorTable.rows()) {
            OperatorTable.Case test = OperatorTable.read(row, form);
            tests.add(DynamicTest.dynamicTest(test.toString(), () -> check(test)));
        }
        return tests.stream();
    }

    private void check(OperatorTable.Case test) throws AccelException {
        mustRun(test);
        RUN.add(test.op);
        try (Execution execution = new Execution(pe, test.graph)) {
            for (int run = 1; run <= 2; run++) {
                List<Tensor> found = execution.run(test.inputs.toArray(Tensor[]::new));
                for (int i = 0; i < test.expected.size(); i++) {
                    String difference = OperatorTable.difference(found.get(i), test.expected.get(i), test.tolerance);
                    if (difference != null) {
                        fail("%s, run %d, output %d: %s", test, run, i, difference);
                    }
                }
            }
        }
    }

    /** A backend that does not reach the operator says so by its name. */
    private void mustRun(OperatorTable.Case test) {
        Support answer = pe.supports(test.graph, test.graph.layers().get(0));
        if (!Backends.arePresets() && answer instanceof Support.Unsupported no) {
            assertThat(no.cause()).as("%s: %s", test.op, no.detail()).isEqualTo(Support.Cause.OPERATOR);
            assertThat(no.detail())
                    .contains(
                            "the C ABI of libtorch",
                            test.graph.layers().get(0).op().toString());
            REFUSED.add(test.op);
            Assumptions.abort(no.detail());
        }
        assertThat(answer).as("support of %s", test.op).isEqualTo(Support.yes());
    }

    /**
     * Whatever an operator returns is overwritten in place and its operands are read afterwards. If a result is a view on an
     * operand, which schemas do not always say, the segment must have copied that first.
     */
    @TestFactory
    Stream<DynamicTest> neverWritesInputsThroughResults() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode row : OperatorTable.rows()) {
            OperatorTable.Case test = OperatorTable.read(row, OperatorTable.Form.UNKNOWN);
            if (!test.expected.isEmpty() && !test.inputs.isEmpty()) {
                tests.add(DynamicTest.dynamicTest(test.toString(), () -> overwrite(test)));
            }
        }
        return tests.stream();
    }

    private void overwrite(OperatorTable.Case test) throws AccelException {
        mustRun(test);
        RUN.add(test.op);
        LayerGraph.Builder builder = test.graph.toBuilder();
        int written = builder.addValue("overwritten", new AnyTensor());
        builder.addLayer(new Layer(
                "overwritten",
                OpName.parse("aten.zero_"),
                List.of(new NamedArgument(
                        "self", NamedArgument.Access.WRITE, test.graph.outputs().get(0))),
                List.of(written),
                ""));
        builder.addOutput(new Argument.Ref(written));
        test.graph.inputs().forEach(input -> builder.addOutput(new Argument.Ref(input)));
        LayerGraph graph = builder.build();
        try (Execution execution = new Execution(pe, graph)) {
            // It fails if inputs change.
            List<Tensor> found = execution.run(test.inputs.toArray(Tensor[]::new));
            assertThat(found.get(test.graph.outputs().size()).elementCount())
                    .as("elements written")
                    .isEqualTo(test.expected.get(0).elementCount());
        } catch (AccelException e) {
            assertThat(e.getMessage())
                    .as("the only reason why a result cannot be written: elements that lie in one place")
                    .contains(Backends.tellReasons() ? "single memory location" : "aten.zero_");
        }
    }

    @Test
    void coversTheOperatorsThatModelsNeed() throws IOException {
        assertThat(OperatorTable.rows().stream()
                        .map(row -> row.get("op").asText())
                        .distinct())
                .as("operators in operators.jsonl, which src/test/python/operators.py writes")
                .hasSizeGreaterThan(400);
    }
}
