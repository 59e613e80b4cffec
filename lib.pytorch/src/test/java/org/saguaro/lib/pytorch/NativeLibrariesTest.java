// SPDX-License-Identifier: Apache-2.0
package org.saguaro.lib.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class NativeLibrariesTest {

    @Test
    void loadsOnceAndReportsEveryLibraryUpToTheTotal() throws Exception {
        List<ProgressListener.Progress> heard = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(new Thread(() -> NativeLibraries.load(null, heard::add)));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(NativeLibraries.isLoaded()).isTrue();
        assertThat(heard).extracting(ProgressListener.Progress::file).contains("libtorch_cpu.so");
        ProgressListener.Progress last = heard.get(heard.size() - 1);
        assertThat(heard).hasSize(last.totalFiles());
        assertThat(last.files()).isEqualTo(last.totalFiles());
        assertThat(last.bytes()).isEqualTo(last.totalBytes()).isGreaterThan(100_000_000);
        assertThat(LibtorchFolder.prepare(null, ProgressListener.SILENT))
                .as("the folder of a plain libtorch, where the presets have natives")
                .isNull();
        try (Tensor ones = torch.ones(3)) {
            assertThat(ones.sum().item_float()).isEqualTo(3f);
        }
    }

    @Test
    void namesThePlatformThatHasNoNatives() {
        String platform = NativeLibraries.platform("Linux", "aarch64");
        assertThatThrownBy(() -> NativeLibraries.libraries(platform))
                .isInstanceOf(NativeLibrariesException.class)
                .hasMessageContaining("no libtorch for linux-arm64")
                .hasMessageContaining("lib.pytorch/README.md");
    }

    @Test
    void listsEveryPackageOfThePresetsForTheSystemBundle() throws Exception {
        Set<String> listed;
        List<String> lines;
        try (InputStream in =
                getClass().getClassLoader().getResourceAsStream(NativeLibraries.SYSTEM_PACKAGES_RESOURCE)) {
            assertThat(in).isNotNull();
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            listed = lines.stream().map(line -> line.replaceAll(";.*", "")).collect(Collectors.toSet());
        }
        assertThat(listed).contains(NativeLibraries.class.getPackageName());
        assertThat(lines)
                .as("JavaCPP's own manifest versions its packages, so bundles import them with a range")
                .contains("org.bytedeco.javacpp;version=\"" + Loader.getVersion("org.bytedeco", "javacpp") + "\"");
        for (Class<?> module : List.of(Loader.class, org.bytedeco.openblas.global.openblas.class, Tensor.class)) {
            URL classFile = module.getResource("/" + module.getName().replace('.', '/') + ".class");
            JarURLConnection jar = (JarURLConnection) classFile.openConnection();
            assertThat(listed)
                    .containsAll(jar.getJarFile().stream()
                            .map(entry -> entry.getName())
                            .filter(name -> name.startsWith("org/bytedeco/") && name.endsWith(".class"))
                            .map(name ->
                                    name.substring(0, name.lastIndexOf('/')).replace('/', '.'))
                            .collect(Collectors.toSet()));
        }
    }
}
