// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.engine.ConvLayout.WeightBlock;
import org.saguaro.accel.zynq.engine.ConvPlan.Section;

/**
 * Finds the cheapest way to compute a layer. It tries the {@link Folding foldings}; for grouped layers, to let each tile of output channels read only its own
 * input channels, or to run the groups, some at a time, as convolutions of their own whose weights are block-diagonal; for sums that are too deep,
 * parts of the input channels; for images that are too wide or high, tiles. Each variant's cycles are estimated, the driver's own work per command
 * included, and the first of the cheapest wins.
 */
final class ConvPlanner {

    /** What a command costs the driver, in cycles of the engine: 40 register writes and an interrupt. */
    private static final long DRIVER_CYCLES = 2_000;

    private static final int MAX_KERNEL = 255;
    private static final int MAX_SIDE = 65_535;
    /** Folding copies pixels; more copies than this are not worth the memory traffic. */
    private static final int MAX_FOLDED_GROWTH = 4;

    private final ConvShape shape;
    private final ConvFormat asked;
    private final ConvArray array;

    ConvPlanner(ConvShape shape, ConvFormat asked, ConvArray array) {
        this.shape = shape;
        this.asked = asked;
        this.array = array;
    }

    ConvPlan plan() throws AccelException {
        checkLimits();
        ConvPlan best = null;
        long bestCost = Long.MAX_VALUE;
        String refusal = "";
        for (Folding folding : Folding.values()) {
            Geometry geometry = Geometry.of(shape, folding);
            if (!worthTrying(folding, geometry)) {
                continue;
            }
            for (Arrangement arrangement : arrangements()) {
                try {
                    ConvPlan plan = build(folding, geometry, arrangement);
                    long cost = cost(plan.commands());
                    if (cost < bestCost) {
                        best = plan;
                        bestCost = cost;
                    }
                } catch (Unsuitable e) {
                    refusal = String.valueOf(e.getMessage());
                }
            }
        }
        if (best == null) {
            throw unsupported(refusal);
        }
        return best;
    }

    private void checkLimits() throws AccelException {
        if (shape.outputHeight() < 1 || shape.outputWidth() < 1) {
            throw unsupported("the kernel is larger than the padded image");
        }
        int largest = 0;
        for (int value : new int[] {
            shape.kernelHeight(),
            shape.kernelWidth(),
            shape.strideHeight(),
            shape.strideWidth(),
            shape.padTop(),
            shape.padLeft(),
            shape.dilationHeight(),
            shape.dilationWidth()
        }) {
            largest = Math.max(largest, value);
        }
        if (largest > MAX_KERNEL) {
            throw unsupported("kernel, stride, padding and dilation are at most " + MAX_KERNEL + ", found " + largest);
        }
        long elements = Math.max(
                (long) shape.inputHeight() * shape.inputWidth() * (shape.inputChannels() + ConvArray.BLOCK),
                (long) shape.outputHeight()
                        * shape.outputWidth()
                        * (shape.outputChannels() + ConvArray.BLOCK)
                        * asked.kind().bytes());
        long weights = (long) (shape.outputChannels() + array.lanes())
                * (shape.inputChannels() + ConvArray.BLOCK)
                * shape.kernelHeight()
                * shape.kernelWidth();
        if (Math.max(elements, weights) > Integer.MAX_VALUE / 2) {
            throw unsupported("an operand of more than 1 GiB");
        }
    }

    private boolean worthTrying(Folding folding, Geometry geometry) {
        if (folding == Folding.NONE) {
            return true;
        }
        if (shape.maxPool() || shape.groups() > 1 || shape.inputChannels() >= ConvArray.BLOCK) {
            return false;
        }
        boolean changes = folding == Folding.COLUMNS ? shape.kernelWidth() > 1 : shape.kernelHeight() > 1;
        long grown = (long) geometry.height * geometry.width * ConvArray.blocks(geometry.channels);
        long image = (long) shape.inputHeight() * shape.inputWidth();
        return changes && grown <= MAX_FOLDED_GROWTH * image;
    }

    private List<Arrangement> arrangements() {
        List<Arrangement> all = new ArrayList<>();
        int groups = shape.groups();
        if (groups == 1 || shape.maxPool()) {
            all.add(new Arrangement(false, 1));
            return all;
        }
        int outputs = shape.outputChannels() / groups;
        int inputs = shape.inputChannels() / groups;
        if (outputs <= array.lanes()
                && array.lanes() % outputs == 0
                && array.lanes() / outputs * inputs % ConvArray.BLOCK == 0) {
            all.add(new Arrangement(true, groups));
        }
        // More groups at once than fill the lanes and the blocks only make the zeros more.
        for (int together = groups; together >= 1; together--) {
            boolean full = together * outputs >= 2 * array.lanes() && together * inputs >= 2 * ConvArray.BLOCK;
            if (groups % together == 0 && (!full || together == 1)) {
                all.add(new Arrangement(false, together));
            }
        }
        return all;
    }

