// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * Data that belongs to the model: a parameter, a buffer or a constant.
 *
 * @param name fully qualified name, for instance {@code features.0.weight}
 * @param kind what PyTorch calls it
 * @param value id of the graph value that carries it
 * @param data a read-only view, for archives on the memory-mapped file; tied weights share their bytes
 */
public record Weight(String name, Kind kind, int value, Tensor data) {

    /** What PyTorch calls it. */
    public enum Kind {
        PARAMETER,
        BUFFER,
        CONSTANT
    }
}
