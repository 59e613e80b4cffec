// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty.device;

import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.ProcessingElementContract;

/** As long as nothing is injected it is an accelerator like any other. */
class FaultyAcceleratorContractTest extends ProcessingElementContract {

    @Override
    protected ProcessingElement createProcessingElement(int index) {
        return new FaultyProcessingElement("faulty" + index, new FaultInjector("faulty" + index, 0));
    }
}
