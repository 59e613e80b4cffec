// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.PeType;

final class PlacementTextTest {

    @Test
    void everyLayerHasARowAndEveryReasonIsToldInFull() {
        assertThat(PlacementText.text(Reports.mixed(), false)).isEqualTo("""
                        net: 2 of 4 layers on zynq0, 2 on CPU: 1 unsupported op, 1 cheaper there; 1 by the core itself; 1
                          removed

                        type       processing elements  layers    time
                        cpu        cpu0, cpu1                2  20.0 %
                        zynq-conv  zynq0                     2  80.0 %
                        zynq0 is quarantined: DMA timed out

                        layer                             operator         time  ran on    fits       cause
                        features.0                        conv2d        ~80.0 %  zynq0     zynq-conv
                        features.1                        batch_norm             zynq0     zynq-conv  folded into features.0
                        classifier.dropout                dropout                                     removed
                        encoder                           control.loop           the core
                          body, ran 60 times:
                            encoder.lay...very.long.path  linear         15.0 %  cpu       zynq-conv  slower
                        <b>&"norm"                        batch_norm      5.0 %  cpu                  unsupported op
                        ~ a part of the time measured for its task, by the cost model's prior

                        1 layer, removed: no effect in evaluation mode
                        1 layer, slower (zynq-conv): 1.250 ms (estimated) on zynq-conv, 0.400 ms on cpu
                        1 layer, unsupported op (zynq-conv): runs conv2d, found aten.batch_norm.default
                        """);
    }

    @Test
    void linesFitAHundredColumns() {
        assertThat(PlacementText.text(Reports.mixed(), false).lines())
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void aLayerThatIsNotExactSaysSo() {
        assertThat(PlacementText.text(Reports.inexact(), false))
                .contains("layer       operator     time  ran on         fits                   error  cause\n")
                .contains("features.0  conv2d    100.0 %  zynq0 in int8  zynq-conv  1.0e-02 (40.0 dB)")
                .contains("error: of the layer's task against the CPU's answers");
    }

    @Test
    void wideShowsEverything() {
        assertThat(PlacementText.text(Reports.mixed(), true))
                .contains("    encoder.layers.11.self_attention.output.dense.with.a.very.long.path  linear")
                .contains("float32[1, 16, 32, 32]")
                .contains("cpu0 x30, cpu1 x30")
                .contains("per run");
    }

    @Test
    void withoutAcceleratorsThereIsNothingToSayAboutThem() {
        PlacementReport report = new PlacementReport(
                "net",
                "0 of 0",
                0,
                List.of(new PeType("cpu", List.of("cpu0"), Map.of(), 0, 0)),
                Reports.mixed().layers());
        assertThat(PlacementText.text(report, false))
                .doesNotContain("can run on")
                .doesNotContain("why not");
    }
}
