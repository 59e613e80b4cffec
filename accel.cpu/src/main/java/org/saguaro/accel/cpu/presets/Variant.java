// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.OpName;

/** One way to compute a {@link FusedLayer}. Which is fastest differs from layer to layer, so they are measured. */
interface Variant {

    /** Short and stable: it is part of what PEs share about a measured choice. */
    String name();

    /** Whether it can compute the layer at all. */
    boolean appliesTo(FusedLayer layer, Context context);

    /**
     * Writes its calls.
     *
     * @throws RuntimeException if libtorch refuses the layer; the variant is then out
     */
    void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission);

    /**
     * What a variant may know of its surroundings.
     *
     * @param operators where operators are found
     * @param packed weights shared with other PEs
     * @param threads that one kernel uses
     * @param inputSizes sizes of the input, or null if a dimension is symbolic
     * @param values where a value of the graph is found
     * @param workspace memory for what a layer needs only while it runs
     */
    record Context(
            Operators operators,
            PackedWeights packed,
            int threads,
            @Nullable List<Long> inputSizes,
            IntFunction<Operand> values,
            Workspace workspace) {}

    /** Writes what remains after the main call: the residual and the activation, in place on a value that nobody else has. */
    static void emitEpilogue(
            FusedLayer layer, boolean residual, boolean activation, int current, Context context, Emission emission) {
        int result = emission.registers().of(layer.result());
        boolean add = residual && layer.hasResidual();
        Activation applied = activation ? layer.activation() : null;
        if (add) {
            emission.call(layer.label(), "aten.add_.Tensor")
                    .register(current)
                    .operand(context.values().apply(layer.residual()))
                    .integer(1)
                    .into(applied == null ? result : current);
        }
        if (applied != null) {
            emitActivation(applied.layer(), new Operand.Register(current), result, context, emission);
        }
    }

    /**
     * Writes an activation: in place on a register, whose value nobody else has, into new memory from a constant.
     *
     * @param current what it is applied to
     */
    static void emitActivation(Layer layer, Operand current, int result, Context context, Emission emission) {
        OpName inPlace = new OpName(
                layer.op().namespace(), layer.op().name() + "_", layer.op().overload());
        Operator operator = context.operators().find(inPlace);
        if (operator == null
                || operator.parameters().size() != layer.arguments().size()) {
            operator = context.operators().get(layer.op());
        }
        Emission.Arguments call = emission.call(layer.label(), operator.name().toString());
        ArgumentEncoder encoder = new ArgumentEncoder(emission.owner(), context.values());
        List<Parameter> parameters = operator.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            call.operand(
                    i == 0
                            ? current
                            : encoder.encode(
                                    parameters.get(i), layer.arguments().get(i).value()));
        }
        call.into(result);
    }
}
