// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.saguaro.formats.npy.NpyFile;
import org.saguaro.formats.npy.NpyFormatException;
import org.saguaro.model.api.Tensor;

/** Tensors from and to files, in a model's order. */
public final class ArrayFiles {

    private ArrayFiles() {}

    /** Reads the files. */
    public static List<Tensor> read(List<Path> files) throws IOException, NpyFormatException {
        List<Tensor> tensors = new ArrayList<>();
        for (Path file : files) {
            tensors.add(NpyFile.read(file));
        }
        return tensors;
    }

    /** Writes {@code output.npy}, or {@code output0.npy}, {@code output1.npy}, ... of several, into a folder that is made if needed. */
    public static List<Path> write(Path folder, List<Tensor> outputs) throws IOException {
        Files.createDirectories(folder);
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            Path file = folder.resolve(outputs.size() == 1 ? "output.npy" : "output" + i + ".npy");
            NpyFile.write(file, outputs.get(i));
            files.add(file);
        }
        return files;
    }
}
