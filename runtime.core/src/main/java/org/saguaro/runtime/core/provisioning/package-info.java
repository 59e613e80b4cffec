// SPDX-License-Identifier: Apache-2.0
/**
 * Closes the loop: sees how many tasks want to run and who holds memory, and re-shapes the hardware. Begin with {@link
 * org.saguaro.runtime.core.provisioning.Provisioner}; what is decided, and why, is in {@link
 * org.saguaro.runtime.core.provisioning.ShapeController} and {@link org.saguaro.runtime.core.provisioning.MemoryPlan}.
 */
@NullMarked
package org.saguaro.runtime.core.provisioning;

import org.jspecify.annotations.NullMarked;
