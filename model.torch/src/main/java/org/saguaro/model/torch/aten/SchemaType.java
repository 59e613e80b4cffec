// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

/**
 * Type of an argument or a return in an operator's schema.
 *
 * @param base the innermost type as the schema writes it: {@code Tensor}, {@code SymInt}, {@code Scalar}, ...
 * @param optionalElement whether {@code None} may stand for an element of the list ({@code Tensor?[]})
 * @param list whether it is a list
 * @param size elements that a single number is repeated to ({@code int[2]}); 0 where the schema names none
 * @param optional whether {@code None} may stand for the whole
 */
public record SchemaType(String base, boolean optionalElement, boolean list, int size, boolean optional) {

    /** Whether the innermost type is a tensor. */
    public boolean isTensor() {
        return base.equals("Tensor");
    }

    @Override
    public String toString() {
        return base
                + (optionalElement ? "?" : "")
                + (list ? "[" + (size > 0 ? size : "") + "]" : "")
                + (optional ? "?" : "");
    }
}
