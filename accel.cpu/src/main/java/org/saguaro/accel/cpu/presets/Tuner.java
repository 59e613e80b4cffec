// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.TorchFailures;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.OpName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses a {@link Variant} for each fused layer by measuring: no backend wins everywhere. A variant must first give the plain
 * variant's result. Choices are kept by the layer's signature, so equal layers and the other PEs do not measure again.
 * Thread-safe; what is measured is measured by the calling thread, with its libtorch settings.
 */
final class Tuner {

    /** Name of the plain variant: the layers one by one. */
    static final String PLAIN = "plain";

    private static final Logger LOG = LoggerFactory.getLogger(Tuner.class);

    private static final List<Variant> VARIANTS = List.of(
            new OneDnnConvolution(),
            new WinogradConvolution(WinogradTransform.FOUR, false),
            new WinogradConvolution(WinogradTransform.FOUR, true),
            new WinogradConvolution(WinogradTransform.TWO, true),
            new XnnpackConvolution(),
            new OneDnnPointwiseConvolution(),
            new FoldedConvolution(true),
            new FoldedConvolution(false),
            new OneDnnLinear(),
            new XnnpackLinear());

    private static final int MIN_ROUNDS = 2;
    private static final int MAX_ROUNDS = 20;
    private static final long ROUNDS_BUDGET_NANOS = 25_000_000;
    /** A variant this much slower than the best is out. */
    private static final double HOPELESS = 1.6;
    /** What a variant must gain over the plain one, which needs no second copy of the weight. */
    private static final double WORTH_PACKING = 0.98;

    private static final double RELATIVE_TOLERANCE = 2e-5;
    private static final int TRIAL_REGISTERS = 256;

    private final Operators operators;
    private final PackedWeights packed;
    private final @Nullable String forced;
    private final Map<String, String> choices = new ConcurrentHashMap<>();

    /** A tuner that measures. */
    Tuner(Operators operators, PackedWeights packed) {
        this(operators, packed, null);
    }

    private Tuner(Operators operators, PackedWeights packed, @Nullable String forced) {
        this.operators = operators;
        this.packed = packed;
        this.forced = forced;
    }

    /** A tuner that always takes one variant, for tests. */
    static Tuner always(String variant, Operators operators, PackedWeights packed) {
        return new Tuner(operators, packed, variant);
    }

    /** Names of the variants that may compute a layer on one thread, the plain one excepted. */
    static List<String> variantsFor(FusedLayer layer, List<Long> sizes) {
        Operators operators = new Operators();
        Variant.Context context = new Variant.Context(
                operators, new PackedWeights(), 1, sizes, id -> new Operand.Register(id), new Workspace());
        return VARIANTS.stream()
                .filter(variant -> sameKind(variant, layer) && variant.appliesTo(layer, context))
                .map(Variant::name)
                .toList();
    }

    /**
     * What is to be decided.
     *
     * @param layer the fused layer
     * @param sizes input sizes to measure with; symbolic dimensions have got a guess
     * @param symbolic whether a dimension is symbolic
     * @param channelsLast whether the input comes in channels-last order
     * @param leaves whether the result leaves the segment, and so must become row-major
     * @param threads that a kernel uses
     */
    record Question(
            FusedLayer layer, List<Long> sizes, boolean symbolic, boolean channelsLast, boolean leaves, int threads) {

        String signature() {
            FusedLayer l = layer;
            return l.kind() + " " + sizes + " " + l.weight().spec() + " " + l.geometry()
                    + (l.bias() != null ? " bias" : "") + (l.normalisation() != null ? " norm" : "")
                    + (l.hasResidual() ? " residual" : "")
                    + (l.activation() != null
                            ? " " + l.activation().oneDnnName() + l.activation().scalars()
                            : "")
                    + (symbolic ? " symbolic" : "") + (channelsLast ? " nhwc" : "") + (leaves ? " leaves" : "") + " x"
                    + threads;
        }
    }

    /** Signatures measured so far, with the variant chosen. */
    Map<String, String> choices() {
        return Map.copyOf(choices);
    }

