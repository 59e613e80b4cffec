// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.dispatch.Plan;

/** Makes plans of single layers that applications call, and prepares them on the PEs present. Thread-safe. */
public final class CallPlans {

    private static final String NAME = "layer call";
    /** A run of one task is small, and hundreds of calls of one operator are in flight at a time. */
    private static final int IDLE_RUNS_PER_PE = 256;

    private final Dispatcher dispatcher;
    private final PlanMaker maker;

    CallPlans(Dispatcher dispatcher, ProfiledCostModel costs) {
        this.dispatcher = dispatcher;
        maker = new PlanMaker(NAME, dispatcher, costs, Precision.FLOAT32, PlanMaker.Calibration.NONE, IDLE_RUNS_PER_PE);
    }

    /**
     * A plan with kernels. Slow.
     *
     * @param call a graph of one layer
     * @throws DeploymentException if no PE present can run it, with each one's reason
     */
    public Plan prepared(LayerGraph call) throws DeploymentException {
        Plan plan;
        try {
            plan = maker.plan(call, Granularity.LAYER, false);
        } catch (DeploymentException e) {
            throw new DeploymentException(e.getMessage() + reasons(call), e);
        }
        try {
            maker.prepareEverywhere(plan);
            return plan;
        } catch (DeploymentException | RuntimeException | Error e) {
            plan.retire();
            throw e;
        }
    }

    /**
     * Prepares a plan on PEs that came. Slow.
     *
     * @throws DeploymentException if no PE present can run it; its tasks wait for one then
     */
    public void prepareAgain(Plan plan) throws DeploymentException {
        maker.prepareEverywhere(plan);
    }

    private String reasons(LayerGraph call) {
        SupportTable table = SupportTable.ask(dispatcher.pes());
        List<String> reasons = new ArrayList<>();
        for (Layer layer : call.layers()) {
            table.answers(call, layer).forEach((type, support) -> {
                if (support instanceof Support.Unsupported no && !no.detail().isEmpty()) {
                    reasons.add(type + ": " + no.detail());
                }
            });
        }
        return reasons.isEmpty() ? "" : " (" + String.join("; ", reasons) + ")";
    }
}
