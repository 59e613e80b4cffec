// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.Tensor;

/** Holds a model's answers against the truth. Stateless; may be used from any thread. */
@ProviderType
public interface Judge {

    /**
     * What a model said and what is true.
     *
     * @param prediction for people
     * @param truth for people
     * @param right how many of {@code of} were right
     * @param of how many answers were due
     */
    record Verdict(String prediction, String truth, int right, int of) {}

    /**
     * Judges one answer.
     *
     * @param sample which one
     * @param outputs of the model
     */
    Verdict judge(int sample, List<Tensor> outputs);

    /** What the share of right answers is called. */
    String metric();
}
