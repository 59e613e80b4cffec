// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.ProcessingElementContract;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.model.ModelDevice;

/** The contract for the engines of one kind; tensors lie in the device's DMA memory. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class EngineContract extends ProcessingElementContract {

    private static final long MEMORY_BYTES = 64 << 20;

    /** What the engines are. */
    enum Engines {
        /** In Java. They compute on the worker's thread, as plain as can be: their garbage says nothing about the driver's. */
        MODELS,
        /** Simulated, where that is possible: slow, and without garbage. */
        RTL
    }

    private final String kind;
    private @Nullable Fpga fpga;
    private HostMemory.@Nullable Offer offer;

    EngineContract(String kind) {
        this.kind = kind;
    }

    /** What the engines under test are. */
    Engines engines() {
        return Engines.MODELS;
    }

    @Override
    protected final Optional<String> unavailable() {
        return engines() == Engines.RTL ? Simulation.unavailable() : Optional.empty();
    }

    private FpgaDevice device() throws DeviceException {
        return engines() == Engines.RTL ? Simulation.open() : new ModelDevice(MEMORY_BYTES);
    }

    @BeforeAll
    void openDevice() throws Exception {
        if (unavailable().isPresent()) {
            return;
        }
        Fpga opened = Boards.open(device(), Boards.MIXED);
        fpga = opened;
        offer = HostMemory.get().offer(opened.pool());
    }

    @AfterAll
    void closeDevice() {
        if (offer != null) {
            offer.close();
        }
        if (fpga != null) {
            fpga.close();
        }
    }

    private Fpga fpga() {
        return Objects.requireNonNull(fpga, "the device was not opened");
    }

    @Override
    protected ProcessingElement createProcessingElement(int index) throws Exception {
        return Boards.pe(fpga(), kind + index);
    }

    /** What is in the pool counts as well: tensors, weights, work space. */
    @Override
    protected long allocatedBytes(ProcessingElement processingElement) {
        return HostMemory.get().allocatedBytes() + fpga().pool().usage().usedBytes();
    }

    @Override
    protected int repetitions() {
        return engines() == Engines.RTL ? 2 : 20;
    }

    @Override
    protected long garbageBytesPerExecution() {
        return engines() == Engines.RTL ? 0 : Long.MAX_VALUE;
    }
}
