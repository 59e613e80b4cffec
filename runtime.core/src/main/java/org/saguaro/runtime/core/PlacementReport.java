// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import java.util.Map;

/**
 * Where the layers of a deployment may run and did run.
 *
 * @param deployment its name
 * @param summary one line for people
 * @param layers one entry per layer of the model as read, in its order
 */
public record PlacementReport(String deployment, String summary, List<LayerPlacement> layers) {

    public PlacementReport {
        layers = List.copyOf(layers);
    }

    /**
     * One layer.
     *
     * @param path PyTorch module path; the exporter's node name if it has none
     * @param op operator
     * @param task position of its task in the task graph; -1 if lowering removed it or merged it elsewhere
     * @param lowered what lowering did with it, for instance {@code folded into conv1}; empty if it runs as it is
     * @param supportedBy PE types that support it
     * @param causes why each other PE type does not run it, by type
     * @param runsByPe how often its task completed, by PE id
     * @param timeShare share of the deployment's execution time spent in its task, from 0 to 1
     */
    public record LayerPlacement(
            String path,
            String op,
            int task,
            String lowered,
            List<String> supportedBy,
            Map<String, String> causes,
            Map<String, Long> runsByPe,
            double timeShare) {

        public LayerPlacement {
            supportedBy = List.copyOf(supportedBy);
            causes = Map.copyOf(causes);
            runsByPe = Map.copyOf(runsByPe);
        }
    }
}
