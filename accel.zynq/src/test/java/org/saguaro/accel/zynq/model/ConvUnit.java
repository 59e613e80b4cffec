// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import java.util.Arrays;
import java.util.List;
import org.saguaro.accel.zynq.engine.ConvArray;
import org.saguaro.accel.zynq.engine.ConvFormat;
import org.saguaro.accel.zynq.engine.ConvFormat.Kind;
import org.saguaro.accel.zynq.engine.ConvModel;
import org.saguaro.accel.zynq.engine.Registers;
import org.saguaro.accel.zynq.model.ModelBus.Failure;

/** The convolution engine, from its registers and buffers; it knows no layers. */
final class ConvUnit implements ModelUnit {

    private static final int BLOCK = 16;
    /** By their codes. */
    private static final List<Kind> KINDS = List.of(Kind.INT8, Kind.FLOAT32, Kind.INT32);

    private static final ConvArray ARRAY = ConvArray.OVERLAY;

    @Override
    public int id() {
        return Registers.CONV_ID;
    }

    @Override
    public int caps0() {
        return ARRAY.lanes() << 16 | BLOCK;
    }

    @Override
    public int caps1() {
        return Integer.numberOfTrailingZeros(ARRAY.activationBeats()) << 8
                | Integer.numberOfTrailingZeros(ARRAY.weightRows());
    }

    @Override
    public long cycles(int[] r) {
        return 100 + (long) (r[23] & 0xFFFF) * (r[24] & 0xFFFF) * (r[26] & 0xFFFF) * Math.max(1, r[28] & 0xFFFFFF);
    }

    @Override
    public void run(int[] r, ModelBus bus) throws Failure {
        checkConfiguration(r);
        new Command(r, bus).run();
    }

    /** As conv_engine.sv; and what would wait for rows that never come. */
    private static void checkConfiguration(int[] r) throws Failure {
        boolean resident = (r[31] & 16) != 0;
        boolean once = (r[31] & 32) != 0;
        boolean pool = (r[31] & 64) != 0;
        boolean nonZero = true;
        for (int i : new int[] {6, 7, 8, 10, 15, 16, 23, 24, 25, 26, 27, 30}) {
            nonZero &= (r[i] & 0xFFFF) != 0;
        }
        for (int i = 0; i < 4; i++) {
            nonZero &= (r[13] >>> (8 * i) & 255) != 0;
        }
        nonZero &= (r[12] & 255) != 0 && (r[12] >>> 8 & 255) != 0;
        int ring = r[16] & 0xFFFF;
        boolean fits = ring <= ARRAY.activationBeats()
                && (r[8] & 0xFFFF) <= ring
                && (r[17] & 0xFFFF) < ring
                && (r[18] & 0xFFFF) < ring
                && (r[19] & 0xFFFF) < ring
                && (r[27] & 31) <= ARRAY.lanes() / BLOCK
                && (!resident || (r[29] <= ARRAY.weightRows() && (r[30] & 0xFFFF) == 1))
                && (once || (r[28] & 0xFFFFFF) < ARRAY.weightRows())
                && (!once || ((r[25] & 0xFFFF) == 1 && (r[24] & 0xFFFF) == 1));
        boolean consistent =
                ((r[28] & 0xFFFFFF) == 0) == pool && (r[31] & 3) != 3 && !(resident && once) && !(pool && once);
        if (!nonZero || !fits || !consistent) {
            throw new Failure(Registers.BAD_CONFIG, 0);
        }
        int reach = ((r[12] & 255) - 1) * (r[13] >>> 8 & 255) + 1;
        int rows = (r[25] - 1) * (r[13] & 255) + reach;
        if (r[15] < r[6] && rows > r[15]) {
            throw new Failure(Registers.WATCHDOG_ENDED, 0);
        }
    }

    private static final class Command {
        private final int[] r;
        private final ModelBus bus;
        private final int kernelHeight;
        private final int kernelWidth;
        private final int pixelBeats;
        private final boolean pool;
        private final ConvFormat format;
        private final int rowBytes = BLOCK * ARRAY.lanes();

