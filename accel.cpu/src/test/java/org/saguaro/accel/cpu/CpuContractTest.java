// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.ProcessingElementContract;

class CpuContractTest extends ProcessingElementContract {

    private static List<? extends ProcessingElement> pes = List.of();

    @BeforeAll
    static void makeNeighbours() {
        pes = CpuAccelerator.processingElements(2, 1, true, Backends.make());
    }

    /**
     * Through the C ABI, composed operators hand boxed numbers and short lists to each other, and optional arguments go through an object of JNA's: some
     * hundred bytes a call, whatever the size of the tensors.
     */
    @Override
    protected long garbageBytesPerExecution() {
        return Backends.arePresets() ? 0 : 4096;
    }

    @Override
    protected ProcessingElement createProcessingElement(int index) {
        return pes.get(index);
    }
}
