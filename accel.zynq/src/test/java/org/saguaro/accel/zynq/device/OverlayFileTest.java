// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;

class OverlayFileTest {

    static final String EVERYTHING = """
            {
              "$schema": "overlay.schema.json",
              "name": "mixed-1",
              "description": "for a test",
              "clockMhz": 187.5,
              "clockAssumed": false,
              "bitstream": "mixed-1.bit.bin",
              "deviceTree": "trees/mixed-1.dtbo",
              "loadMillis": 250,
              "engines": [
                { "name": "conv0", "kind": "conv", "address": "0xa0000000" },
                { "name": "zip3", "kind": "zip", "address": "0x10ffff000" }
              ]
            }
            """;

    private static final Path FILE = Path.of("overlays", "mixed.json");

    @TempDir
    Path folder;

    @Test
    void readsEverything() throws Exception {
        Overlay overlay = OverlayFile.parse(FILE, EVERYTHING);
        assertThat(overlay)
                .isEqualTo(new Overlay(
                        "mixed-1",
                        "for a test",
                        187_500_000,
                        false,
                        Path.of("overlays", "mixed-1.bit.bin"),
                        Path.of("overlays", "trees", "mixed-1.dtbo"),
                        250_000_000,
                        List.of(
                                new EngineDescription("conv0", EngineKind.CONV, 0xa000_0000L),
                                new EngineDescription("zip3", EngineKind.ZIP, 0x1_0fff_f000L))));
    }

    @Test
    void whatMayBeMissingHasItsDefault() throws Exception {
        Overlay overlay = OverlayFile.parse(
                FILE,
                "{\"name\":\"a\",\"clockMhz\":250,\"loadMillis\":0,\"engines\":[{\"name\":\"f\",\"kind\":\"fft\",\"address\":\"0xa0000000\"}]}");
        assertThat(overlay.clockAssumed()).as("nobody says that timing was met").isTrue();
        assertThat(overlay.bitstream()).isNull();
        assertThat(overlay.deviceTree()).isNull();
        assertThat(overlay.description()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"loadMillis\": 250, | \"loadMillis\": 250, \"voltage\": 1, | found 'voltage', expected no others than",
                "\"kind\": \"zip\" | \"kind\": \"gemm\" | engines[1].kind: found \"gemm\", expected one of conv, fft, zip",
                "0x10ffff000 | 0x10ffff800 | engines[1].address: found \"0x10ffff800\", expected 0x and",
                "0x10ffff000 | 0xa0000000 | engines[1].address: found 0xa0000000 a second time",
                "zip3 | conv0 | engines[1].name: found 'conv0' a second time",
                "zip3 | Zip-3 | engines[1].name: found \"Zip-3\", expected lower-case letters",
                "187.5 | 0 | clockMhz: found 0, expected a number from 1 to 1000",
                "false | 1 | clockAssumed: found 1, expected true or false",
                "\"mixed-1\" | null | name: found null, expected lower-case letters",
                "\"mixed-1.bit.bin\" | \"/mixed-1.bit.bin\" | bitstream: found \"/mixed-1.bit.bin\", expected a file",
                "250 | \"soon\" | loadMillis: found \"soon\", expected a number",
                "\"loadMillis\": 250, | `` | loadMillis: found none, expected one",
                "\"name\": \"mixed-1\" | \"name\": \"a\", \"name\": \"b\" | found no valid JSON in line 3",
            })
    void refusesNamingFilePlaceFoundAndExpected(String original, String damaged, String message) {
        assertThat(EVERYTHING).contains(original);
        assertThatThrownBy(() -> OverlayFile.parse(FILE, EVERYTHING.replace(original, damaged)))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith(FILE + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void refusesNoEngines() {
        assertThatThrownBy(() ->
                        OverlayFile.parse(FILE, "{\"name\":\"a\",\"clockMhz\":250,\"loadMillis\":0,\"engines\":[]}"))
                .hasMessageContaining("engines: found [], expected an array of 1 to 64 engines");
    }

    @Test
    void aFolderIsReadByNameAndNamesMustDiffer() throws Exception {
        Files.writeString(folder.resolve("b.json"), EVERYTHING.replace("mixed-1", "b"));
        Files.writeString(folder.resolve("a.json"), EVERYTHING.replace("mixed-1", "a"));
        Files.writeString(folder.resolve("note.txt"), "no manifest");
        assertThat(OverlayFile.readAll(List.of(folder)))
                .extracting(Overlay::name)
                .containsExactly("a", "b");
        Files.writeString(folder.resolve("c.json"), EVERYTHING.replace("mixed-1", "a"));
        assertThatThrownBy(() -> OverlayFile.readAll(List.of(folder)))
                .hasMessageStartingWith(folder.resolve("c.json") + ": name: found 'a', which ")
                .hasMessageContaining(folder.resolve("a.json").toString());
    }

    @Test
    void missingFilesAndEmptyFoldersAreNamed() {
        Path missing = folder.resolve("missing.json");
        assertThatThrownBy(() -> OverlayFile.read(missing)).hasMessageStartingWith(missing + ": cannot be read");
        assertThatThrownBy(() -> OverlayFile.readAll(List.of(folder)))
                .hasMessageContaining("found no overlay manifest (*.json) in [" + folder + "]");
    }
}
