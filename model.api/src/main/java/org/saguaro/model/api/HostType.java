// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * Something that no kernel reads or writes: a list, a tuple, a dictionary, an optional, a text, an element type. Only
 * {@link HostOp host operators} and {@link ControlOps control layers} make and take it, but for lists of tensors, integers and numbers
 * and optionals, which may also stand where an operator's schema says so: the core puts their elements in their place when
 * they are known.
 *
 * @param annotation for people: the type as TorchScript writes it, for instance {@code List[Tensor]}
 */
public record HostType(String annotation) implements ValueType {

    @Override
    public String toString() {
        return annotation;
    }
}
