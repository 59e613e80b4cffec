// SPDX-License-Identifier: Apache-2.0
/** Hardware: UIO, u-dma-buf, the FPGA manager, device nodes and sysfs. */
@NullMarked
package org.saguaro.accel.zynq.linux;

import org.jspecify.annotations.NullMarked;
