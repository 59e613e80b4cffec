// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.engine.ConvEngine;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.accel.zynq.engine.ConvShape;
import org.saguaro.accel.zynq.kernel.Product.Order;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;

/**
 * One {@link Unit} on a convolution engine: finds the activations' scale, writes their digits into DMA memory, lets the engine multiply them with those of
 * the weights, and reads the sums back into a float32 tensor. Used by one thread at a time.
 */
final class UnitKernel implements AutoCloseable {

    /** Work space that one execution uses; larger images are computed in strips. */
    private static final long MOST_SCRATCH_BYTES = 16 << 20;

    /** A part of the result with what packs and unpacks it. */
    private record Piece(
            Strip strip, ActivationPacker packer, ResultUnpacker unpacker, WeightStore.@Nullable Entry weights) {}

    private final KernelSettings settings;
    private final Scratch scratch;
    private final Unit unit;
    private final Product product;
    private final String label;
    private final int limbs;
    private final Limbs.Term[] terms;
    private final List<Piece> pieces = new ArrayList<>();
    /** Of the other operand, if it is packed anew; digits that stay are only in DMA memory. */
    private final @Nullable WeightDigits changingDigits;

    private final double[] scales;
    private final double[] corrections;
    private final double[] noCorrections;
    /** The other operand if it is part of the model and packed anew for each image. */
    private final @Nullable ByteBuffer changingWeights;

    private final boolean packsWeights;
    private final long weightScratchBytes;
    private @Nullable DmaBuffer slicedWork;
    private ByteBuffer[] weightPlanes = {};
    /** Integers per unit of the activations and the reverse; one for an image, or one per row of a matrix. */
    private final double[] inverses;

    private final double[] units;
    private int zeroPoint;
    private boolean reserved;
    private int calibratedBits;
    private boolean calibratedNegative;
    private long cycles;
    private long engineNanos;

