// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

/** A description of a pool that is wrong. The message names file and place, what was found, what was expected. */
public final class PoolException extends Exception {

    private static final long serialVersionUID = 1L;

    public PoolException(String message) {
        super(message);
    }
}
