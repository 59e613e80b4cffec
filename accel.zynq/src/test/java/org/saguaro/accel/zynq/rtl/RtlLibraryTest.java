// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the library is built from, and what is said when it cannot be used. */
class RtlLibraryTest {

    @Test
    void everySourceIsListedAndTravelsInTheBundle(@TempDir Path folder) throws Exception {
        RtlSources.extract(folder);
        Path sources = Path.of("rtl");
        try (Stream<Path> hardware = Files.list(sources.resolve("src"))) {
            assertThat(hardware.map(file -> "src/" + file.getFileName())).isSubsetOf(RtlSources.FILES);
        }
        for (String file : RtlSources.FILES) {
            assertThat(folder.resolve(file)).hasSameBinaryContentAs(sources.resolve(file));
        }
    }

    @Test
    void aFileThatIsNoLibraryIsNamed(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("libsaguaro_rtl.so"), "not a library");
        assertThatThrownBy(() -> RtlDevice.open(folder.resolve("absent.so"), 4096, 1))
                .hasMessageContaining("absent.so");
        assertThatThrownBy(() -> RtlDevice.open(file, 4096, 1)).hasMessageContaining(file.toString());
    }

    @Test
    void aLibraryThatIsThereIsNotBuiltAgain() throws Exception {
        String why = RtlLibrary.whyNot();
        assumeTrue(why == null, why);
        Path folder = Path.of("target", "rtl-library");
        Path built = new RtlLibrary(folder, line -> {}).get();
        List<String> told = new CopyOnWriteArrayList<>();
        assertThat(new RtlLibrary(folder, told::add).get())
                .isEqualTo(built)
                .isAbsolute()
                .isRegularFile();
        assertThat(told).as("progress of a build that is not needed").isEmpty();
    }
}
