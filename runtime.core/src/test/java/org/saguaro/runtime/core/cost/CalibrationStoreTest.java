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
import org.saguaro.runtime.core.TransferStatus;
import org.saguaro.runtime.core.cost.CalibrationStore.Calibration;
import org.saguaro.runtime.core.cost.CalibrationStore.Entry;

class CalibrationStoreTest {

    private static final List<Entry> ENTRIES =
            List.of(new Entry("conv2d:12ab", "cpu", 1234.5, 6.25, 7), new Entry("fft:00", "fpga", 10, 0, 1));

    private static final Calibration CALIBRATION =
            new Calibration(ENTRIES, List.of(new TransferStatus("host", "cuda0", 9_000.5, 0.125, 12)));

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
        store().save(CALIBRATION);
        assertThat(store().load()).isEqualTo(CALIBRATION);
        assertThat(files()).as("nothing but the file is left").containsExactly("calibration.json");
    }

    @Test
    void replacesWhatWasSavedBefore() {
        store().save(CALIBRATION);
        Calibration less = new Calibration(ENTRIES.subList(0, 1), List.of());
        store().save(less);
        assertThat(store().load()).isEqualTo(less);
    }

    @Test
    void startsEmptyWithoutAFile() {
        assertThat(store().load()).isEqualTo(Calibration.NONE);
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

        assertThat(store().load()).as("what is left of %s", damaged).isEqualTo(Calibration.NONE);
        assertThat(files()).containsExactly("calibration.json.damaged");
        assertThat(file.resolveSibling("calibration.json.damaged")).hasContent(damaged);

        store().save(CALIBRATION);
        assertThat(store().load()).isEqualTo(CALIBRATION);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"version\":2,\"kernels\":[],\"transfers\":[null]}",
                "{\"version\":2,\"kernels\":[],\"transfers\":[{\"from\":\"host\",\"startNanos\":1,\"nanosPerByte\":1,\"count\":1}]}",
                "{\"version\":2,\"kernels\":[],\"transfers\":[{\"from\":\"host\",\"to\":\"a\",\"startNanos\":-1,\"nanosPerByte\":1,\"count\":1}]}",
                "{\"version\":2,\"kernels\":[],\"transfers\":[{\"from\":\"host\",\"to\":\"a\",\"startNanos\":1,\"nanosPerByte\":\"Infinity\",\"count\":1}]}"
            })
    void keepsAFileWithDamagedTransfersAside(String damaged) throws IOException {
        keepsADamagedFileAsideAndGoesOn(damaged);
    }

    @Test
    void readsAFileOfTheVersionBeforeTransfers() throws IOException {
        write(
                "{\"version\":1,\"kernels\":[{\"kernel\":\"fft:00\",\"peType\":\"fpga\",\"meanNanos\":10,\"varianceNanos2\":0,\"count\":1}]}");
        assertThat(store().load()).isEqualTo(new Calibration(ENTRIES.subList(1, 2), List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"3", "0"})
    void keepsAFileOfAnotherVersionAside(String version) throws IOException {
        String other = "{\"version\":" + version + ",\"kernels\":{\"a\":1},\"more\":true}";
        write(other);
        assertThat(store().load()).isEqualTo(Calibration.NONE);
        assertThat(files()).containsExactly("calibration.json.version" + version);
        assertThat(file.resolveSibling("calibration.json.version" + version)).hasContent(other);
    }

    @Test
    void aFolderThatCannotBeWrittenOnlyCostsTheCalibration() throws IOException {
        // A plain file where the folder should be: not even root can write there.
        Files.writeString(folder.resolve("var"), "in the way");

        store().save(CALIBRATION);

        assertThat(store().load()).isEqualTo(Calibration.NONE);
        assertThat(folder.resolve("var")).hasContent("in the way");
    }

    @Test
    void aFolderInThePlaceOfTheFileOnlyCostsTheCalibration() throws IOException {
        Files.createDirectories(file.resolve("not-empty"));
        assertThat(store().load()).isEqualTo(Calibration.NONE);
        store().save(CALIBRATION);
        assertThat(file.resolve("not-empty")).isDirectory();
    }
}
