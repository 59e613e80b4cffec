// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.saguaro.model.api.Tensor;

/** One output with a logit per class; the largest wins. */
final class ClassificationJudge implements Judge {

    private final List<String> classes;
    private final JsonNode truths;

    ClassificationJudge(List<String> classes, JsonNode truths) {
        this.classes = classes;
        this.truths = truths;
    }

    @Override
    public Verdict judge(int sample, List<Tensor> outputs) {
        float[] logits = outputs.get(0).toFloats();
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        int label = truths.get(sample).path("label").asInt();
        return new Verdict(classes.get(best), classes.get(label), best == label ? 1 : 0, 1);
    }

    @Override
    public String metric() {
        return "accuracy";
    }
}
