// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import java.nio.file.Path;
import java.util.List;

/** What the requests of a stream are. */
public sealed interface Source {

    /** How files and tables name it: the folder, the file without its ending, the application. */
    String name();

    /** A model with samples and the truth about them, as the folder's {@code app.json} says. */
    record Example(Path folder) implements Source {
        @Override
        public String name() {
            return String.valueOf(folder.getFileName());
        }
    }

    /** A model; all requests bring the same inputs. */
    record Model(Path file, List<Path> inputs) implements Source {
        public Model {
            inputs = List.copyOf(inputs);
        }

        @Override
        public String name() {
            return String.valueOf(file.getFileName()).replaceFirst("\\.pt2?$", "");
        }
    }

    /** An application on the Layer API that a bundle registers. */
    record Application(String name) implements Source {}
}
