// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.accel.zynq.model.ModelDevice;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.ExportedProgramReader;
import org.saguaro.runtime.core.lowering.TaskGraph;

/** The example networks with their convolutions and linear layers on the FPGA's models. */
class ExamplesTest {

    private static final Path EXAMPLES = Path.of("..", "examples");

    private final ProcessingElement cpu =
            CpuAccelerator.processingElements(1, 1, false).get(0);

    @ParameterizedTest
    @CsvSource({
        "digits-vgg, INT8, 30, 1",
        "digits-vgg, INT16, 8, 0",
        "digits-vgg, FLOAT32, 8, 0",
        "speech-commands, INT8, 16, 1",
        "speech-commands, FLOAT32, 3, 0"
    })
    void recognisesWhatTheCpuRecognises(String example, Precision precision, int samples, int allowed)
            throws Exception {
        LayerGraph model = model(example);
        try (Fpga fpga = Boards.open(new ModelDevice(32 << 20), Boards.NETWORKS);
                MixedDeployment reference = new MixedDeployment(model, cpu, null, precision);
                MixedDeployment mixed =
                        new MixedDeployment(model, cpu, (AdjustablePrecision) Boards.pe(fpga, "conv0"), precision)) {
            assertThat(mixed.accelerated()).as("tasks on the FPGA").isGreaterThan(4);
            int others = 0;
            double worst = 0;
            double largest = 0;
            for (Tensor sample : samples(example, samples)) {
                double[] expected = reference.run(sample).get(0);
                double[] found = mixed.run(sample).get(0);
                others += best(expected) == best(found) ? 0 : 1;
                for (int i = 0; i < found.length; i++) {
                    worst = Math.max(worst, Math.abs(found[i] - expected[i]));
                    largest = Math.max(largest, Math.abs(expected[i]));
                }
            }
            System.out.printf(
                    "%s %s: %d of %d samples recognised otherwise, logits within %.3g of %.3g%n",
                    example, precision, others, samples, worst, largest);
            assertThat(others).as("samples recognised otherwise").isLessThanOrEqualTo(allowed);
            if (precision == Precision.FLOAT32) {
                assertThat(worst).as("largest difference of a logit").isLessThan(1e-5 * largest);
            }
        }
    }

    /** Scores of detections, best first, stay. */
    @Test
    void detectsWhatTheCpuDetects() throws Exception {
        LayerGraph model = model("shapes-detector");
        try (Fpga fpga = Boards.open(new ModelDevice(64 << 20), Boards.NETWORKS);
                MixedDeployment reference = new MixedDeployment(model, cpu, null, Precision.INT8);
                MixedDeployment mixed = new MixedDeployment(
                        model, cpu, (AdjustablePrecision) Boards.pe(fpga, "conv0"), Precision.INT8)) {
            Tensor sample = samples("shapes-detector", 1).get(0);
            List<double[]> expected = reference.run(sample);
            List<double[]> found = mixed.run(sample);
            for (int i = 0; i < expected.get(1).length && expected.get(1)[i] > 0.4; i++) {
                assertThat(found.get(2)[i]).as("class of detection %d", i).isEqualTo(expected.get(2)[i]);
                assertThat(found.get(1)[i]).as("score of detection %d", i).isBetween(0.25, 1.0);
            }
        }
    }

    /** No task that the core makes is one that prepare refuses, and no follower of a convolution is left behind. */
    @ParameterizedTest
    @CsvSource({"digits-vgg", "speech-commands", "shapes-detector"})
    void theCoreCutsWhatPrepareTakes(String example) throws Exception {
        try (Fpga fpga = Boards.open(new ModelDevice(64 << 20), Boards.NETWORKS)) {
            EnginePe pe = Boards.pe(fpga, "conv0");
            TaskGraph cut = MixedDeployment.cut(model(example), cpu, pe);
            int products = 0;
            for (TaskGraph.Task task : cut.tasks()) {
                if (task.peTypes().contains("accelerator")) {
                    pe.prepare(task.segment()).close();
                    products++;
                }
            }
            long expected = cut.graph().layers().stream()
                    .filter(layer ->
                            layer.op().name().startsWith("conv") || layer.op().isAten("linear"))
                    .count();
            assertThat((long) products).as("tasks for the FPGA").isEqualTo(expected);
        }
    }

    private static int best(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private static LayerGraph model(String example) throws IOException, ModelFormatException {
        return new ExportedProgramReader().read(EXAMPLES.resolve(example).resolve("model.pt2"));
    }

    /** The first samples of an example's file, one by one. */
    private static List<Tensor> samples(String example, int count) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(
                        Files.readAllBytes(EXAMPLES.resolve(example).resolve("samples.npy")))
                .order(ByteOrder.LITTLE_ENDIAN);
        // Version 1 of the format: the header's length is at 8; its text has the shape.
        int headerBytes = Short.toUnsignedInt(file.getShort(8));
        byte[] header = new byte[headerBytes];
        file.get(10, header);
        String text = new String(header, StandardCharsets.US_ASCII);
        String[] shape =
                text.substring(text.indexOf('(') + 1, text.indexOf(')')).split(",\\s*", -1);
        long[] sizes = new long[shape.length];
        int elements = 1;
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = i == 0 ? 1 : Long.parseLong(shape[i].trim());
            elements *= (int) sizes[i];
        }
        List<Tensor> samples = new ArrayList<>();
        for (int i = 0; i < Math.min(count, Integer.parseInt(shape[0].trim())); i++) {
            ByteBuffer copy = ByteBuffer.allocateDirect(elements * Float.BYTES);
            copy.put(0, file, 10 + headerBytes + i * elements * Float.BYTES, copy.capacity());
            samples.add(Tensor.dense(DType.FLOAT32, sizes, copy));
        }
        return samples;
    }
}
