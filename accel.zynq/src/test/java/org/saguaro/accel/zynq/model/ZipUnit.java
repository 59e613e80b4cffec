// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import java.util.List;
import org.saguaro.accel.zynq.engine.Registers;
import org.saguaro.accel.zynq.engine.ZipEngine.Operation;
import org.saguaro.accel.zynq.engine.ZipModel;
import org.saguaro.accel.zynq.model.ModelBus.Failure;

final class ZipUnit implements ModelUnit {

    /** By their codes. */
    private static final List<Operation> OPERATIONS =
            List.of(Operation.ADD, Operation.SUBTRACT, Operation.MULTIPLY, Operation.MULTIPLY_CONJUGATE);

    @Override
    public int id() {
        return Registers.ZIP_ID;
    }

    @Override
    public int caps0() {
        return 15;
    }

    @Override
    public int caps1() {
        return 0;
    }

    @Override
    public long cycles(int[] configuration) {
        return 100 + Integer.toUnsignedLong(configuration[1]);
    }

    @Override
    public void run(int[] configuration, ModelBus bus) throws Failure {
        int count = configuration[1];
        if (configuration[0] < 0 || configuration[0] > 3 || count < 1 || count >= 1 << 28) {
            throw new Failure(Registers.BAD_CONFIG, 0);
        }
        float[] a = floats(bus, ModelUnit.address(configuration, 2), 2 * count);
        float[] b = floats(bus, ModelUnit.address(configuration, 4), 2 * count);
        int result = bus.write(ModelUnit.address(configuration, 6), 8L * count);
        float[] values = ZipModel.compute(OPERATIONS.get(configuration[0]), a, b);
        for (int i = 0; i < values.length; i++) {
            bus.bytes().putFloat(result + Float.BYTES * i, values[i]);
        }
    }

    static float[] floats(ModelBus bus, long address, int count) throws Failure {
        int at = bus.read(address, (long) Float.BYTES * count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = bus.bytes().getFloat(at + Float.BYTES * i);
        }
        return values;
    }
}
