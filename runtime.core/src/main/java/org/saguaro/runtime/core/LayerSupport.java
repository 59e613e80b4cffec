// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.Map;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;

/**
 * Who can run a layer.
 *
 * @param layer the layer, as read
 * @param byPeType the answer of each PE type, sorted by type
 */
public record LayerSupport(Layer layer, Map<String, Support> byPeType) {}
