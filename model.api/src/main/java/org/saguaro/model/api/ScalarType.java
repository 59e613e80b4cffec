// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/** A scalar computed while the graph runs. */
public enum ScalarType implements ValueType {
    INT,
    FLOAT,
    BOOL
}
