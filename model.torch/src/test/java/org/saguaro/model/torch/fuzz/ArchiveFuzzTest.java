// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * A short slice of the fuzz run in every build. {@code bench/fuzz/run.sh} runs all of it: system properties say how many
 * archives ({@code saguaro.fuzz.archives}), from which number ({@code saguaro.fuzz.first}) and seed ({@code saguaro.fuzz.seed}).
 */
class ArchiveFuzzTest {

    private static final int SLICE = 300;

    private static final Path FOLDER = Path.of("target", "fuzz");

    @Test
    void everyDamagedArchiveGivesAGraphOrAMessage() throws Exception {
        int archives = Integer.getInteger("saguaro.fuzz.archives", SLICE);
        Fuzzer fuzzer = new Fuzzer(corpus(), Readers.all(), FOLDER, Long.getLong("saguaro.fuzz.seed", 20240527L));

        Fuzzer.Report report = fuzzer.run(Integer.getInteger("saguaro.fuzz.first", 0), archives);

        System.out.println("fuzz: " + report);
        assertThat(report.findings())
                .as("findings; their archives are in %s", FOLDER)
                .isEmpty();
        if (archives >= SLICE) {
            assertThat(report.read())
                    .as("archives read in spite of their damage")
                    .isPositive();
            assertThat(report.refused()).as("archives refused").isGreaterThan(archives / 3);
            assertThat(report.kinds()).as("distinct reasons for refusal").isGreaterThan(30);
        }
    }

    /** What is refused whole is refused for one reason only, whatever its damage. */
    @Test
    void theCorpusIsReadable() throws Exception {
        List<String> unreadable = new Fuzzer(corpus(), Readers.all(), FOLDER, 0).unreadable();

        assertThat(unreadable)
                .as("refused")
                .allSatisfy(archive -> assertThat(archive).matches("(?s)(fixtures|script)/refused_.*"));
    }

    private static Corpus corpus() throws Exception {
        URI zoo = Objects.requireNonNull(ArchiveFuzzTest.class.getResource("/org/saguaro/model/torch/zoo"))
                .toURI();
        return Corpus.below(Path.of(zoo).getParent());
    }
}
