// SPDX-License-Identifier: Apache-2.0
/**
 * Deployments and the service that makes them. {@link org.saguaro.runtime.core.deploy.Engine} is the whole runtime as plain
 * Java; {@link org.saguaro.runtime.core.component.RuntimeComponent} ties it to OSGi.
 */
@NullMarked
package org.saguaro.runtime.core.deploy;

import org.jspecify.annotations.NullMarked;
