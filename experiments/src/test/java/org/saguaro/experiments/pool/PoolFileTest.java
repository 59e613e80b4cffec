// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.runtime.core.simulation.CostRule;
import org.saguaro.runtime.core.simulation.Pool;

final class PoolFileTest {

    @TempDir
    Path folder;

    private Pool read(String text, String composition) throws IOException, PoolException {
        Path file = Files.writeString(folder.resolve("mine.json"), text);
        return PoolFile.read(file, composition);
    }

    @Test
    void readsEverything() throws Exception {
        Pool pool = read(PoolTexts.EVERYTHING, "");

        assertThat(pool.name()).isEqualTo("C2+F1");
        assertThat(pool.size()).isEqualTo(3);
        Pool.PeType cpu = pool.peTypes().get(0);
        assertThat(cpu.name()).isEqualTo("cpu");
        assertThat(cpu.count()).isEqualTo(2);
        assertThat(cpu.space()).isEqualTo(Pool.HOST);
        assertThat(cpu.dispatchNanos()).isEqualTo(2500);
        assertThat(cpu.costs().get(0).time()).isEqualTo(new CostRule.Fixed(12_500));
        assertThat(cpu.costs().get(1).time()).isEqualTo(new CostRule.Roofline(1000, 2e9, 4e9));
        assertThat(cpu.costs().get(2).kernels()).isEqualTo("conv1d:*");
        assertThat(cpu.costs().get(3).kernels()).isEqualTo("conv2d:*");
        assertThat(cpu.costs().get(3).time()).isEqualTo(new CostRule.Scaled("cpu", 12));
        assertThat(cpu.costs().get(0).relativeDeviation()).isEqualTo(0.1);
        assertThat(cpu.costs().get(1).relativeDeviation()).isNaN();
        Pool.PeType fft = pool.peTypes().get(1);
        assertThat(fft.space()).isEqualTo("dma");
        assertThat(fft.costs().get(0).time()).isEqualTo(new CostRule.Fixed(6934 / 250e6 * 1e9));
        assertThat(fft.costs().get(1).time()).isEqualTo(new CostRule.Unsupported());
        assertThat(pool.transfers()).containsExactly(new Pool.Transfer("host", "dma", 5000, 1.25));
    }

    @Test
    void compositionSaysHowMany() throws Exception {
        Pool pool = read(PoolTexts.EVERYTHING, "C3+F0");

        assertThat(pool.name()).isEqualTo("C3+F0");
        assertThat(pool.peTypes()).extracting(Pool.PeType::name).containsExactly("cpu");
        assertThat(pool.size()).isEqualTo(3);
    }

    @Test
    void tableGoesFirst() throws Exception {
        Files.writeString(folder.resolve("costs.csv"), """
                # microseconds
                kernels, C, F
                fft_fft:* fft_ifft:*, 20, 21
                conv2d:*, 100,
                """);
        Pool pool = read(PoolTexts.withTable("costs.csv"), "");

        assertThat(pool.peTypes().get(0).costs().subList(0, 3))
                .containsExactly(
                        new CostRule("fft_fft:*", new CostRule.Fixed(20_000), Double.NaN),
                        new CostRule("fft_ifft:*", new CostRule.Fixed(20_000), Double.NaN),
                        new CostRule("conv2d:*", new CostRule.Fixed(100_000), Double.NaN));
        assertThat(pool.peTypes().get(1).costs().get(2))
                .isEqualTo(new CostRule("conv2d:*", new CostRule.Unsupported(), Double.NaN));
        assertThat(pool.peTypes().get(1).costs()).hasSize(5);
    }

