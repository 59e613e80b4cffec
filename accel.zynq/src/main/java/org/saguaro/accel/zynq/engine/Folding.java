// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/**
 * Whether taps of the kernel are channels of the engine's input. An image of three channels uses three of the sixteen multipliers of a lane; with the
 * taps as channels it uses nearly all. Who packs the input repeats its pixels, who packs the weights reorders them.
 */
public enum Folding {
    /** The engine's input is the image. */
    NONE,
    /** Channel {@code kx * C + c} of the pixel (y, ox) is channel c of (y, ox * stride + kx * dilation - padding). */
    COLUMNS,
    /** Channel {@code (ky * kernelWidth + kx) * C + c} of the pixel (oy, ox) is channel c of the pixel under that tap. */
    KERNEL
}
