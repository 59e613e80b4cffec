// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.json.JsonValue;

/** The weights of an archive: views on the mapped file, made when asked for. */
interface Payloads {

    /**
     * A parameter or a persistent buffer.
     *
     * @param asker what asks for it, for errors
     * @throws ModelFormatException if the archive does not have it, or it is no dense tensor
     */
    Tensor weight(String name, JsonValue asker) throws IOException, ModelFormatException;

    /** As {@link #weight}: a constant, or a buffer that is no part of the state_dict. */
    Tensor constant(String name, JsonValue asker) throws IOException, ModelFormatException;
}
