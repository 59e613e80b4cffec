// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.Tensor;

final class JudgeTest {

    @Test
    void theLargestLogitWins() throws IOException {
        Judge judge = new ClassificationJudge(List.of("no", "yes"), json("[{'label': 1}, {'label': 0}]"));
        List<Tensor> outputs = List.of(Tensor.of(new float[] {-3, -1}, 1, 2));

        assertThat(judge.judge(0, outputs)).isEqualTo(new Judge.Verdict("yes", "yes", 1, 1));
        assertThat(judge.judge(1, outputs)).isEqualTo(new Judge.Verdict("yes", "no", 0, 1));
    }

    @Test
    void aDetectionCountsOnceAndOnlyForItsClassAndPlace() throws IOException {
        JsonNode truth =
                json("[{'boxes': [[0,0,10,10], [20,20,30,30], [50,50,60,60]], 'names': ['star', 'star', 'circle']}]");
        Judge judge = new DetectionJudge(List.of("circle", "star"), truth, 0.4, 0.5);
        List<Tensor> outputs = List.of(
                Tensor.of(new float[] {0, 0, 10, 9, 0, 0, 10, 10, 50, 50, 60, 60, 20, 20, 30, 30}, 1, 4, 4),
                Tensor.of(new float[] {0.9f, 0.8f, 0.7f, 0.1f}, 1, 4),
                Tensor.of(new long[] {1, 1, 1, 1}, 1, 4));

        assertThat(judge.judge(0, outputs))
                .as("one star twice, a circle taken for a star, a star not sure enough")
                .isEqualTo(new Judge.Verdict("star star star", "circle star star", 1, 3));
    }

    @Test
    void overlapIsIntersectionOverUnion() {
        DetectionJudge.Box box = new DetectionJudge.Box(0, 0, 10, 10);

        assertThat(box.overlap(new DetectionJudge.Box(0, 5, 10, 15))).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(box.overlap(new DetectionJudge.Box(10, 10, 20, 20))).isZero();
        assertThat(box.overlap(box)).isEqualTo(1);
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text.replace('\'', '"'));
    }
}
