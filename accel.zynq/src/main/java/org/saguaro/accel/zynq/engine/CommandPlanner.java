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
    /** A row is asked for in bursts of this, and a few bursts are under way at a time: shorter rows come slower. */
    private static final int SHORT_ROW_BEATS = 16;

    private static final int MIN_ROW_CYCLES = 3;
    /** Each tile's pixel is a write burst of its own. */
    private static final int MIN_PIXEL_CYCLES = 2;
    /** So many bands are followed one by one; the others take as long as the last of these. */
    private static final int BANDS_FOLLOWED = 24;
    /** Bands are tried down to this part of what the ring has room for. */
    private static final int MAX_BAND_PARTS = 4;
    /** The estimate does not see how row and weight loads get into each other's way. */
    private static final double CLEARLY = 0.95;
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
        this.geometry = suited(geometry, blocks, array);
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

    /**
     * The same computation on the same bytes, which the engine does with fewer commands or loads in longer rows: a row of pixels is a column of them, and where
     * pixels do not see each other, any arrangement will do.
     */
    private static Geometry suited(Geometry geometry, int blocks, ConvArray array) {
        Geometry turned = geometry.isRow() ? geometry.turned() : geometry;
        if (turned.isPointwise() && turned.width() * blocks < SHORT_ROW_BEATS) {
            long pixels = (long) turned.height() * turned.width();
            for (int width = array.activationBeats() / blocks / 4; width * blocks >= SHORT_ROW_BEATS; width--) {
                if (pixels % width == 0) {
                    return turned.arranged((int) (pixels / width), width);
                }
            }
        }
        return turned;
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
        int passRows = Math.multiplyExact(tiles, weightRows + 1);
        boolean resident = passRows <= array.weightRows();
        boolean once = !pool && !resident && x.outputs() == 1 && (y.outputs() == 1 || weightRows >= array.weightRows());
        if (!resident && !once && weightRows >= array.weightRows()) {
            throw new Unsuitable("a tile's weights need " + weightRows + " rows of a weight memory of "
                    + array.weightRows() + ", one of which stays free");
        }
        int band = once ? 1 : band(y, x, rowBeats, slots, spare, resident);
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
                array, registers, input, weightOffset, output, cycles(y, x, rowBeats, slots, band, once));
    }

    private static int kindCode(ConvFormat.Kind kind) {
        return switch (kind) {
            case INT8 -> 0;
            case FLOAT32 -> 1;
            case INT32 -> 2;
        };
    }

    /**
     * How many output rows are done at once: by default as many as leave half of the ring for the next rows to arrive, or all if all rows fit; another choice
     * if it takes clearly less, as when weights are loaded again for every band.
     */
    private int band(Span y, Span x, int rowBeats, int slots, int spare, boolean resident) {
        boolean whole = slots >= y.inputs();
        int most = whole ? y.outputs() : Math.min(y.outputs(), spare / geometry.strideHeight() + 1);
        int best = whole ? most : Math.max(1, Math.min(most, spare / (2 * geometry.strideHeight())));
        long bestCycles = cycles(y, x, rowBeats, slots, best, false);
        for (int parts = 1; parts <= (resident || !whole ? MAX_BAND_PARTS : 1); parts++) {
            int band = (most + parts - 1) / parts;
            long cycles = cycles(y, x, rowBeats, slots, band, false);
            if (cycles < CLEARLY * bestCycles) {
                best = band;
                bestCycles = cycles;
            }
        }
        return best;
    }

    /**
     * What a command takes, about: follows, tile by tile and band by band, when the read bus has delivered what the array needs.
     *
     * @param slots input rows that the ring holds
     * @param once whether weights are used for one pixel each
     */
    private long cycles(Span y, Span x, int rowBeats, int slots, int band, boolean once) {
        int tileRows = weightRows + 1;
        long tileBeats = (long) tileRows * array.lanes();
        long rowCycles = Math.max(rowBeats, MIN_ROW_CYCLES);
        if (once) {
            return 2L * LATENCY_CYCLES + DRAIN_CYCLES + (long) y.outputs() * tiles * tileBeats + y.inputs() * rowCycles;
        }
        boolean resident = tiles * tileRows <= array.weightRows();
        // Of the next tile's weights, so many rows have a place while one tile is computed.
        long ahead = resident ? tileBeats : (long) Math.min(tileRows, array.weightRows() - tileRows) * array.lanes();
        int tileBlocks = Math.min(ConvArray.blocks(outputs), tileChannels / ConvArray.BLOCK);
        long steps = pool ? (long) geometry.kernelHeight() * geometry.kernelWidth() : weightRows;
        long pixel = Math.max(
                steps,
                Math.max(MIN_PIXEL_CYCLES, (long) tileBlocks * format.kind().bytes()));
        int bands = (y.outputs() + band - 1) / band;
        long bus = LATENCY_CYCLES;
        long time = 0;
        long bandBegin = 0;
        int loaded = 0;
        for (int b = 0; b < bands; b++) {
            if (b == BANDS_FOLLOWED) {
                time += (bands - b) * (time - bandBegin);
                break;
            }
            bandBegin = time;
            int first = b * band;
            int rows = Math.min(band, y.outputs() - first);
            int needed = rowsUpTo(first, y);
            int last = rowsUpTo(first + rows - 1, y);
            if (last > slots) {
                // The ring has no place for them before the former band is done.
                int early = Math.max(loaded, Math.min(last, rowsFreedBefore(b - 1, band, y) + slots));
                bus += (early - loaded) * rowCycles;
                bus = Math.max(bus, early < last ? time : bus);
                loaded = early;
            }
            bus += Math.max(0, needed - loaded) * rowCycles;
            loaded = Math.max(loaded, needed);
            for (int tile = 0; tile < tiles; tile++) {
                if (!resident || b == 0) {
                    bus += ahead;
                    if (ahead < tileBeats) {
                        bus = Math.max(bus, time) + tileBeats - ahead;
                    }
                    time = Math.max(time, bus);
                }
                time = Math.max(time, tile == 0 ? bus : 0) + TILE_GAP_CYCLES + (long) rows * x.outputs() * pixel;
                if (tile == 0) {
                    bus += Math.max(0, last - loaded) * rowCycles;
                    loaded = Math.max(loaded, last);
                    time = Math.max(time, bus);
                }
            }
        }
        return LATENCY_CYCLES + DRAIN_CYCLES + time;
    }

    /** Input rows from the first on that an output row needs. */
    private int rowsUpTo(int output, Span y) {
        int reach = (geometry.kernelHeight() - 1) * geometry.dilationHeight() + 1;
        return Math.max(1, Math.min(y.inputs(), output * geometry.strideHeight() - y.pad() + reach));
    }

    private int rowsFreedBefore(int band, int rows, Span y) {
        return Math.max(0, band * rows * geometry.strideHeight() - y.pad());
    }
}
