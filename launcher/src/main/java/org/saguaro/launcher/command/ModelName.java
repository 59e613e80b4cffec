// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.file.Path;

/** What a model is called when nobody says. */
public final class ModelName {

    private ModelName() {}

    /** The file's name; for {@code model.pt2}, which says nothing, that of its folder. */
    public static String of(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.pt2?$", "");
        Path folder = file.toAbsolutePath().normalize().getParent();
        return name.equals("model") && folder != null && folder.getFileName() != null
                ? folder.getFileName().toString()
                : name;
    }
}
