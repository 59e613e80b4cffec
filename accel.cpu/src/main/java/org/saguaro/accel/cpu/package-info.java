// SPDX-License-Identifier: Apache-2.0
/** CPU cores as processing elements, on libtorch. Start at {@link org.saguaro.accel.cpu.CpuAccelerator}. */
@NullMarked
package org.saguaro.accel.cpu;

import org.jspecify.annotations.NullMarked;
