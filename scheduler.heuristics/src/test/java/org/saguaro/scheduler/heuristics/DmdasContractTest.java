// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.api.contract.SchedulingPolicyContract;

class DmdasContractTest extends SchedulingPolicyContract {

    @Override
    protected SchedulingPolicy createPolicy() {
        return new Dmdas();
    }
}