    @Test
    void tableMayBeJson() throws Exception {
        Files.writeString(folder.resolve("costs.json"), "{\"DASH_FFT:*\": {\"C\": 118.62, \"F\": 107.91}}");
        Pool pool = read(PoolTexts.withTable("costs.json"), "");

        assertThat(pool.peTypes().get(1).costs().get(0).time()).isEqualTo(new CostRule.Fixed(107_910));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            kernels,X        | line 1, column 2: found 'X', expected kernels and then letters
            kernels,C,C      | line 1, column 3: found 'C'
            api,C            | line 1, column 1: found 'api'
            kernels,C;a,1,2  | row 2: found 3 cells, expected names of kernels and 1 times
            kernels,C;a,soon | row 2, C: found 'soon', expected microseconds or nothing
            kernels,C;a,-1   | row 2, C: found '-1'
            """)
    void refusesWrongTables(String table, String message) throws Exception {
        Files.writeString(folder.resolve("costs.csv"), table.trim().replace(';', '\n'));
        assertThatThrownBy(() -> read(PoolTexts.withTable("costs.csv"), ""))
                .isInstanceOf(PoolException.class)
                .hasMessageContaining("mine.json: costTable costs.csv")
                .hasMessageContaining(message.trim());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            "gops": 2,            | "gops": "fast",     | peTypes.C.costs[1].gops: found 'fast', expected a number from
            "gops": 2,            | "gops": 2, "micros": 3, | peTypes.C.costs[1]: found micros and gops, expected one of micros, cycles
            "gops": 2,            | "of": "cpu",        | peTypes.C.costs[1]: found no time, expected one of
            "micros": 12.5        | "micros": 1, "startMicros": 1 | peTypes.C.costs[0].startMicros: found it beside micros, expected it with gops
            "of": "cpu"           | "off": "cpu"        | peTypes.C.costs[2]: found 'off', expected no others than kernels
            "clockMhz": 250,      | ~~                  | peTypes.F.costs[0].cycles: found cycles without a clock, expected clockMhz
            "unsupported": true   | "unsupported": false | peTypes.F.costs[1].unsupported: found false, expected true
            "name": "fft"         | "name": "cpu"       | peTypes.F.name: found 'cpu' a second time, expected another
            "name": "fft"         | "name": "fft2"      | peTypes.F.name: found 'fft2', expected a name
            "C2+F1"               | "C2+X1"             | composition: found X, expected letters of peTypes: C, F
            "C2+F1"               | "C2+C1"             | composition: found C twice in 'C2+C1'
            "C2+F1"               | "C0+F0"             | composition: found no PE in 'C0+F0'
            "C2+F1"               | "two cores"         | composition: found 'two cores', expected letters and counts
            "from": "host"        | "from": 1           | transfers[0].from: found 1, expected a name
            "pool": "mine",       | ~~                  | found no 'pool', expected one
            "pool": "mine",       | "pool": mine        | found no valid JSON in line 2, column 15
            """)
    void saysWhereItIsWrong(String written, String instead, String message) {
        String text =
                PoolTexts.EVERYTHING.replace(written.trim(), instead.trim().replace("~~", ""));
        assertThat(text).as("the text without %s", written).isNotEqualTo(PoolTexts.EVERYTHING);
        assertThatThrownBy(() -> read(text, ""))
                .isInstanceOf(PoolException.class)
                .hasMessageContaining("mine.json: ")
                .hasMessageContaining(message.trim());
    }

    @Test
    void saysWhichLettersThereAre() {
        assertThatThrownBy(() -> PoolFile.builtIn("zcu102", "C3+Q1"))
                .isInstanceOf(PoolException.class)
                .hasMessage("composition C3+Q1 of zcu102: found Q, expected letters of peTypes: C, F, V, Z");
    }

    @Test
    void saysWhichPoolsThereAre() {
        assertThatThrownBy(() -> PoolFile.find("zcu104", ""))
                .isInstanceOf(PoolException.class)
                .hasMessage("found no pool 'zcu104', expected a file, or one of jetson-xavier, zcu102");
    }

    @Test
    void findsAFileBeforeABuiltInPool() throws Exception {
        Path file = Files.writeString(folder.resolve("zcu102.json"), PoolTexts.EVERYTHING);

        assertThat(PoolFile.find(file.toString(), "").name()).isEqualTo("C2+F1");
        assertThat(PoolFile.find("zcu102", "").name()).isEqualTo("C3+F1+V1+Z1");
        assertThat(PoolFile.find("zcu102.json", "C1").size()).isEqualTo(1);
    }

    @Test
    void builtInPoolsCanBeRead() throws Exception {
        for (String name : PoolFile.BUILT_IN) {
            assertThat(PoolFile.builtIn(name, "").size()).as(name).isPositive();
        }
        assertThat(PoolFile.builtIn("zcu102", "").peTypes().stream()
                        .filter(type -> !type.space().equals(Pool.HOST))
                        .map(Pool.PeType::space))
                .containsExactly("dma", "dma", "dma");
    }
}
