// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import org.saguaro.accel.api.Precision;
import org.saguaro.runtime.core.DeployOptions;

/** How exact layers are to be, as users write it. */
public final class PrecisionOption {

    private PrecisionOption() {}

    /**
     * Options with the precision of that name; as they are if it is empty.
     *
     * @throws CommandException if there is none of that name; the message lists all
     */
    public static DeployOptions in(DeployOptions options, String name) throws CommandException {
        if (name.isEmpty()) {
            return options;
        }
        try {
            return options.withPrecision(Precision.parse(name));
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }
}
