// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.zynq.engine.ConvPlanner.Geometry;
import org.saguaro.accel.zynq.engine.ConvPlanner.Unsuitable;

/**
 * The commands for one set of weights over one image: one, or as many as there are tiles that the activation memory and the registers have room
 * for. rtl/README.md explains the registers.
 */
final class CommandPlanner {

    /** Between the last step of a tile and the first of the next, the array runs empty. */
    private static final int TILE_GAP_CYCLES = 12;
    /** Of the memory, as in the bars. */
    private static final int LATENCY_CYCLES = 40;
    /** From the last step to the end of a command. */
    private static final int DRAIN_CYCLES = 60;
    /** Narrower tiles than needed may run faster, as the next rows arrive meanwhile; so many more are tried. */
    private static final int MORE_TILES = 3;

    private final ConvArray array;
    private final Geometry geometry;
    private final ConvFormat format;
    private final int blocks;
    private final int outputs;
    private final int tiles;
    private final int tileChannels;
    private final int blocksPerTile;
    private final int blockStep;
    private final int weightRows;
    private final boolean pool;
    private final int outputPixelBytes;

    CommandPlanner(
            ConvArray array,
            Geometry geometry,
            ConvFormat format,
            int blocks,
            int outputs,
            int tiles,
            int tileChannels,
            int blocksPerTile,
            int blockStep,
            int weightRows,
            boolean pool,
            int outputPixelBytes) {
        this.array = array;
        // The memory of a row is that of a column.
        this.geometry = geometry.isRow() ? geometry.turned() : geometry;
        this.format = format;
        this.blocks = blocks;
        this.outputs = outputs;
        this.tiles = tiles;
        this.tileChannels = tileChannels;
        this.blocksPerTile = blocksPerTile;
        this.blockStep = blockStep;
        this.weightRows = weightRows;
        this.pool = pool;
        this.outputPixelBytes = outputPixelBytes;
    }

    /** Adds the cheapest commands to {@code commands}. Offsets are where image, weights and result begin in their buffers. */
    void plan(long inputOffset, long weightOffset, long outputOffset, List<ConvCommand> commands) throws Unsuitable {
        List<ConvCommand> best = null;
        long bestCycles = Long.MAX_VALUE;
        Unsuitable refusal = null;
        int more = MORE_TILES;
        for (int columns = 1; columns <= geometry.outputWidth() && more > 0; columns = next(columns)) {
            try {
                List<ConvCommand> tried = tiled(columns, inputOffset, weightOffset, outputOffset);
                long cycles =
                        tried.stream().mapToLong(ConvCommand::expectedCycles).sum();
                if (cycles < bestCycles) {
                    best = tried;
                    bestCycles = cycles;
                }
                more--;
            } catch (Unsuitable e) {
                refusal = e;
            }
        }
        if (best == null) {
            throw refusal == null ? new Unsuitable("no output") : refusal;
        }
        commands.addAll(best);
    }

    /** Few tiles one by one; many in larger steps. */
    private int next(int columns) {
        int larger = columns + Math.max(1, columns / 8);
        return columns < geometry.outputWidth() ? Math.min(larger, geometry.outputWidth()) : larger;
    }

    private List<ConvCommand> tiled(int columnTiles, long inputOffset, long weightOffset, long outputOffset)
            throws Unsuitable {
        List<ConvCommand> commands = new ArrayList<>();
        int reachHeight = (geometry.kernelHeight() - 1) * geometry.dilationHeight() + 1;
        int reachWidth = (geometry.kernelWidth() - 1) * geometry.dilationWidth() + 1;
        int maxRows = Math.max(1, (ConvPlanner.maxSide() - reachHeight) / geometry.strideHeight());
        int rowTiles = geometry.height() <= ConvPlanner.maxSide() && geometry.outputHeight() <= ConvPlanner.maxSide()
                ? 1
                : (geometry.outputHeight() + maxRows - 1) / maxRows;
        for (int row = 0; row < rowTiles; row++) {
            Span y = Span.of(
                    row,
                    rowTiles,
                    geometry.outputHeight(),
                    geometry.strideHeight(),
                    geometry.padTop(),
                    reachHeight,
                    geometry.height());
            for (int column = 0; column < columnTiles; column++) {
                Span x = Span.of(
                        column,
                        columnTiles,
                        geometry.outputWidth(),
                        geometry.strideWidth(),
                        geometry.padLeft(),
                        reachWidth,
                        geometry.width());
                if (y.outputs() > 0 && x.outputs() > 0) {
                    commands.add(command(y, x, inputOffset, weightOffset, outputOffset));
                }
            }
        }
        return commands;
    }

