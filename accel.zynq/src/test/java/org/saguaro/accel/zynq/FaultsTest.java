// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Reconfigurable;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.zynq.Layers.Convolution;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.model.ModelDevice;
import org.saguaro.accel.zynq.rtl.Fault;
import org.saguaro.model.api.DType;

/** What a kernel does when its engine fails, and when it comes back. */
class FaultsTest {

    private static final Convolution LAYER = new Convolution(16, 6, 6, 16, 3, 1, 1, 1, 1);

    private final float[] weights = new float[LAYER.weightCount()];
    private final TensorBuffer input = new TensorBuffer(DType.FLOAT32, HostMemory.get());
    private final TensorBuffer output = new TensorBuffer(DType.FLOAT32, HostMemory.get());
    private final ModelDevice device = new ModelDevice(8 << 20);
    private Fpga fpga;
    private EnginePe pe;
    private Kernel kernel;

    FaultsTest() throws AccelException {
        Arrays.fill(weights, 0.5f);
        fpga = Boards.open(device, Boards.NETWORKS);
        pe = Boards.pe(fpga, "conv0");
        kernel = pe.prepare(LAYER.graph(weights));
    }

    @BeforeEach
    void fill() throws AccelException {
        input.resize(1, LAYER.inputs(), LAYER.height(), LAYER.width());
        for (int i = 0; i < LAYER.inputCount(); i++) {
            input.host().bytes().putFloat(Float.BYTES * i, 1f);
        }
    }

    @AfterEach
    void close() {
        kernel.close();
        input.close();
        output.close();
        fpga.close();
    }

    private void execute() throws AccelException {
        kernel.execute(new TensorBuffer[] {input}, new TensorBuffer[] {output});
    }

    private void isRight() throws AccelException {
        execute();
        int middle = 2 * LAYER.width() + 3;
        assertThat(output.host().bytes().getFloat(Float.BYTES * middle))
                .as("an element inside")
                .isEqualTo(72f);
    }

    @ParameterizedTest
    @CsvSource({
        "NO_INTERRUPT, 0, 0",
        "CORRUPT_STATUS, 16777216, 0",
        "BUS_ERROR, 0, 9223372036854775807",
        "BUS_SILENT, 0, 0",
        "GONE, 0, 0"
    })
    void aFaultMakesTheDeviceLostUntilItIsRepaired(Fault fault, long a, long b) throws AccelException, DeviceException {
        isRight();
        device.fault("conv0", fault, a, b);
        assertThatThrownBy(this::execute).isInstanceOfSatisfying(AccelException.class, e -> {
            assertThat(e.category()).isEqualTo(AccelException.Category.DEVICE_LOST);
            assertThat(e).hasMessageContaining("conv0");
        });
        assertThat(fpga.lastError()).as("what the command fpga shows").contains("conv0");
        device.fault("conv0", Fault.HEALTHY, 0, 0);
        isRight();
    }

    @Test
    void aKernelOfAnotherOverlayWorksOnceThatIsLoaded() throws AccelException {
        close();
        fpga = Boards.open(new ModelDevice(8 << 20), Boards.NETWORKS, Boards.MIXED);
        pe = Boards.pe(fpga, "mixed.conv1");
        kernel = pe.prepare(LAYER.graph(weights));
        fillAgain();
        assertThatThrownBy(this::execute)
                .isInstanceOf(AccelException.class)
                .hasMessageContaining("holds overlay networks, not mixed");
        Reconfigurable reconfigurable = (Reconfigurable) pe;
        assertThat(reconfigurable.configurationNanos())
                .as("as the manifest says")
                .isEqualTo(300_000_000);
        reconfigurable.configure();
        isRight();
        ((Reconfigurable) Boards.pe(fpga, "networks.conv0")).configure();
        assertThatThrownBy(this::execute).isInstanceOf(AccelException.class);
        reconfigurable.configure();
        isRight();
        assertThat(fpga.loads()).as("loads").isEqualTo(4);
    }

    private void fillAgain() throws AccelException {
        fill();
    }

    @Test
    void aDeviceThatIsFullRefusesWithFigures() throws AccelException {
        close();
        fpga = Boards.open(new ModelDevice(32 << 10), Boards.NETWORKS);
        pe = Boards.pe(fpga, "conv0");
        assertThatThrownBy(() -> pe.prepare(LAYER.graph(weights)))
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category()).isEqualTo(AccelException.Category.RESOURCE_EXHAUSTED))
                .hasMessageContaining("32768");
        assertThat(fpga.pool().usage().usedBytes())
                .as("bytes in use afterwards")
                .isZero();
    }

    @Test
    void enginesOfEqualSizeShareWeights() throws AccelException {
        close();
        fpga = Boards.open(new ModelDevice(8 << 20), Boards.MIXED);
        pe = Boards.pe(fpga, "conv0");
        var graph = LAYER.graph(weights);
        kernel = pe.prepare(graph);
        long one = fpga.pool().usage().usedBytes();
        try (Kernel second = Boards.pe(fpga, "conv0").prepare(graph)) {
            assertThat(second).isNotNull();
            long scratch = fpga.pool().usage().usedBytes() - one;
            assertThat(scratch)
                    .as("bytes that a second engine needs: work space, no weights")
                    .isLessThan(one);
        }
        assertThat(fpga.pool().usage().usedBytes()).isEqualTo(one);
    }
}
