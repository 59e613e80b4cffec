// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

/** One return of an operator. */
public record SchemaReturn(SchemaType type, SchemaAlias alias) {}
