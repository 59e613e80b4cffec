// SPDX-License-Identifier: Apache-2.0
/**
 * CPU processing elements on libtorch's plain C ABI, through JNA: for platforms without JavaCPP presets, and for a libtorch that somebody
 * already has. Start reading at {@link org.saguaro.accel.cpu.cabi.CAbi}; how an operator is called says
 * {@link org.saguaro.accel.cpu.cabi.Ways}.
 */
@org.jspecify.annotations.NullMarked
package org.saguaro.accel.cpu.cabi;