    /**
     * A tile in one direction.
     *
     * @param firstOutput of its outputs
     * @param firstInput that it reads
     * @param inputs that it reads
     * @param pad outside the image in front of it
     */
    private record Span(int firstOutput, int outputs, int firstInput, int inputs, int pad) {

        static Span of(int tile, int tiles, int outputs, int stride, int pad, int reach, int size) throws Unsuitable {
            if (tiles == 1) {
                return new Span(0, outputs, 0, size, pad);
            }
            int each = (outputs + tiles - 1) / tiles;
            int first = Math.min(outputs, tile * each);
            int count = Math.min(each, outputs - first);
            if (count == 0) {
                return new Span(first, 0, 0, 0, 0);
            }
            int from = first * stride - pad;
            int to = from + (count - 1) * stride + reach;
            if (from >= size) {
                throw new Unsuitable("a tile that lies outside the image");
            }
            int begin = Math.max(0, from);
            return new Span(first, count, begin, Math.max(1, Math.min(size, to) - begin), begin - from);
        }
    }

    private ConvCommand command(Span y, Span x, long inputOffset, long weightOffset, long outputOffset)
            throws Unsuitable {
        if (y.inputs() > ConvPlanner.maxSide()
                || x.inputs() > ConvPlanner.maxSide()
                || y.outputs() > ConvPlanner.maxSide()) {
            throw new Unsuitable("more than " + ConvPlanner.maxSide() + " rows or columns");
        }
        if (y.pad() > 255 || x.pad() > 255) {
            throw new Unsuitable("a padding above 255");
        }
        int reach = (geometry.kernelHeight() - 1) * geometry.dilationHeight() + 1;
        int stride = geometry.strideHeight();
        int rowBeats = Math.multiplyExact(x.inputs(), blocks);
        int slots = Math.min(array.activationBeats() / rowBeats, y.inputs());
        int spare = slots - Math.min(reach, y.inputs());
        if (slots == 0 || spare < 0) {
            throw new Unsuitable("the rows under the kernel need more than " + array.activationBeats()
                    + " beats of activation memory");
        }
        boolean whole = slots >= y.inputs();
        int passRows = Math.multiplyExact(tiles, weightRows + 1);
        boolean resident = passRows <= array.weightRows();
        boolean once = !pool && !resident && x.outputs() == 1 && (y.outputs() == 1 || weightRows >= array.weightRows());
        if (!resident && !once && weightRows >= array.weightRows()) {
            throw new Unsuitable("a tile's weights need " + weightRows + " rows of a weight memory of "
                    + array.weightRows() + ", one of which stays free");
        }
        int band;
        boolean ahead = true;
        if (once) {
            band = 1;
        } else if (whole) {
            band = resident ? Math.max(1, y.outputs() / 4) : y.outputs();
        } else {
            int half = spare / (2 * stride);
            int full = spare / stride + 1;
            band = Math.min(y.outputs(), Math.max(1, half));
            ahead = half >= 1;
            if (!resident
                    && cycles(y, x, rowBeats, Math.min(y.outputs(), full), false, false)
                            < cycles(y, x, rowBeats, band, ahead, false)) {
                band = Math.min(y.outputs(), full);
                ahead = false;
            } else if (!ahead) {
                band = Math.min(y.outputs(), full);
            }
        }
        int passes = resident ? 1 : (y.outputs() + band - 1) / band;
        if (passes > ConvPlanner.maxSide()) {
            throw new Unsuitable("more than " + ConvPlanner.maxSide() + " bands");
        }
        int ring = slots * rowBeats;
        int lastChannels = outputs - (tiles - 1) * tileChannels;
        int elementBytes = format.kind().bytes();
        int[] registers = new int[ConvCommand.REGISTERS];
        registers[6] = y.inputs();
        registers[7] = x.inputs();
        registers[8] = rowBeats;
        registers[9] = geometry.width() * blocks * ConvArray.BLOCK;
        registers[10] = blocksPerTile;
        registers[11] = blockStep;
        registers[12] = geometry.kernelHeight() | geometry.kernelWidth() << 8;
        registers[13] =
                stride | geometry.dilationHeight() << 8 | geometry.strideWidth() << 16 | geometry.dilationWidth() << 24;
        registers[14] = y.pad() | x.pad() << 8 | (format.padValue() & 255) << 16;
        registers[15] = slots;
        registers[16] = ring;
        registers[17] = Math.floorMod((long) stride * rowBeats, ring);
        registers[18] = Math.floorMod((long) geometry.dilationHeight() * rowBeats, ring);
        registers[19] = Math.floorMod(-(long) y.pad() * rowBeats, ring);
        registers[20] = geometry.strideWidth() * blocks;
        registers[21] = geometry.dilationWidth() * blocks;
        registers[22] = x.pad() * blocks;
        registers[23] = y.outputs();
        registers[24] = x.outputs();
        registers[25] = band;
        registers[26] = tiles;
        registers[27] = ConvArray.blocks(lastChannels);
        registers[28] = weightRows;
        registers[29] = passRows;
        registers[30] = passes;
        registers[31] = kindCode(format.kind()) | (resident ? 1 << 4 : 0) | (once ? 1 << 5 : 0) | (pool ? 1 << 6 : 0);
        registers[32] = outputPixelBytes;
        registers[33] = geometry.outputWidth() * outputPixelBytes;
        registers[34] = tileChannels * elementBytes;
        registers[35] = format.clampLow();
        registers[36] = format.clampHigh();
        registers[37] = format.zeroPoint() & 255;
        long input =
                inputOffset + ((long) y.firstInput() * geometry.width() + x.firstInput()) * blocks * ConvArray.BLOCK;
        long output =
                outputOffset + ((long) y.firstOutput() * geometry.outputWidth() + x.firstOutput()) * outputPixelBytes;
        return new ConvCommand(
                array, registers, input, weightOffset, output, cycles(y, x, rowBeats, band, ahead, once));
    }

