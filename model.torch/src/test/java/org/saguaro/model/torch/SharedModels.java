// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The third-party models that lie beside a developer's checkout, in {@code shared/}; tests skip where they do not. */
final class SharedModels {

    private SharedModels() {}

    /** The {@code model.pt2} of each folder in a folder of {@code shared/}, by the folder's name. */
    static SortedMap<String, Path> archives(String folder) {
        Path models = find(folder);
        try (Stream<Path> folders = Files.list(models)) {
            SortedMap<String, Path> archives = new TreeMap<>();
            folders.filter(f -> Files.exists(f.resolve("model.pt2")))
                    .forEach(f -> archives.put(String.valueOf(f.getFileName()), f.resolve("model.pt2")));
            return archives;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The {@code model*.pt} of all folders in a folder of {@code shared/}. */
    static List<Path> scripts(String folder) {
        try (Stream<Path> files = Files.walk(find(folder), 2)) {
            return files.filter(f -> String.valueOf(f.getFileName()).matches("model.*\\.pt"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path find(String folder) {
        for (Path up = Path.of(System.getProperty("user.dir")).toAbsolutePath(); up != null; up = up.getParent()) {
            Path models = up.resolve("shared").resolve(folder);
            if (Files.isDirectory(models)) {
                return models;
            }
        }
        Assumptions.abort("no folder shared/" + folder + " beside the checkout");
        throw new AssertionError("abort() does not return");
    }
}
