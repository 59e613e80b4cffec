// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.ProcessingElementContract;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;

class CpuContractTest extends ProcessingElementContract {

    private static List<? extends ProcessingElement> pes = List.of();

    @BeforeAll
    static void makeNeighbours() {
        NativeLibraries.load(null, ProgressListener.SILENT);
        pes = CpuAccelerator.processingElements(2, 1, true);
    }

    @Override
    protected ProcessingElement createProcessingElement(int index) {
        return pes.get(index);
    }
}
