// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Options of StarPU's data-aware policies. */
@ObjectClassDefinition(name = "Saguaro scheduling policy, data-aware")
@interface DmdaOptions {

    @AttributeDefinition(name = "Alpha", description = "Weight of finishing later than on the PE that finishes first")
    double alpha() default Fitness.ALPHA;

    @AttributeDefinition(name = "Beta", description = "Weight of the time that transfers take")
    double beta() default Fitness.BETA;

    @AttributeDefinition(name = "Gamma", description = "Microseconds that a joule is worth")
    double gamma() default Fitness.GAMMA;

    @AttributeDefinition(
            name = "Ties",
            description = "Which of several equally good PEs gets a task",
            options = {@Option(TieBreak.FIRST), @Option(TieBreak.LEAST_LOADED), @Option(TieBreak.RANDOM)})
    String ties() default TieBreak.FIRST;

    @AttributeDefinition(name = "Seed", description = "Of random tie-breaks")
    long seed() default 0;

    @AttributeDefinition(
            name = "Queue depth",
            description = "dmdas only: tasks that a PE is given at most, the running one included")
    int queue_depth() default 2;

    @AttributeDefinition(
            name = "Patience",
            description = "dmdas only: tasks that may overtake the oldest ready task before it goes first")
    int patience() default 64;
}
