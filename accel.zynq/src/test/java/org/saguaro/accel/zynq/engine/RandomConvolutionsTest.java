// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.engine.Rig.Data;
import org.saguaro.accel.zynq.rtl.BusTiming;
import org.saguaro.accel.zynq.rtl.RtlDevice;

/** Any layer that has a plan is computed bit for bit as the golden model does, whatever the memory's timing. */
class RandomConvolutionsTest {

    private static final long MEMORY_BYTES = 8 << 20;

    @Property(tries = 150)
    void theModelDeviceIsBitExact(@ForAll long seed) throws Exception {
        exact(Devices.MODEL, seed);
    }

    @Property(tries = 60)
    void theRtlIsBitExactUnderAnyBusTiming(@ForAll long seed) throws Exception {
        exact(Devices.RTL, seed);
    }

    /** An array of another size: other tiles, more parts, more bands. Only the plan is looked at: no device has it. */
    @Property(tries = 150)
    void smallArraysGetPlansWithinTheirLimits(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        ConvArray small = new ConvArray(16, 64, 512);
        ConvShape shape = shape(random);
        ConvFormat format = format(random, shape);
        try {
            ConvPlan plan = ConvPlan.of(shape, format, small);
            for (ConvCommand command : plan.commands()) {
                assertThat(command.register(16)).as("ring of %s", plan).isBetween(1, small.activationBeats());
                boolean once = (command.register(31) & 1 << 5) != 0;
                assertThat(once || command.register(28) < small.weightRows())
                        .as("weight rows of %s", plan)
                        .isTrue();
            }
        } catch (AccelException e) {
            assertThat(e.category()).as("%s", shape).isEqualTo(Category.UNSUPPORTED);
        }
    }

    private static void exact(Devices devices, long seed) throws Exception {
        Random random = new Random(seed);
        ConvShape shape = shape(random);
        ConvFormat format = format(random, shape);
        ConvPlan plan = ConvPlan.of(shape, format, ConvArray.OVERLAY);
        Data data = Data.random(shape, plan.format(), seed);
        try (FpgaDevice device = devices.open(MEMORY_BYTES, seed);
                Rig rig = new Rig(device, new EngineSettings(random.nextBoolean(), 1 << 17, 2_000_000))) {
            if (device instanceof RtlDevice rtl && random.nextInt(3) > 0) {
                int latency = random.nextInt(10);
                rtl.timing(new BusTiming(
                        latency, latency + random.nextInt(80), 10 + random.nextInt(91), 10 + random.nextInt(91)));
            }
            int[] actual = rig.run(plan, data);
            int[] expected =
                    ConvModel.compute(shape, plan.format(), data.image, data.weights, data.biases, data.scales);
            for (int i = 0; i < expected.length; i++) {
                if (actual[i] != expected[i]) {
                    fail(
                            "%s, %s, element %d: expected %08x, found %08x",
                            plan, plan.format(), i, expected[i], actual[i]);
                }
            }
        }
    }

    private static ConvShape shape(Random random) {
        int groups = 1;
        int inputs = 1 + random.nextInt(random.nextInt(4) == 0 ? 300 : 40);
        int outputs = 1 + random.nextInt(150);
        if (random.nextInt(4) == 0) {
            groups = 1 + random.nextInt(9);
            inputs = groups * (1 + random.nextInt(20));
            outputs = groups * (1 + random.nextInt(20));
        }
        int kernelHeight = 1 + random.nextInt(4);
        int kernelWidth = 1 + random.nextInt(4);
        int dilationHeight = 1 + random.nextInt(3);
        int dilationWidth = 1 + random.nextInt(3);
        int reachHeight = (kernelHeight - 1) * dilationHeight + 1;
        int reachWidth = (kernelWidth - 1) * dilationWidth + 1;
        ConvShape shape = new ConvShape(
                inputs,
                reachHeight + random.nextInt(10),
                reachWidth + random.nextInt(random.nextInt(5) == 0 ? 60 : 10),
                outputs,
                kernelHeight,
                kernelWidth,
                1 + random.nextInt(3),
                1 + random.nextInt(3),
                random.nextInt(4),
                random.nextInt(4),
                random.nextInt(4),
                random.nextInt(4),
                dilationHeight,
                dilationWidth,
                groups,
                false);
        return random.nextInt(8) == 0 ? shape.asMaxPool() : shape;
    }

    private static ConvFormat format(Random random, ConvShape shape) {
        ConvFormat format = switch (random.nextInt(3)) {
            case 0 -> ConvFormat.int8(-128 + random.nextInt(100), 127 - random.nextInt(100), random.nextInt(256) - 128);
            case 1 ->
                ConvFormat.float32(
                        random.nextBoolean() ? 0 : Float.NEGATIVE_INFINITY,
                        random.nextBoolean() ? 6 : Float.POSITIVE_INFINITY);
            default -> ConvFormat.int32();
        };
        return format.padded(shape.maxPool() ? -128 : random.nextBoolean() ? 0 : random.nextInt(256) - 128);
    }
}