    /**
     * How groups become commands.
     *
     * @param aligned all in one, each tile reading its own input channels
     * @param together else so many groups at a time
     */
    private record Arrangement(boolean aligned, int together) {}

    private ConvPlan build(Folding folding, Geometry geometry, Arrangement arrangement) throws Unsuitable {
        int sections = arrangement.aligned() || shape.maxPool() ? 1 : shape.groups() / arrangement.together();
        int inputs = geometry.channels / sections;
        int outputs = shape.outputChannels() / sections;
        Lanes lanes = lanes(geometry, arrangement, inputs, outputs);
        Unsuitable last = null;
        ConvPlan best = null;
        // A sum in one piece may be slower than one in parts, if its weights cannot be kept; more parts than needed
        // never help.
        for (int parts = 1; parts <= (lanes.splittable() ? lanes.blocks() : 1); parts++) {
            try {
                ConvPlan plan = assemble(folding, geometry, lanes, sections, inputs, outputs, parts);
                if (best == null || cost(plan.commands()) < cost(best.commands())) {
                    best = plan;
                }
                if (lanes.keptWith(parts)) {
                    return best;
                }
            } catch (Unsuitable e) {
                last = e;
            }
        }
        if (best != null) {
            return best;
        }
        throw last == null ? new Unsuitable("no arrangement") : last;
    }

    private long cost(List<ConvCommand> commands) {
        long cycles = 0;
        for (ConvCommand command : commands) {
            cycles += command.expectedCycles() + DRIVER_CYCLES;
        }
        return cycles;
    }

    /** How channels meet lanes. */
    private record Lanes(
            int tileChannels, int blocks, int blocksPerTile, int blockStep, int taps, int weightRows, boolean pool) {

        boolean splittable() {
            return !pool && blockStep == 0;
        }

        /** Whether the weights of one tile fit if the sum has so many parts. */
        boolean keptWith(int parts) {
            return pool || taps * ((blocksPerTile + parts - 1) / parts) < weightRows;
        }
    }

    private Lanes lanes(Geometry geometry, Arrangement arrangement, int inputs, int outputs) {
        int blocks = ConvArray.blocks(inputs);
        int taps = geometry.kernelHeight * geometry.kernelWidth;
        if (shape.maxPool()) {
            return new Lanes(ConvArray.BLOCK, blocks, 1, 1, taps, array.weightRows(), true);
        }
        if (arrangement.aligned() && outputs > array.lanes()) {
            int perTile = array.lanes()
                    / (shape.outputChannels() / shape.groups())
                    * (shape.inputChannels() / shape.groups())
                    / ConvArray.BLOCK;
            return new Lanes(array.lanes(), blocks, perTile, perTile, taps, array.weightRows(), false);
        }
        return new Lanes(array.lanes(), blocks, blocks, 0, taps, array.weightRows(), false);
    }

