// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import org.saguaro.model.api.LayerGraph;

/** Where a compiler gets the models of stages from. */
interface ModelSource {

    /** Why there is no model. */
    final class MissingException extends Exception {
        private static final long serialVersionUID = 1L;

        MissingException(String message) {
            super(message);
        }
    }

    /** The model of a deployment. */
    LayerGraph deployed(String deployment) throws MissingException;

    /** The model in a file, relative to the description's folder. */
    LayerGraph file(String file) throws MissingException;
}
