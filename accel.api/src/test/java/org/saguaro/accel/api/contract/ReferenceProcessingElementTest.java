// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import org.saguaro.accel.api.ProcessingElement;

/** Shows that the contract can be passed, on every sample. */
class ReferenceProcessingElementTest extends ProcessingElementContract {

    @Override
    protected ProcessingElement createProcessingElement(int index) {
        return new ReferenceProcessingElement("reference" + index);
    }

    @Override
    protected int repetitions() {
        return 10;
    }

    /** The interpreter makes new arrays for every layer; it is no accelerator. */
    @Override
    protected long garbageBytesPerExecution() {
        return Long.MAX_VALUE;
    }
}
