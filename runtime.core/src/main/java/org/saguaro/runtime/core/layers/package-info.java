// SPDX-License-Identifier: Apache-2.0
/**
 * The Layer API: operators as calls, for applications that are not models.
 *
 * <p>{@link org.saguaro.runtime.core.layers.Layers} is the service to start from. An application opens a session and calls operators on
 * tensors; every call is one task that the scheduling policy gives to a processing element, like a layer of a deployed model. A call
 * returns at once with handles on tensors that are still to be computed, and such handles are operands of further calls: a whole graph
 * of calls can be issued without waiting, and its tensors stay where the processing elements made them.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.runtime.core.layers;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
