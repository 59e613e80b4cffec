// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.zynq.engine.ConvArray;
import org.saguaro.accel.zynq.engine.ConvEngine;
import org.saguaro.accel.zynq.engine.ConvFormat;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/**
 * Kernels of a convolution engine: convolutions over one and two dimensions, linear layers and matrix products of float32 tensors, with the residual
 * addition and the activation that follow them.
 */
public final class ConvKernels implements KernelMaker {

    private final KernelSettings settings;
    private final EngineSource<ConvEngine> source;
    private final ConvResources resources;
    private final Units.Cache units = new Units.Cache(this::check);

    /**
     * @param array the engine's size
     * @param weights the device's packed weights
     */
    public ConvKernels(KernelSettings settings, EngineSource<ConvEngine> source, ConvArray array, WeightStore weights) {
        this.settings = settings;
        this.source = source;
        resources = new ConvResources(array, weights, new Scratch(settings.pool()));
    }

    private void check(LayerGraph graph, Product product) throws Refusal {
        try {
            ConvPlan plan = ConvPlan.of(product.shape(), ConvFormat.int32(), resources.array());
            long capacity = settings.pool().usage().capacityBytes();
            if (plan.weightBytes() > capacity) {
                throw new Refusal(
                        Support.Cause.MEMORY,
                        "its weights take " + plan.weightBytes() + " bytes of DMA memory, of which there are "
                                + capacity);
            }
        } catch (AccelException e) {
            throw new Refusal(Support.Cause.SHAPE, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Support supports(LayerGraph graph, Layer layer) {
        return units.of(graph).supports(layer);
    }

    /**
     * The fastest precision that serves who asks for {@code least}.
     */
    public static Precision precisionFor(Precision least) {
        return switch (least) {
            case FLOAT32 -> Precision.FLOAT32;
            // 16 bits and a scale come before what has a mantissa of 10.
            case INT16, TF32, FLOAT16 -> Precision.INT16;
            case INT8 -> Precision.INT8;
        };
    }

    @Override
    public Kernel prepare(LayerGraph segment, Precision precision) throws AccelException {
        Units found = new Units(segment, this::check);
        List<UnitKernel> kernels = new ArrayList<>();
        try {
            if (!found.isComplete()) {
                throw new Refusal(
                        Support.Cause.OPERATOR,
                        segment.layers().stream()
                                .map(layer -> layer.name() + ": " + found.supports(layer))
                                .filter(line -> !line.endsWith("YES"))
                                .findFirst()
                                .orElse("no layer"));
            }
            List<Unit> all = found.all();
            List<Integer> given = Units.outputs(segment);
            for (int value : given) {
                if (all.stream().noneMatch(unit -> unit.output() == value)
                        || given.indexOf(value) != given.lastIndexOf(value)) {
                    throw new Refusal(Support.Cause.ATTRIBUTE, "gives the results of its layers, each once");
                }
            }
            int limbs = Limbs.count(precision);
            for (Unit unit : all) {
                kernels.add(new UnitKernel(settings, resources, segment, unit, segment.name(), limbs));
            }
            return settings.simulated()
                    ? new SimulatedConvKernel(settings, source, segment, kernels, given)
                    : new ConvKernel(settings, source, segment, kernels, given);
        } catch (Refusal refusal) {
            kernels.forEach(UnitKernel::close);
            throw new AccelException(
                    AccelException.Category.UNSUPPORTED,
                    settings.pe() + ": " + segment.name() + ": " + refusal.getMessage());
        } catch (OutOfMemoryError e) {
            kernels.forEach(UnitKernel::close);
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    settings.pe() + ": " + segment.name()
                            + ": no Java memory for the digits of its weights; raise -Xmx or choose a lower precision",
                    e);
        } catch (AccelException | RuntimeException e) {
            kernels.forEach(UnitKernel::close);
            throw e;
        }
    }
}
