// SPDX-License-Identifier: Apache-2.0
/** Programmable logic as the driver sees it: registers, DMA memory, interrupts, overlays; nothing here knows what is behind them. */
@NullMarked
package org.saguaro.accel.zynq.device;

import org.jspecify.annotations.NullMarked;
