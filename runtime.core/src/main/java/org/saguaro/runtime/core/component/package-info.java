// SPDX-License-Identifier: Apache-2.0
/**
 * Ties the core to the service registry and to Configuration Admin: one component per part of it, with its own configuration. Nothing
 * else in the core knows OSGi.
 */
@NullMarked
package org.saguaro.runtime.core.component;

import org.jspecify.annotations.NullMarked;
