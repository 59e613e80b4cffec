// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Options of a policy that may find PEs equally good. */
@ObjectClassDefinition(name = "Saguaro scheduling policy")
@interface TieOptions {

    @AttributeDefinition(
            name = "Ties",
            description = "Which of several equally good PEs gets a task",
            options = {@Option(TieBreak.FIRST), @Option(TieBreak.LEAST_LOADED), @Option(TieBreak.RANDOM)})
    String ties() default TieBreak.FIRST;

    @AttributeDefinition(name = "Seed", description = "Of random tie-breaks")
    long seed() default 0;
}