    private static int kindCode(ConvFormat.Kind kind) {
        return switch (kind) {
            case INT8 -> 0;
            case FLOAT32 -> 1;
            case INT32 -> 2;
        };
    }

    /**
     * What a command takes, about: the slowest of computing, reading and writing, and what cannot overlap with it.
     *
     * @param ahead whether the next band's rows arrive while a band is computed
     */
    private long cycles(Span y, Span x, int rowBeats, int band, boolean ahead, boolean once) {
        int passRows = tiles * (weightRows + 1);
        boolean resident = passRows <= array.weightRows();
        long pixels = (long) y.outputs() * x.outputs();
        int bands = (y.outputs() + band - 1) / band;
        int steps = pool ? geometry.kernelHeight() * geometry.kernelWidth() : weightRows;
        // A tile's pixel leaves as so many beats.
        int outputBlocks = ConvArray.blocks(outputs);
        long writing = pixels * outputBlocks * format.kind().bytes();
        long computing = pixels * tiles * steps + (long) bands * tiles * TILE_GAP_CYCLES;
        long weights = (long) (resident ? 1 : once ? y.outputs() : bands) * passRows * array.lanes();
        long image = (long) y.inputs() * rowBeats;
        int reach = Math.min(y.inputs(), (geometry.kernelHeight() - 1) * geometry.dilationHeight() + 1);
        long begin = 2L * LATENCY_CYCLES
                + DRAIN_CYCLES
                + (long) reach * rowBeats
                + (long) (once ? 1 : weightRows + 1) * array.lanes();
        long waiting = ahead ? 0 : (bands - 1L) * band * geometry.strideHeight() * rowBeats;
        return begin + waiting + Math.max(Math.max(computing, writing), weights + image);
    }
}
