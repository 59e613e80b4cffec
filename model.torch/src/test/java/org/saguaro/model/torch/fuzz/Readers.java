// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.util.List;
import org.saguaro.model.api.ModelReader;
import org.saguaro.model.torch.ExportedProgramReader;
import org.saguaro.model.torch.TorchScriptReader;

/** The readers under test, in the order in which the core may ask them. */
final class Readers {

    private Readers() {}

    static List<ModelReader> all() {
        return List.of(new TorchScriptReader(), new ExportedProgramReader());
    }
}