    /**
     * Writes the calls of a fused layer in the variant that is best for it.
     *
     * @param calls turns single layers into calls
     * @param values where values are found
     * @param registers of the program
     * @param workspace of the kernel
     * @return the calls, to be owned by the kernel
     */
    Emission emit(
            Question question,
            LayerCalls calls,
            IntFunction<Operand> values,
            Registers registers,
            Workspace workspace) {
        try (FoldedWeights weights = new FoldedWeights(question.layer())) {
            String signature = question.signature();
            String chosen = forced != null ? forced : choices.get(signature);
            if (chosen != null) {
                return emit(chosen, question, weights, calls, values, registers, workspace);
            }
            try (Trial trial = new Trial(question, weights, calls, values)) {
                chosen = measured(trial, signature);
                Emission emission = emit(chosen, question, weights, calls, values, registers, workspace);
                choices.put(signature, chosen);
                return emission;
            }
        }
    }

    /** A guess for a symbolic size may be one that the layer refuses; the plain variant then takes whatever comes. */
    private static String measured(Trial trial, String signature) {
        try {
            return trial.run();
        } catch (RuntimeException e) {
            LOG.debug("{}: not measured: {}", signature, TorchFailures.firstLine(e));
            return PLAIN;
        }
    }

    private Emission emit(
            String variant,
            Question question,
            FoldedWeights weights,
            LayerCalls calls,
            IntFunction<Operand> values,
            Registers registers,
            Workspace workspace) {
        Emission emission = new Emission(operators, registers);
        try {
            if (variant.equals(PLAIN)) {
                for (Layer member : question.layer().members()) {
                    calls.emit(member, values, emission);
                }
            } else {
                byName(variant, question.layer())
                        .emit(question.layer(), weights, context(question, values, workspace), emission);
            }
            return emission;
        } catch (RuntimeException e) {
            emission.close();
            throw e;
        }
    }

    private Variant.Context context(Question question, IntFunction<Operand> values, Workspace workspace) {
        return new Variant.Context(
                operators,
                packed,
                question.threads(),
                question.symbolic() ? null : question.sizes(),
                values,
                workspace);
    }

    private Variant byName(String name, FusedLayer layer) {
        return VARIANTS.stream()
                .filter(v -> v.name().equals(name) && sameKind(v, layer))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no variant " + name));
    }

    private static boolean sameKind(Variant variant, FusedLayer layer) {
        boolean forLinear = variant instanceof OneDnnLinear || variant instanceof XnnpackLinear;
        return forLinear == (layer.kind() == FusedLayer.Kind.LINEAR);
    }

    /** One layer's measurement, on random data. */
    private final class Trial implements AutoCloseable {
        private final Question question;
        private final FoldedWeights weights;
        private final LayerCalls calls;
        private final IntFunction<Operand> graphValues;
        private final NativeOwner owner = new NativeOwner();
        private final Registers registers = new Registers();
        private final Workspace workspace = owner.adopt(new Workspace());
        private final Machine machine = owner.adopt(new Machine(TRIAL_REGISTERS, Call.LONGEST));
        private final int result;
        private final List<Candidate> candidates = new ArrayList<>();

        Trial(Question question, FoldedWeights weights, LayerCalls calls, IntFunction<Operand> graphValues) {
            this.question = question;
            this.weights = weights;
            this.calls = calls;
            this.graphValues = graphValues;
            result = registers.of(question.layer().result());
        }

        String run() {
            FusedLayer layer = question.layer();
            setInput();
            Candidate plain = candidate(PLAIN);
            plain.warmUp();
            if (layer.hasResidual()) {
                // The residual has the result's sizes and layout; now these are known.
                setResidual();
                plain.warmUp();
            }
            try (Tensor expected = machine.tensor(result).clone()) {
                for (Variant variant : VARIANTS) {
                    if (variant.appliesTo(layer, context(question, this::value, workspace))
                            && sameKind(variant, layer)) {
                        consider(variant.name(), expected);
                    }
                }
            }
            return measure(plain).name;
        }

        private void consider(String variant, Tensor expected) {
            try {
                Candidate candidate = candidate(variant);
                candidate.warmUp();
                if (!agrees(machine.tensor(result), expected)) {
                    candidates.remove(candidate);
                }
            } catch (RuntimeException e) {
                // libtorch refuses this layer in this variant (an activation it does not know, for instance): another
                // serves.
                machine.release(result);
                candidates.removeIf(c -> c.name.equals(variant));
            }
        }

        private Candidate candidate(String variant) {
            Emission emission =
                    owner.adopt(Tuner.this.emit(variant, question, weights, calls, this::value, registers, workspace));
            finish(emission);
            if (registers.count() > TRIAL_REGISTERS) {
                throw new IllegalStateException("a fused layer needs too many registers");
            }
            Liveness.mark(emission.calls(), kept());
            Candidate candidate = new Candidate(variant, emission.calls());
            candidates.add(candidate);
            return candidate;
        }

