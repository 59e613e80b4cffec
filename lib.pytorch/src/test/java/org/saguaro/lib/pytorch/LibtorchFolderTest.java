// SPDX-License-Identifier: Apache-2.0
package org.saguaro.lib.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibtorchFolderTest {

    private static final String FOLDER = "pytorch/cpu/linux-aarch64/";

    @TempDir
    Path temporary;

    @Test
    void extractsEveryLibraryOnceAndMendsHalfOfOne() throws Exception {
        Path jar = temporary.resolve("natives.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (String name : List.of("libtorch_cpu.so", "libgomp-1.so.1.0.0", "README", "more/libx.so")) {
                out.putNextEntry(new JarEntry(FOLDER + name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }
        Path target = Files.createDirectory(temporary.resolve("cache"));
        Files.writeString(target.resolve("libtorch_cpu.so"), "lib");
        List<ProgressListener.Progress> heard = new ArrayList<>();
        try (JarFile natives = new JarFile(jar.toFile())) {
            LibtorchFolder.extract(natives, FOLDER, target, heard::add);
        }
        try (Stream<Path> files = Files.list(target)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("libtorch_cpu.so", "libgomp-1.so.1.0.0");
        }
        assertThat(target.resolve("libtorch_cpu.so")).hasContent("libtorch_cpu.so");
        assertThat(heard).hasSize(2);
        assertThat(heard.get(1).bytes()).isEqualTo(heard.get(1).totalBytes());
    }

    @Test
    void saysWhatItLookedForWhereThereIsNone() {
        assertThatThrownBy(() -> LibtorchFolder.extract(FOLDER, temporary, ProgressListener.SILENT))
                .isInstanceOf(NativeLibrariesException.class)
                .hasMessageContainingAll(FOLDER + "libtorch_cpu.so", "-Dsaguaro.libtorch", "2.7");
        assertThat(LibtorchFolder.folderOf("linux-arm64")).isEqualTo(FOLDER);
    }
}
