// SPDX-License-Identifier: Apache-2.0
package org.example.accelerator;

import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.ProcessingElementContract;

class NullAcceleratorContractTest extends ProcessingElementContract {

    @Override
    protected ProcessingElement createProcessingElement(int index) {
        return new NullProcessingElement("null" + index, 64 << 20);
    }

    @Override
    protected long allocatedBytes(ProcessingElement pe) {
        return ((NullProcessingElement) pe).memory().allocatedBytes();
    }
}
