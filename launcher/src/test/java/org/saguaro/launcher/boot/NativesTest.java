// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativesTest {

    @TempDir
    Path configuration;

    @Test
    void takesTheFolderOfLibtorchFromTheConfiguration() throws IOException {
        Files.writeString(
                configuration.resolve("org.saguaro.accel.cpu.config"),
                "# ours\nthreads=I\"2\"\n  libtorch=\"/opt/my torch/lib\"\n");

        assertThat(Natives.configuredFolder(configuration)).isEqualTo("/opt/my torch/lib");
    }

    @Test
    void readsPlainPropertiesToo() throws IOException {
        Files.writeString(configuration.resolve("org.saguaro.accel.cpu.cfg"), "libtorch = /opt/torch/lib \n");

        assertThat(Natives.configuredFolder(configuration)).isEqualTo("/opt/torch/lib");
    }

    @Test
    void findsNoneWhereNothingSaysSo() throws IOException {
        assertThat(Natives.configuredFolder(configuration)).isNull();

        Files.writeString(
                configuration.resolve("org.saguaro.accel.cpu.config"), "#libtorch=\"/opt/torch\"\nthreads=I\"2\"\n");

        assertThat(Natives.configuredFolder(configuration)).isNull();
    }
}
