// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

/**
 * The addition of another tensor to a product: {@code ours * own + theirs * other}, rounded as {@code aten.add} does.
 *
 * @param other value of the other tensor, of the result's sizes
 * @param alpha factor of the schema's second operand
 * @param otherFirst whether the other tensor is the schema's first operand, so that alpha belongs to the product
 */
record Residual(int other, float alpha, boolean otherFirst) {}