    private ConvPlan assemble(
            Folding folding, Geometry geometry, Lanes lanes, int sections, int inputs, int outputs, int parts)
            throws Unsuitable {
        ConvFormat format = parts == 1 ? asked : ConvFormat.int32().padded(asked.padValue());
        int pixelsIn = Math.multiplyExact(geometry.height, geometry.width);
        int pixelsOut = Math.multiplyExact(geometry.outputHeight, geometry.outputWidth);
        List<Section> inputSections = new ArrayList<>();
        List<Section> outputSections = new ArrayList<>();
        List<WeightBlock> weights = new ArrayList<>();
        List<ConvCommand> commands = new ArrayList<>();
        // Sections of whole blocks stand side by side in one image; others get an image each.
        boolean joined = sections == 1 || outputs % ConvArray.BLOCK == 0;
        int elementBytes = format.kind().bytes();
        int joinedBytes = ConvArray.blocks(outputs * (joined ? sections : 1)) * ConvArray.BLOCK * elementBytes;
        if (joined) {
            outputSections.add(new Section(0, shape.outputChannels(), 0, joinedBytes));
        }
        long partBytes = (long) pixelsOut * joinedBytes * (joined ? 1 : sections);
        int blocksPerPart = (lanes.blocks() + parts - 1) / parts;
        long inputOffset = 0;
        long weightOffset = 0;
        int usedParts = (lanes.blocks() + blocksPerPart - 1) / blocksPerPart;
        for (int section = 0; section < sections; section++) {
            long outputOffset =
                    joined ? (long) section * outputs * elementBytes : (long) section * pixelsOut * joinedBytes;
            if (!joined) {
                outputSections.add(new Section(section * outputs, outputs, outputOffset, joinedBytes));
            }
            for (int part = 0; part < usedParts; part++) {
                int from = part * blocksPerPart * ConvArray.BLOCK;
                int channels = Math.min(inputs - from, blocksPerPart * ConvArray.BLOCK);
                int blocks = ConvArray.blocks(channels);
                int blocksPerTile = lanes.splittable() ? blocks : lanes.blocksPerTile();
                int tiles = (outputs + lanes.tileChannels() - 1) / lanes.tileChannels();
                int rows = lanes.pool() ? 0 : lanes.taps() * blocksPerTile;
                Section input = new Section(section * inputs + from, channels, inputOffset, blocks * ConvArray.BLOCK);
                inputSections.add(input);
                weights.add(new WeightBlock(
                        weightOffset,
                        input.firstChannel(),
                        channels,
                        section * outputs,
                        outputs,
                        tiles,
                        lanes.tileChannels(),
                        blocksPerTile,
                        lanes.blockStep(),
                        part == 0));
                CommandPlanner planner = new CommandPlanner(
                        array,
                        geometry,
                        format,
                        blocks,
                        outputs,
                        tiles,
                        lanes.tileChannels(),
                        blocksPerTile,
                        lanes.blockStep(),
                        rows,
                        lanes.pool(),
                        joinedBytes);
                planner.plan(inputOffset, weightOffset, outputOffset + part * partBytes, commands);
                inputOffset += (long) pixelsIn * input.pixelBytes();
                weightOffset += (long) tiles * (rows + 1) * array.lanes() * ConvArray.BLOCK;
            }
        }
        ConvLayout layout = new ConvLayout(
                folding,
                geometry.height,
                geometry.width,
                List.copyOf(inputSections),
                List.copyOf(outputSections),
                List.copyOf(weights),
                inputOffset,
                weightOffset,
                partBytes,
                usedParts);
        return new ConvPlan(shape, format, array, layout, commands);
    }

    private AccelException unsupported(@Nullable String why) {
        return new AccelException(
                AccelException.Category.UNSUPPORTED, "the convolution engine cannot compute " + shape + ": " + why);
    }

    /** The layer as the engine sees it, after folding. */
    record Geometry(
            int channels,
            int height,
            int width,
            int kernelHeight,
            int kernelWidth,
            int strideHeight,
            int strideWidth,
            int padTop,
            int padLeft,
            int dilationHeight,
            int dilationWidth,
            int outputHeight,
            int outputWidth) {

        static Geometry of(ConvShape s, Folding folding) {
            int outH = s.outputHeight();
            int outW = s.outputWidth();
            return switch (folding) {
                case NONE ->
                    new Geometry(
                            s.inputChannels(),
                            s.inputHeight(),
                            s.inputWidth(),
                            s.kernelHeight(),
                            s.kernelWidth(),
                            s.strideHeight(),
                            s.strideWidth(),
                            s.padTop(),
                            s.padLeft(),
                            s.dilationHeight(),
                            s.dilationWidth(),
                            outH,
                            outW);
                case COLUMNS ->
                    new Geometry(
                            s.inputChannels() * s.kernelWidth(),
                            s.inputHeight(),
                            outW,
                            s.kernelHeight(),
                            1,
                            s.strideHeight(),
                            1,
                            s.padTop(),
                            0,
                            s.dilationHeight(),
                            1,
                            outH,
                            outW);
                case KERNEL ->
                    new Geometry(
                            s.inputChannels() * s.kernelWidth() * s.kernelHeight(),
                            outH,
                            outW,
                            1,
                            1,
                            1,
                            1,
                            0,
                            0,
                            1,
                            1,
                            outH,
                            outW);
            };
        }

        /** Whether it is one row, which is the same as one column: rows may be many, columns not. */
        boolean isRow() {
            return height == 1 && width > 1 && kernelHeight == 1 && padTop == 0 && outputHeight == 1;
        }

        Geometry turned() {
            return new Geometry(
                    channels,
                    /* height= */ width,
                    /* width= */ height,
                    /* kernelHeight= */ kernelWidth,
                    /* kernelWidth= */ kernelHeight,
                    /* strideHeight= */ strideWidth,
                    /* strideWidth= */ strideHeight,
                    /* padTop= */ padLeft,
                    /* padLeft= */ padTop,
                    /* dilationHeight= */ dilationWidth,
                    /* dilationWidth= */ dilationHeight,
                    /* outputHeight= */ outputWidth,
                    /* outputWidth= */ outputHeight);
        }
    }

    /** A variant that the engine cannot run. */
    static final class Unsuitable extends Exception {
        private static final long serialVersionUID = 1L;

        Unsuitable(String why) {
            super(why, null, false, false);
        }
    }

    static int maxSide() {
        return MAX_SIDE;
    }
}
