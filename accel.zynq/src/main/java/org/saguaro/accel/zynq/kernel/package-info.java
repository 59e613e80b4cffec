// SPDX-License-Identifier: Apache-2.0
/** Layers as commands of engines: packing, quantising, slicing, copying. */
@NullMarked
package org.saguaro.accel.zynq.kernel;

import org.jspecify.annotations.NullMarked;
