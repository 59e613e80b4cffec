// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Options of a policy that prefers some tasks to others and leaves tasks ready until a PE needs them. */
@ObjectClassDefinition(name = "Saguaro scheduling policy with late binding")
@interface LateOptions {

    @AttributeDefinition(
            name = "Ties",
            description = "Which of several equally good PEs gets a task",
            options = {@Option(TieBreak.FIRST), @Option(TieBreak.LEAST_LOADED), @Option(TieBreak.RANDOM)})
    String ties() default TieBreak.FIRST;

    @AttributeDefinition(name = "Seed", description = "Of random tie-breaks")
    long seed() default 0;

    @AttributeDefinition(
            name = "Queue depth",
            description = "Tasks that a PE is given at most, the running one included")
    int queue_depth() default 2;

    @AttributeDefinition(
            name = "Patience",
            description = "Tasks that may overtake the oldest ready task before it goes first")
    int patience() default 64;
}
