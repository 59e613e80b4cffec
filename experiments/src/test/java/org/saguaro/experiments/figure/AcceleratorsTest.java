// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.experiments.Policies;
import org.saguaro.experiments.sweep.SweepPolicies;

class AcceleratorsTest {

    @TempDir
    Path folder;

    @Test
    void aSlowdownIsRelativeToTheBestWithFewer() {
        assertThat(Accelerators.slowdown(new double[] {10, 8, 8, 4})).isEqualTo(1);
        assertThat(Accelerators.slowdown(new double[] {10, 8, 9, 4, 5})).isCloseTo(1.25, within(1e-12));
        assertThat(Accelerators.slowdown(new double[] {10, 12, 9})).isCloseTo(1.2, within(1e-12));
    }

    /** A policy that knows what tasks take is met; one that sends everything to the accelerators is found out. */
    @Test
    void criteriaTellPoliciesApart() throws Exception {
        Policies policies = SweepPolicies.named("eft", "met");
        PublishedFigures.Outcome outcome = PublishedFigures.make(
                List.of("accelerators"), "zcu102", policies, folder, new PrintStream(new ByteArrayOutputStream()));

        assertThat(outcome.complete()).isTrue();
        assertThat(Files.readString(folder.resolve("criteria.csv")))
                .contains("accelerators,eft: no number")
                .contains("accelerators,met: no number");
        List<String> criteria = Files.readAllLines(folder.resolve("criteria.csv"));
        assertThat(criteria.stream().filter(line -> line.startsWith("accelerators,eft")))
                .singleElement()
                .asString()
                .endsWith(",yes");
        assertThat(criteria.stream().filter(line -> line.startsWith("accelerators,met")))
                .singleElement()
                .asString()
                .endsWith(",no");
        assertThat(folder.resolve("index.html")).content().contains("met gets slower with more accelerators");
        assertThat(Files.readAllLines(folder.resolve("accelerators.csv"))).hasSize(1 + 3 * 2 * 9);
    }
}
