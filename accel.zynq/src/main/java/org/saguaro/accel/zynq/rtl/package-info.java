// SPDX-License-Identifier: Apache-2.0
/** The engines' RTL simulated cycle by cycle in a library, reached through JNA. */
@NullMarked
package org.saguaro.accel.zynq.rtl;

import org.jspecify.annotations.NullMarked;
