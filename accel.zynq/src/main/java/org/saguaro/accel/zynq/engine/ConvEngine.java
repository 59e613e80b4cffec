// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;

/** The convolution engine. As {@link Engine}. */
public final class ConvEngine extends Engine {

    private @Nullable ConvArray array;

    /**
     * @param memory what its commands may touch
     */
    public ConvEngine(EnginePort port, DmaRegion memory, EngineSettings settings) {
        super(port, memory, settings, Registers.CONV_ID);
    }

    /**
     * How large it is.
     *
     * @throws AccelException as {@link #ensureReady}
     */
    public ConvArray array() throws AccelException {
        ensureReady();
        if (array == null) {
            throw lost("its capabilities are unknown");
        }
        return array;
    }

    /**
     * Runs one command of a plan. Caches must have been synchronised.
     *
     * @param input physical address of the plan's input buffer, a multiple of 16; so are the others
     * @return the cycles it took
     * @throws AccelException as {@link Engine} says, and {@code KERNEL_FAILED} if the plan is for an engine of another size
     */
    public long run(ConvCommand command, long input, long weights, long output) throws AccelException {
        if (!command.array().equals(array())) {
            throw new AccelException(
                    AccelException.Category.KERNEL_FAILED,
                    description() + ": the plan is for " + command.array() + ", the engine is " + array);
        }
        try {
            configureAddress(0, input + command.inputOffset());
            configureAddress(2, weights + command.weightOffset());
            configureAddress(4, output + command.outputOffset());
            for (int i = ConvCommand.ADDRESS_REGISTERS; i < ConvCommand.REGISTERS; i++) {
                configure(i, command.register(i));
            }
            return complete(command.expectedCycles());
        } catch (DeviceException e) {
            throw lost(e);
        }
    }

    /**
     * Runs all commands of a plan; as {@link #run(ConvCommand, long, long, long)}.
     *
     * @return the cycles of all
     */
    public long run(ConvPlan plan, long input, long weights, long output) throws AccelException {
        long cycles = 0;
        for (int i = 0; i < plan.commands().size(); i++) {
            cycles += run(plan.commands().get(i), input, weights, output);
        }
        return cycles;
    }

    @Override
    void checkCapabilities(int caps0, int caps1) throws AccelException {
        array = ConvArray.of(caps0, caps1);
    }
}
