// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Options of the random policy. */
@ObjectClassDefinition(name = "Saguaro scheduling policy by lot")
@interface RandomOptions {

    @AttributeDefinition(name = "Seed", description = "The same seed draws the same PEs again")
    long seed() default 0;
}
