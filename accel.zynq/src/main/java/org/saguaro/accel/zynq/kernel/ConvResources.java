// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.zynq.engine.ConvArray;

/**
 * What the kernels of one convolution engine share.
 *
 * @param array the engine's size
 * @param weights the device's packed weights
 * @param scratch the processing element's work space
 */
record ConvResources(ConvArray array, WeightStore weights, Scratch scratch) {}
