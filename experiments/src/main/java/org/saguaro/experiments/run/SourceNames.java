// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import org.saguaro.experiments.workload.Source;

/** Sources as files and tables name them. */
final class SourceNames {

    private SourceNames() {}

    /** The folder, the file or the application. */
    static String of(Source source) {
        if (source instanceof Source.Example example) {
            return String.valueOf(example.folder().getFileName());
        } else if (source instanceof Source.Model model) {
            return String.valueOf(model.file().getFileName());
        } else if (source instanceof Source.Application application) {
            return application.name();
        }
        throw new IllegalStateException("no name for " + source);
    }
}
