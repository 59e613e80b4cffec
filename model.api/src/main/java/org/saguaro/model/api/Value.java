// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * A value that flows through a {@link LayerGraph}: an input, a weight or a layer's output.
 *
 * @param id index in {@link LayerGraph#values()}
 * @param name the exporter's name, unique in the graph
 * @param type what it is
 */
public record Value(int id, String name, ValueType type) {

    /** Stands in {@link Layer#outputs()} for an output that nobody gets (the operator returned none). */
    public static final int NONE = -1;
}
