// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.regex.Pattern;

/** Finds in a node's {@code nn_module_stack} the path of the module that ran it. */
final class ModulePath {

    /** How tracing calls the model itself. */
    private static final Pattern SELF = Pattern.compile("^(L\\['self'\\]|L__self__)\\.?");

    /** A module that is called a second time gets {@code @1}. */
    private static final Pattern REPEATED_CALL = Pattern.compile("@\\d+");

    /** What the exporter writes where it knows no module: size arithmetic, for instance. */
    private static final String UNKNOWN = "_empty_nn_module_stack_from_metadata_hook";

    private ModulePath() {}

    /**
     * The innermost module's path, {@code features.3.conv}; empty for the model itself and where nothing is known.
     *
     * @param stack {@code key,path,class;key,path,class...}, outermost first
     */
    static String innermost(String stack) {
        String[] fields = stack.substring(stack.lastIndexOf(';') + 1).split(",", -1);
        if (fields.length < 3 || fields[1].equals(UNKNOWN)) {
            return "";
        }
        String path = SELF.matcher(fields[1]).replaceFirst("");
        return REPEATED_CALL.matcher(path).replaceAll("");
    }
}