    /**
     * @param graph that the unit's values belong to
     * @throws AccelException {@code UNSUPPORTED} if a weight is not finite, {@code RESOURCE_EXHAUSTED} if there is no DMA memory
     */
    UnitKernel(KernelSettings settings, ConvResources resources, LayerGraph graph, Unit unit, String label, int limbs)
            throws AccelException {
        this.settings = settings;
        this.scratch = resources.scratch();
        this.unit = unit;
        this.label = label;
        this.limbs = limbs;
        product = unit.product();
        terms = Limbs.terms(limbs);
        ConvShape shape = product.shape();
        Weight weight = graph.weight(product.weights());
        packsWeights = weight == null || product.weightStride() != 0;
        noCorrections = new double[shape.outputChannels()];
        changingDigits = packsWeights ? newDigits() : null;
        changingWeights = weight != null && packsWeights ? bytes(weight.data()) : null;
        boolean matrix = product.inputOrder() == Order.INTERLEAVED;
        inverses = new double[matrix ? shape.inputHeight() : 1];
        units = new double[inverses.length];
        float[] bias = bias(graph);
        List<Strip> strips = Strip.cut(shape, resources.array(), limbs, terms.length, MOST_SCRATCH_BYTES);
        weightScratchBytes =
                packsWeights ? limbs * WeightStore.planeBytes(strips.get(0).plan()) : 0;
        if (packsWeights && strips.size() > 1) {
            throw new AccelException(
                    AccelException.Category.UNSUPPORTED,
                    settings.pe() + ": " + label + ": a product of activations that needs more than "
                            + MOST_SCRATCH_BYTES + " bytes of work space");
        }
        StayingDigits staying = new StayingDigits();
        try {
            for (Strip strip : strips) {
                pieces.add(new Piece(
                        strip,
                        new ActivationPacker(strip.plan(), product.inputOrder(), product.inputPixels(), limbs),
                        new ResultUnpacker(
                                strip.plan(),
                                product.outputOrder(),
                                product.outputPixels(),
                                terms,
                                bias,
                                unit.residual(),
                                unit.activation()),
                        packsWeights || weight == null
                                ? null
                                : resources.weights()
                                        .get(weight.data(), strip.plan(), limbs, () -> staying.of(weight.data()))));
            }
            WeightStore.Entry packed = pieces.get(0).weights();
            if (packed != null) {
                scales = packed.scales();
                corrections = packed.corrections();
            } else {
                WeightDigits own = Objects.requireNonNull(changingDigits);
                scales = own.scales();
                corrections = own.corrections();
            }
            scratch.reserve(weightScratchBytes
                    + strips.stream()
                            .mapToLong(strip -> strip.scratchBytes(limbs, terms.length))
                            .max()
                            .orElseThrow());
            reserved = true;
        } catch (AccelException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Little-endian bytes of a tensor's elements, row-major. */
    private static ByteBuffer bytes(Tensor tensor) {
        return tensor.toDense().bytes().order(ByteOrder.LITTLE_ENDIAN);
    }

    private float[] bias(LayerGraph graph) {
        float[] bias = new float[product.shape().outputChannels()];
        Weight weight = product.bias() == Product.NO_BIAS ? null : graph.weight(product.bias());
        return weight == null ? bias : weight.data().toFloats();
    }

    private WeightDigits newDigits() {
        ConvShape shape = product.shape();
        return new WeightDigits(
                shape.outputChannels(),
                shape.inputChannels() / shape.groups(),
                shape.kernelHeight() * shape.kernelWidth(),
                limbs);
    }

    private void take(WeightDigits digits, ByteBuffer source, int first) throws AccelException {
        if (!digits.take(source, first, product.weightOrder())) {
            throw notFinite("its weights");
        }
    }

    /** Digits of the model's weights, made once for all strips, and only if nobody has packed them. */
    private final class StayingDigits {
        private @Nullable WeightDigits made;

        WeightDigits of(Tensor weights) throws AccelException {
            WeightDigits digits = made;
            if (digits == null) {
                digits = newDigits();
                take(digits, bytes(weights), 0);
                made = digits;
            }
            return digits;
        }
    }

    /** Fixed-point numbers have no infinities: whoever computes in floating point takes over. No fault of this device. */
    private AccelException notFinite(String what) {
        return new AccelException(
                AccelException.Category.UNSUPPORTED,
                settings.pe() + ": " + label + ": " + what
                        + " hold infinities or NaN, which an integer engine cannot compute with");
    }

    Unit unit() {
        return unit;
    }

    // --- scales ---

    /** Takes note of the largest magnitude among these activations. */
    void calibrate(ByteBuffer input) {
        int count = product.images() * product.inputElements();
        int largest = Floats.largestBits(input, 0, count);
        if (limbs == 1 && largest < Floats.NOT_FINITE) {
            calibratedBits = Math.max(calibratedBits, largest);
            calibratedNegative |= Floats.anyNegative(input, 0, count);
        }
    }

    private void findScales(ByteBuffer input, int first) throws AccelException {
        int count = product.inputElements();
        boolean calibrated = calibratedBits > 0;
        boolean negative = limbs > 1 || (calibrated ? calibratedNegative : Floats.anyNegative(input, first, count));
        zeroPoint = negative ? 0 : Strip.SHIFT;
        double steps = negative ? Limbs.limit(limbs) : Limbs.DIGIT - Strip.SHIFT;
        int each = count / units.length;
        for (int i = 0; i < units.length; i++) {
            int bits = Floats.largestBits(input, first + i * each, each);
            if (bits >= Floats.NOT_FINITE) {
                throw notFinite("its inputs");
            }
            double largest = Float.intBitsToFloat(calibrated ? calibratedBits : bits);
            units[i] = largest / steps;
            inverses[i] = largest == 0 ? 0 : steps / largest;
        }
    }

    // --- running ---

    /**
     * Runs it.
     *
     * @param weights the other operand, if it is no part of the model; else anything
     * @param other the residual, if there is one; else anything
     */
    void execute(ConvEngine engine, ByteBuffer input, ByteBuffer weights, ByteBuffer other, ByteBuffer output)
            throws AccelException {
        cycles = 0;
        engineNanos = 0;
        DmaBuffer work = scratch.acquire();
        try {
            for (int image = 0; image < product.images(); image++) {
                WeightDigits digits = changingDigits;
                if (digits != null && (image == 0 || product.weightStride() != 0)) {
                    take(
                            digits,
                            changingWeights == null ? weights : changingWeights,
                            image * product.weightStride());
                    pack(digits, work);
                }
                int first = image * product.inputElements();
                findScales(input, first);
                for (int i = 0; i < pieces.size(); i++) {
                    run(engine, pieces.get(i), work, input, first, other, output, image * product.outputElements());
                }
            }
        } finally {
            scratch.release();
        }
    }

    /** Weights that change lie at the beginning of the work space. */
    private void pack(WeightDigits digits, DmaBuffer work) throws AccelException {
        ConvPlan plan = pieces.get(0).strip().plan();
        if (slicedWork != work) {
            weightPlanes = WeightStore.planes(plan, limbs, work, 0);
            slicedWork = work;
        }
        WeightStore.pack(digits, plan, weightPlanes);
        work.syncForDevice(0, weightScratchBytes);
    }

    private void run(
            ConvEngine engine,
            Piece piece,
            DmaBuffer work,
            ByteBuffer input,
            int firstInput,
            ByteBuffer other,
            ByteBuffer output,
            int firstOutput)
            throws AccelException {
        Strip strip = piece.strip();
        ConvShape shape = product.shape();
        boolean planar = product.inputOrder() == Order.PLANAR;
        int inputAt = (int) weightScratchBytes;
        int inputPlane = (int) strip.inputPlane();
        int outputAt = inputAt + limbs * inputPlane;
        int outputPlane = (int) strip.outputPlane();
        int firstPixel = strip.firstInputRow() * shape.inputWidth();
        piece.packer()
                .pack(
                        input,
                        firstInput + firstPixel * (planar ? 1 : shape.inputChannels()),
                        inverses,
                        firstPixel,
                        zeroPoint,
                        work.bytes(),
                        inputAt,
                        inputPlane);
        work.syncForDevice(inputAt, (long) limbs * inputPlane);
        long begun = System.nanoTime();
        multiply(engine, piece, work.physicalAddress(), inputAt, outputAt);
        engineNanos += System.nanoTime() - begun;
        work.syncForCpu(outputAt, (long) terms.length * outputPlane);
        int firstResult = strip.firstOutputRow() * shape.outputWidth();
        boolean planarOutput = product.outputOrder() == Order.PLANAR;
        piece.unpacker()
                .unpack(
                        work.bytes(),
                        outputAt,
                        outputPlane,
                        scales,
                        zeroPoint == 0 ? noCorrections : corrections,
                        units,
                        firstResult,
                        other,
                        output,
                        firstOutput + firstResult * (planarOutput ? 1 : shape.outputChannels()));
    }

    private void multiply(ConvEngine engine, Piece piece, long base, int inputAt, int outputAt) throws AccelException {
        Strip strip = piece.strip();
        ConvPlan plan = zeroPoint == 0 ? strip.plan() : strip.shiftedPlan();
        for (int i = 0; i < terms.length; i++) {
            Limbs.Term term = terms[i];
            WeightStore.Entry packed = piece.weights();
            long weights = packed != null
                    ? packed.address(term.weight())
                    : base + term.weight() * WeightStore.planeBytes(strip.plan());
            long done = engine.run(
                    plan,
                    base + inputAt + term.activation() * strip.inputPlane(),
                    weights,
                    base + outputAt + i * strip.outputPlane());
            settings.log().done(plan.commands().size(), done, 2 * plan.shape().macs());
            cycles += done;
        }
    }

    /** Cycles of the last execution. */
    long cycles() {
        return cycles;
    }

    /** How long the last execution waited for the engine, by the clock on the wall. */
    long engineNanos() {
        return engineNanos;
    }

    /** Commands of one execution, products of digits counted. */
    int commands() {
        return product.images()
                * terms.length
                * pieces.stream()
                        .mapToInt(p -> p.strip().plan().commands().size())
                        .sum();
    }

    long residentBytes() {
        long bytes = scratch.share();
        for (Piece piece : pieces) {
            WeightStore.Entry packed = piece.weights();
            bytes += packed == null ? 0 : packed.share();
        }
        return bytes;
    }

    @Override
    public void close() {
        for (Piece piece : pieces) {
            WeightStore.Entry packed = piece.weights();
            if (packed != null) {
                packed.giveBack();
            }
        }
        pieces.clear();
        if (reserved) {
            scratch.giveBack();
            reserved = false;
        }
    }
}
