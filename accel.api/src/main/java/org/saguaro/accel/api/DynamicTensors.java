// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * An ability of a {@link ProcessingElement}: it runs layers although nothing is known of some of their tensors
 * ({@link org.saguaro.model.api.AnyTensor}) before they are there. Its kernels look at the buffers they get and give those
 * they write their element type ({@link TensorBuffer#resize(org.saguaro.model.api.DType, long...)}). A PE without it is only
 * asked about layers whose tensors have a known element type and shape, which may be symbolic.
 */
@ConsumerType
public interface DynamicTensors extends ProcessingElement {}
