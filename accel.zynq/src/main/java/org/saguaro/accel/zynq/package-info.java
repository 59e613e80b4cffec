// SPDX-License-Identifier: Apache-2.0
/** FPGA processing elements. */
@NullMarked
package org.saguaro.accel.zynq;

import org.jspecify.annotations.NullMarked;
