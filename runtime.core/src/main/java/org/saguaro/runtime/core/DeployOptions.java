// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import java.util.Optional;
import org.saguaro.accel.api.Precision;
import org.saguaro.model.api.Tensor;

/**
 * How to deploy a model.
 *
 * @param name of the deployment
 * @param granularity what becomes a task
 * @param samples inputs of one request, as a caller will send them; empty if there are none at hand. A model that does not say
 *     what its tensors are (TorchScript), or leaves sizes open, is run with them once, and so prepared for inputs of these sizes
 *     before the deployment is there, and not only when the first such request has come
 * @param precision how exact float32 layers are computed at least; empty: as the runtime is configured. PEs that can only be exact are
 *     exact, whatever this says
 */
public record DeployOptions(String name, Granularity granularity, List<Tensor> samples, Optional<Precision> precision) {

    /** In the precision that the runtime is configured to. */
    public DeployOptions(String name, Granularity granularity, List<Tensor> samples) {
        this(name, granularity, samples, Optional.empty());
    }

    /** Without samples. */
    public DeployOptions(String name, Granularity granularity) {
        this(name, granularity, List.of(), Optional.empty());
    }

    public DeployOptions {
        samples = List.copyOf(samples);
    }

    /** What becomes one schedulable task. */
    public enum Granularity {
        /** Layers that no placement choice would separate form one task: a dispatch is paid where there is a choice. */
        SEGMENT,
        /** Every layer (with what is fused into it) is a task. */
        LAYER
    }

    /** The defaults: segments. */
    public static DeployOptions named(String name) {
        return new DeployOptions(name, Granularity.SEGMENT);
    }

    /** The same with another granularity. */
    public DeployOptions withGranularity(Granularity other) {
        return new DeployOptions(name, other, samples, precision);
    }

    /** The same with samples. */
    public DeployOptions withSamples(List<Tensor> inputs) {
        return new DeployOptions(name, granularity, inputs, precision);
    }

    /** The same in a precision. */
    public DeployOptions withPrecision(Precision least) {
        return new DeployOptions(name, granularity, samples, Optional.of(least));
    }
}
