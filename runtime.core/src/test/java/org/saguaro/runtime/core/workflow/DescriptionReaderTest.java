// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.json.Problem;

/** What a description may say, and where it is told that it is wrong. */
class DescriptionReaderTest {

    private static List<Problem> problems(String text) {
        WorkflowException refused =
                catchThrowableOfType(WorkflowException.class, () -> DescriptionReader.read(Descriptions.source(text)));
        assertThat(refused).as("refusal of %s", text).isNotNull();
        assertThat(refused).hasMessageStartingWith("test.json:");
        return refused.problems();
    }

    @Test
    void readsEveryKindOfStage() throws WorkflowException {
        Description read = DescriptionReader.read(Descriptions.source(Descriptions.EVERYTHING));
        assertThat(read.name()).isEqualTo("everything");
        assertThat(read.stages())
                .extracting(Description.Stage::id)
                .containsExactly("planes", "floats", "small", "even", "net", "other", "tracker", "best", "spectrum");
        assertThat(read.qos().over(RequestOptions.DEFAULT))
                .isEqualTo(new RequestOptions(Duration.ofSeconds(1))
                        .withTenant("camera")
                        .withPriority(-2)
                        .withHardDeadline(Duration.ofNanos(7_500_000))
                        .withSoftDeadline(Duration.ofMillis(5))
                        .withValue(3));
    }

    @Test
    void whatACallerAsksForCountsMoreThanTheWorkflow() throws WorkflowException {
        Qos qos = DescriptionReader.read(Descriptions.source(Descriptions.EVERYTHING))
                .qos();
        RequestOptions asked = new RequestOptions(Duration.ofSeconds(9))
                .withHardDeadline(Duration.ofMillis(2))
                .withPriority(4);
        assertThat(qos.over(asked))
                .isEqualTo(asked.withTenant("camera").withValue(3))
                .extracting(RequestOptions::softDeadline)
                .as("the workflow's soft deadline is after the caller's hard one")
                .isEqualTo(java.util.Optional.empty());
    }

    @Test
    void stagesMayBeWrittenInAnyOrder() throws WorkflowException {
        Description read = DescriptionReader.read(Descriptions.source("""
                {"workflow": "w", "inputs": [{"name": "x", "type": "float32[2]"}],
                 "stages": [{"id": "b", "builtin": "sigmoid", "inputs": ["a"]},
                            {"id": "a", "builtin": "softmax", "inputs": ["x"]}],
                 "outputs": ["b"]}
                """));
        assertThat(read.stages()).extracting(Description.Stage::id).containsExactly("a", "b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"workflow\": \"everything\" | \"workflow\": \"every thing\" | 3:15: workflow: found 'every thing', expected a name",
                "\"uint8[240, 320, 3]\" | \"uint9[240]\" | 6:31: inputs[0].type: found 'uint9[240]', expected a type such as",
                "\"builtin\": \"layout\" | \"builtin\": \"layuot\" | 10:33: stages[0].builtin: found 'layuot', expected one of scale",
                "\"to\": \"NCHW\" | \"ot\": \"NCHW\" | stages[0].parameters: found 'ot', expected from, to",
                "\"height\": 4, | `` | stages[2].parameters: found no 'height', expected one: of the output",
                "\"mode\": \"nearest\" | \"mode\": \"cubic\" | stages[2].parameters.mode: found 'cubic', expected one of bilinear, nearest",
                "\"height\": 4 | \"height\": 0 | found 0, expected an integer from 1 to 16777216",
                "\"height\": 4 | \"height\": 4.5 | found 4.5, expected an integer from 1 to",
                "\"model\": \"net\" | \"model\": \"net\", \"file\": \"net.pt2\" | 16:5: stages[4]: found model and file, expected one of them",
                "\"model\": \"net\", | `` | stages[4]: found none of model, file, builtin and service",
                "[\"even\"] | [\"evne\"] | 16:46: stages[4].inputs[0]: found 'evne', but there is no stage or input 'evne'; did you mean 'even'?",
                "[\"net.0\"] | [\"net.0\", \"tracker.rest\"] | found a circle, expected none: other <- tracker <- other",
                "[\"photo\"] | [\"photo.0\"] | found 'photo.0', expected 'photo': an input of the workflow has no outputs",
                ", \"spectrum\"] | ] | stages[8]: found the stage 'spectrum', which nothing reads",
                "\"id\": \"spectrum\" | \"id\": \"best\" | found the name 'best' a second time, expected another; the first is in line 20",
                "\"priority\": -2 | \"priority\": \"high\" | qos.priority: found 'high', expected an integer from -1000000 to 1000000",
                "\"softDeadlineMillis\": 5 | \"softDeadlineMillis\": 8 | qos.softDeadlineMillis: found 8.0, expected at most",
                "\"qos\" | \"qso\" | found 'qso', expected $schema, workflow, description, inputs, stages, outputs, qos; did you mean 'qos'?",
                "\"outputs\": [\"best.values\" | \"outputs\": [] , \"x\": [\"best.values\" | outputs: found 0 elements, expected 1 to 64",
                "\"workflow\": \"everything\", | \"workflow\": \"everything\" | 4:1: found no valid JSON",
                "\"description\": \"for tests\" | \"workflow\": \"again\" | found no valid JSON: Duplicate field 'workflow'",
            })
    void saysWhereAndWhat(String written, String wrong, String message) {
        assertThat(Descriptions.EVERYTHING).contains(written);
        String text = Descriptions.EVERYTHING.replace(written, wrong);
        assertThat(problems(text))
                .extracting(Object::toString)
                .anySatisfy(found -> assertThat(found).contains(message.trim().replace("4:1: ", "")));
    }

    @Test
    void tellsAllProblemsAtOnceInTheTextsOrder() {
        String text = Descriptions.EVERYTHING
                .replace("\"height\": 4", "\"height\": -1")
                .replace("uint8[", "u8[")
                .replace("\"count\": 2", "\"count\": true");
        assertThat(problems(text))
                .extracting(Problem::place)
                .containsExactly("inputs[0].type", "stages[2].parameters.height", "stages[7].parameters.count");
    }

    /** Any damage to a text is refused with a line of it, or leaves a description that can be read. */
    @Property(tries = 3000)
    void neverFailsInAnotherWay(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(Descriptions.EVERYTHING);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, text.substring(at, end));
                case 2 -> text.setCharAt(at, (char) (32 + random.nextInt(95)));
                default ->
                    text.insert(
                            at,
                            List.of("1e999", "null", "{}", "[", "\"", "-0", "\\u0000", "\n")
                                    .get(random.nextInt(8)));
            }
        }
        long lines = text.toString().lines().count() + 1;
        try {
            assertThat(DescriptionReader.read(Descriptions.source(text.toString()))
                            .stages())
                    .isNotEmpty();
        } catch (WorkflowException e) {
            assertThat(e.problems()).isNotEmpty().allSatisfy(problem -> {
                assertThat(problem.line()).as("line of %s", problem).isBetween(1, (int) lines);
                assertThat(problem.column()).as("column of %s", problem).isPositive();
                assertThat(problem.message()).isNotBlank();
            });
        }
    }
}
