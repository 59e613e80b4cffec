// SPDX-License-Identifier: Apache-2.0
/** CPU processing elements on the JavaCPP presets of libtorch. Start reading at {@link org.saguaro.accel.cpu.presets.Presets}. */
@org.jspecify.annotations.NullMarked
package org.saguaro.accel.cpu.presets;
