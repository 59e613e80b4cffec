// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.nio.file.Path;
import java.util.List;

/** Knows what may follow on a command line. A service, so that the shell outlives the runtime's restart. */
interface ShellCompleter {

    /**
     * Words that may stand where the last one is; folders end with a slash.
     *
     * @param words of the command up to the cursor, the last one possibly empty
     * @param directory against which relative paths count
     */
    List<String> complete(List<String> words, Path directory);
}
