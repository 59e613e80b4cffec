// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * How to deploy a model.
 *
 * @param name of the deployment
 * @param granularity what becomes a task
 */
public record DeployOptions(String name, Granularity granularity) {

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
}