        Command(int[] r, ModelBus bus) {
            this.r = r;
            this.bus = bus;
            kernelHeight = r[12] & 255;
            kernelWidth = r[12] >>> 8 & 255;
            pixelBeats = r[20] / (r[13] >>> 16 & 255);
            pool = (r[31] & 64) != 0;
            Kind kind = KINDS.get(r[31] & 3);
            boolean int8 = kind == Kind.INT8;
            format = new ConvFormat(kind, int8 ? (byte) r[35] : r[35], int8 ? (byte) r[36] : r[36], (byte) r[37], (byte)
                    (r[14] >>> 16));
        }

        void run() throws Failure {
            for (int row = 0; row < r[6]; row++) {
                bus.read(ModelUnit.address(r, 0) + (long) row * r[9], (long) r[8] * BLOCK);
            }
            int weights = bus.read(ModelUnit.address(r, 2), (long) r[29] * rowBytes);
            for (int tile = 0; tile < r[26]; tile++) {
                int lanes = pool ? BLOCK : tile == r[26] - 1 ? BLOCK * r[27] : ARRAY.lanes();
                int parameters = weights + tile * (r[28] + 1) * rowBytes;
                for (int y = 0; y < r[23]; y++) {
                    for (int x = 0; x < r[24]; x++) {
                        pixel(tile, lanes, parameters, y, x);
                    }
                }
            }
        }

        private void pixel(int tile, int lanes, int parameters, int y, int x) throws Failure {
            int[] sums = new int[lanes];
            for (int lane = 0; lane < lanes; lane++) {
                sums[lane] = pool ? Byte.MIN_VALUE : bus.bytes().getInt(parameters + BLOCK * lane);
            }
            byte[] act = new byte[BLOCK];
            int row = 0;
            for (int ky = 0; ky < kernelHeight; ky++) {
                for (int kx = 0; kx < kernelWidth; kx++) {
                    for (int block = 0; block < r[10]; block++) {
                        read(act, y, x, ky, kx, tile * r[11] + block);
                        row++;
                        accumulate(sums, act, parameters + row * rowBytes);
                    }
                }
            }
            int element = format.kind().bytes();
            long address = ModelUnit.address(r, 4) + (long) tile * r[34] + (long) y * r[33] + (long) x * r[32];
            int at = bus.write(address, (long) lanes * element);
            for (int lane = 0; lane < lanes; lane++) {
                int scale = bus.bytes().getInt(parameters + BLOCK * lane + Integer.BYTES);
                int value = ConvModel.finish(format, sums[lane], scale);
                if (element == 1) {
                    bus.bytes().put(at + lane, (byte) value);
                } else {
                    bus.bytes().putInt(at + lane * element, value);
                }
            }
        }

        private void accumulate(int[] sums, byte[] act, int weights) {
            byte[] bytes = bus.bytes().array();
            for (int lane = 0; lane < sums.length; lane++) {
                if (pool) {
                    sums[lane] = Math.max(sums[lane], act[lane]);
                    continue;
                }
                int at = weights + lane * BLOCK;
                int sum = 0;
                for (int i = 0; i < BLOCK; i++) {
                    sum += Math.max(-Byte.MAX_VALUE, bytes[at + i]) * act[i];
                }
                sums[lane] += sum;
            }
        }

        /** One tap's block of channels; behind the pixel's last one there are other pixels, whose weights are 0. */
        private void read(byte[] act, int y, int x, int ky, int kx, int block) throws Failure {
            int iy = y * (r[13] & 255) + ky * (r[13] >>> 8 & 255) - (r[14] & 255);
            int ix = x * (r[13] >>> 16 & 255) + kx * (r[13] >>> 24) - (r[14] >>> 8 & 255);
            if (iy < 0 || iy >= r[6] || ix < 0 || ix >= r[7]) {
                Arrays.fill(act, (byte) format.padValue());
            } else if (block >= pixelBeats) {
                Arrays.fill(act, (byte) 0);
            } else {
                long address = ModelUnit.address(r, 0) + (long) iy * r[9] + ((long) ix * pixelBeats + block) * BLOCK;
                bus.bytes().get(bus.read(address, BLOCK), act);
            }
        }
    }
}
