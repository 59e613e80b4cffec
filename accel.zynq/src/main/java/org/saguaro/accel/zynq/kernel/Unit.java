// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.jspecify.annotations.Nullable;

/**
 * A product and what follows it before anybody else sees it: one command, or some, of a convolution engine.
 *
 * @param product the head
 * @param residual the addition that follows, if one does
 * @param activation the activation that comes last, if one does
 * @param output value that the last of them makes
 */
record Unit(
        Product product,
        @Nullable Residual residual,
        @Nullable Activation activation,
        int output) {}