        /** A result in another order than its readers want must be brought into that order, and that counts. */
        private void finish(Emission emission) {
            if (question.layer().kind() != FusedLayer.Kind.CONV2D) {
                return;
            }
            Parameter format = operators
                    .get(OpName.parse("aten.contiguous.default"))
                    .parameters()
                    .get(1);
            emission.call("layout", "aten.contiguous.default")
                    .register(result)
                    .operand(new ArgumentEncoder(emission.owner(), graphValues)
                            .encode(
                                    format,
                                    new Argument.Constant(
                                            Argument.Constant.Kind.MEMORY_FORMAT,
                                            question.leaves() ? "contiguous_format" : "channels_last")))
                    .into(result);
        }

        private Set<Integer> kept() {
            FusedLayer layer = question.layer();
            return layer.hasResidual()
                    ? Set.of(result, registers.of(layer.input()), registers.of(layer.residual()))
                    : Set.of(result, registers.of(layer.input()));
        }

        private Operand value(int id) {
            Operand operand = graphValues.apply(id);
            return operand instanceof Operand.Constant ? operand : new Operand.Register(registers.of(id));
        }

        private void setInput() {
            Temporaries.freed(() -> {
                Tensor input = torch.randn(
                        question.sizes().stream().mapToLong(Long::longValue).toArray());
                if (question.channelsLast()) {
                    input = input.contiguous(torch.MemoryFormat.ChannelsLast);
                }
                machine.set(registers.of(question.layer().input()), new IValue(input));
                if (question.layer().hasResidual()) {
                    // One number broadcasts to any size: enough to learn the result's sizes.
                    machine.set(registers.of(question.layer().residual()), new IValue(torch.zeros(1)));
                }
            });
        }

        private void setResidual() {
            Temporaries.freed(() -> {
                Tensor residual = torch.randn_like(machine.tensor(result));
                if (question.layer().kind() == FusedLayer.Kind.CONV2D) {
                    residual = residual.contiguous(torch.MemoryFormat.ChannelsLast);
                }
                machine.set(registers.of(question.layer().residual()), new IValue(residual));
            });
        }

        private Candidate measure(Candidate plain) {
            List<Candidate> running = new ArrayList<>(candidates);
            long deadline = System.nanoTime() + ROUNDS_BUDGET_NANOS * running.size();
            for (int round = 0; round < MAX_ROUNDS && running.size() > 1; round++) {
                if (round >= MIN_ROUNDS && System.nanoTime() > deadline) {
                    break;
                }
                running.forEach(Candidate::time);
                if (round >= 1) {
                    long best =
                            running.stream().mapToLong(c -> c.bestNanos).min().orElseThrow();
                    running.removeIf(c -> c.bestNanos > HOPELESS * best);
                }
            }
            Candidate best = running.stream()
                    .min(Comparator.comparingLong(c -> c.bestNanos))
                    .orElse(plain);
            if (LOG.isDebugEnabled()) {
                LOG.debug("{}: {} of {}", question.signature(), best, candidates);
            }
            return best != plain && running.contains(plain) && best.bestNanos > WORTH_PACKING * plain.bestNanos
                    ? plain
                    : best;
        }

        @Override
        public void close() {
            machine.clear();
            owner.close();
        }

        private final class Candidate {
            private final String name;
            private final List<Call> program;
            private long bestNanos = Long.MAX_VALUE;

            Candidate(String name, List<Call> program) {
                this.name = name;
                this.program = program;
            }

            @Override
            public String toString() {
                return name + "=" + bestNanos / 1000 + "us";
            }

            void warmUp() {
                machine.release(result);
                for (Call call : program) {
                    machine.run(call, true);
                }
            }

            /** Keeps the fastest run: on a busy machine the others tell about the machine. */
            void time() {
                long start = System.nanoTime();
                warmUp();
                bestNanos = Math.min(bestNanos, System.nanoTime() - start);
            }
        }
    }

    /** Whether two results agree, relative to the largest element. */
    private static boolean agrees(Tensor actual, Tensor expected) {
        if (actual.dim() != expected.dim()) {
            return false;
        }
        for (long d = 0; d < actual.dim(); d++) {
            if (actual.size(d) != expected.size(d)) {
                return false;
            }
        }
        return Temporaries.freed(() -> {
            double largest = expected.abs().max().item_double();
            double difference = expected.sub(actual).abs().max().item_double();
            return difference <= RELATIVE_TOLERANCE * Math.max(largest, 1e-6);
        });
    }
}
