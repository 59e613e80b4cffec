// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.profile;

/** A file of profiles that is wrong. The message names file, line and column, what was found and what was expected. */
public final class ProfileException extends Exception {

    private static final long serialVersionUID = 1L;

    public ProfileException(String message) {
        super(message);
    }
}
