// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.runtime.core.cost.CalibrationStore.Entry;

class CalibrationStoreTest {

    private static final List<Entry> ENTRIES =
            List.of(new Entry("conv2d:12ab", "cpu", 1234.5, 6.25, 7), new Entry("fft:00", "fpga", 10, 0, 1));

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void setUp() {
        file = folder.resolve("var").resolve("calibration.json");
    }

    private CalibrationStore store() {
        return new CalibrationStore(file);
    }

    private void write(String content) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, content);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.list(file.resolveSibling(""))) {
            return found.map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void givesBackWhatWasSaved() throws IOException {
        store().save(ENTRIES);
        assertThat(store().load()).isEqualTo(ENTRIES);
        assertThat(files()).as("nothing but the file is left").containsExactly("calibration.json");
    }

    @Test
    void replacesWhatWasSavedBefore() {
        store().save(ENTRIES);
        store().save(ENTRIES.subList(0, 1));
        assertThat(store().load()).isEqualTo(ENTRIES.subList(0, 1));
    }

    @Test
    void startsEmptyWithoutAFile() {
        assertThat(store().load()).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "not json",
                "[]",
                "42",
                "null",
                "{\"version\":1,\"kernels\":42}",
                "{\"version\":1,\"kernels\":[null]}",
                "{\"version\":1,\"kernels\":[{\"kernel\":\"a\"}]}",
                "{\"version\":1,\"kernels\":[{\"kernel\":\"a\",\"peType\":\"cpu\",\"meanNanos\":\"x\"}]}",
                "{\"version\":1,\"kernels\":[{\"kernel\":\"a\",\"peType\":\"cpu\",\"meanNanos\":\"NaN\",\"varianceNanos2\":0,\"count\":1}]}",
                "{\"version\":1,\"kernels\":[{\"kernel\":\"a\",\"peType\":\"cpu\",\"meanNanos\":-5,\"varianceNanos2\":0,\"count\":1}]}",
                "{\"version\":1,\"kernels\":[{\"kernel\":\"a\",\"peType\":\"cpu\",\"meanNanos\":5,\"varianceNanos2\":0,\"count\":-1}]}",
                "{\"version\":1,\"kernels\":[{\"peType\":\"cpu\",\"meanNanos\":5,\"varianceNanos2\":0,\"count\":1}]}"
            })
    void keepsADamagedFileAsideAndGoesOn(String damaged) throws IOException {
        write(damaged);

        assertThat(store().load()).as("what is left of %s", damaged).isEmpty();
        assertThat(files()).containsExactly("calibration.json.damaged");
        assertThat(file.resolveSibling("calibration.json.damaged")).hasContent(damaged);

        store().save(ENTRIES);
        assertThat(store().load()).isEqualTo(ENTRIES);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"version\":2,\"kernels\":[]}",
                "{\"version\":2,\"kernels\":{\"a\":1},\"more\":true}",
                "{\"version\":0}"
            })
    void startsEmptyWithAnotherVersion(String other) throws IOException {
        write(other);
        assertThat(store().load()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenOnlyCostsTheCalibration() throws IOException {
        // A plain file where the folder should be: not even root can write there.
        Files.writeString(folder.resolve("var"), "in the way");

        store().save(ENTRIES);

        assertThat(store().load()).isEmpty();
        assertThat(folder.resolve("var")).hasContent("in the way");
    }

    @Test
    void aFolderInThePlaceOfTheFileOnlyCostsTheCalibration() throws IOException {
        Files.createDirectories(file.resolve("not-empty"));
        assertThat(store().load()).isEmpty();
        store().save(ENTRIES);
        assertThat(file.resolve("not-empty")).isDirectory();
    }
}
