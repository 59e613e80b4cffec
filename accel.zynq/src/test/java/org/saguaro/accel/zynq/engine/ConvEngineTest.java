// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.saguaro.accel.zynq.engine.Rig.Data;

/** Layers from end to end are bit-exact with the golden model, on every device. */
class ConvEngineTest {

    private static final long MEMORY_BYTES = 32 << 20;

    private record Case(String name, ConvShape shape, List<ConvFormat> formats) {
        Case(String name, ConvShape shape) {
            this(name, shape, List.of(ConvFormat.int8(-128, 127, 3), ConvFormat.float32(0, 6), ConvFormat.int32()));
        }
    }

    private static List<Case> cases() {
        return List.of(
                new Case("one pixel", ConvShape.square(16, 1, 1, 16, 1, 1, 0)),
                new Case("kernel 3", ConvShape.square(32, 8, 8, 64, 3, 1, 1)),
                new Case("two tiles of outputs", ConvShape.square(16, 6, 6, 100, 3, 1, 1)),
                new Case("three channels, folded", ConvShape.square(3, 20, 20, 64, 7, 2, 3)),
                new Case("one channel, folded", ConvShape.square(1, 12, 9, 16, 5, 1, 2)),
                new Case("streamed weights", ConvShape.square(256, 4, 4, 320, 3, 1, 1)),
                new Case("sum in parts", ConvShape.square(1024, 3, 3, 32, 3, 1, 1)),
                new Case("linear", ConvShape.product(1, 500, 200)),
                new Case("linear, deeper than the weight memory", ConvShape.product(1, 9000, 70)),
                new Case("product", ConvShape.product(37, 96, 80)),
                new Case("product in parts", ConvShape.product(5, 8400, 64)),
                new Case(
                        "product of many rows",
                        ConvShape.product(66_000, 16, 16),
                        List.of(ConvFormat.int8(-128, 127, 0))),
                new Case(
                        "ring of rows",
                        ConvShape.square(256, 40, 40, 16, 3, 1, 1),
                        List.of(ConvFormat.int8(-128, 127, 0))),
                new Case("columns in tiles", ConvShape.square(64, 5, 1500, 16, 3, 2, 1), List.of(ConvFormat.int32())),
                new Case("depthwise", ConvShape.square(144, 9, 9, 144, 3, 1, 1).inGroups(144)),
                new Case(
                        "depthwise, one tile",
                        ConvShape.square(24, 9, 9, 24, 5, 2, 2).inGroups(24)),
                new Case(
                        "depthwise with a multiplier",
                        ConvShape.square(40, 7, 7, 80, 3, 1, 1).inGroups(40)),
                new Case("four groups", ConvShape.square(64, 6, 6, 256, 3, 1, 1).inGroups(4)),
                new Case(
                        "groups that do not suit the array",
                        ConvShape.square(60, 6, 6, 90, 3, 1, 1).inGroups(3)),
                new Case(
                        "groups of whole blocks",
                        ConvShape.square(96, 5, 5, 480, 3, 1, 1).inGroups(3)),
                new Case("one dimension", new ConvShape(40, 1, 50, 64, 1, 5, 1, 2, 0, 2, 0, 2, 1, 1, 1, false)),
                new Case(
                        "one long dimension",
                        new ConvShape(20, 1, 20_000, 8, 1, 3, 1, 1, 0, 1, 0, 1, 1, 1, 1, false),
                        List.of(ConvFormat.int8(-128, 127, 0))),
                new Case(
                        "other numbers in each direction",
                        new ConvShape(18, 13, 17, 20, 2, 3, 3, 2, 1, 2, 3, 0, 2, 4, 1, false)),
                new Case(
                        "value outside the image",
                        ConvShape.square(20, 8, 8, 64, 3, 1, 1),
                        List.of(ConvFormat.int8(-30, 90, -30).padded(-7))),
                new Case(
                        "max pooling",
                        ConvShape.square(72, 13, 11, 72, 3, 2, 1).asMaxPool(),
                        List.of(
                                ConvFormat.int8(-128, 127, 0).padded(-128),
                                ConvFormat.int32().padded(-128))));
    }

    @TestFactory
    List<DynamicTest> layersAreBitExactOnTheModel() {
        return layers(Devices.MODEL);
    }

    @TestFactory
    List<DynamicTest> layersAreBitExactOnTheRtl() {
        return layers(Devices.RTL);
    }

    private static List<DynamicTest> layers(Devices devices) {
        return cases().stream()
                .flatMap(one -> one.formats().stream()
                        .map(format -> DynamicTest.dynamicTest(
                                one.name() + ", " + format.kind(), () -> exact(devices, one.shape(), format))))
                .toList();
    }

    private static void exact(Devices devices, ConvShape shape, ConvFormat format) throws Exception {
        ConvPlan plan = ConvPlan.of(shape, format, ConvArray.OVERLAY);
        Data data = Data.random(shape, plan.format(), 7);
        try (Rig rig = new Rig(devices.open(MEMORY_BYTES, 1), EngineSettings.DEFAULT)) {
            int[] actual = rig.run(plan, data);
            int[] expected =
                    ConvModel.compute(shape, plan.format(), data.image, data.weights, data.biases, data.scales);
            assertThat(actual).as("%s", plan).isEqualTo(expected);
            System.out.printf("%s%n    took %d%n", plan, rig.lastCycles);
        }
    }
}
