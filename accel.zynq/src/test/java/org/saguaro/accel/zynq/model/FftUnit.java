// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import org.saguaro.accel.zynq.engine.FftEngine;
import org.saguaro.accel.zynq.engine.FftModel;
import org.saguaro.accel.zynq.engine.Registers;
import org.saguaro.accel.zynq.model.ModelBus.Failure;

final class FftUnit implements ModelUnit {

    @Override
    public int id() {
        return Registers.FFT_ID;
    }

    @Override
    public int caps0() {
        return 12 << 8 | 4;
    }

    @Override
    public int caps1() {
        return 1;
    }

    @Override
    public long cycles(int[] configuration) {
        int log2 = configuration[0] & 15;
        return FftEngine.expectedCycles(1 << Math.max(4, Math.min(12, log2)), configuration[2] & 0xFFFF);
    }

    @Override
    public void run(int[] configuration, ModelBus bus) throws Failure {
        int log2 = configuration[0];
        int transforms = configuration[2];
        if (log2 < 4 || log2 > 12 || transforms < 1 || transforms > 65_535) {
            throw new Failure(Registers.BAD_CONFIG, 0);
        }
        int values = 2 << log2;
        for (int i = 0; i < transforms; i++) {
            long offset = (long) i * values * Float.BYTES;
            float[] input = ZipUnit.floats(bus, ModelUnit.address(configuration, 3) + offset, values);
            int at = bus.write(ModelUnit.address(configuration, 5) + offset, (long) values * Float.BYTES);
            float[] result = FftModel.compute(input, (configuration[1] & 1) != 0, (configuration[1] & 2) != 0);
            for (int k = 0; k < values; k++) {
                bus.bytes().putFloat(at + Float.BYTES * k, result[k]);
            }
        }
    }
}
