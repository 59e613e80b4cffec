// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;

/**
 * A workflow as it is now.
 *
 * @param name of the workflow and of its deployment
 * @param version 1 when it was deployed; each adjustment adds one
 * @param source the description of this version
 * @param stages in the order in which they are computed
 * @param retiring earlier versions on which requests are still in flight
 */
public record WorkflowStatus(String name, int version, WorkflowSource source, List<Stage> stages, int retiring) {

    public WorkflowStatus {
        stages = List.copyOf(stages);
    }

    /**
     * One stage.
     *
     * @param id its id
     * @param does for people: {@code model detector}, {@code builtin resize}, {@code service tracker}
     * @param inputs what it reads
     * @param outputs what it makes, for instance {@code boxes float32[1, 16, 4]}
     * @param layers layers of the graph that it became
     */
    public record Stage(String id, String does, List<String> inputs, List<String> outputs, int layers) {
        public Stage {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }
}
