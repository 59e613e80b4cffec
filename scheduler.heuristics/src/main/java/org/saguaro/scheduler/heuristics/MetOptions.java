// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Options of minimum execution time, by which all PEs of a type draw. */
@ObjectClassDefinition(name = "Saguaro scheduling policy MET")
@interface MetOptions {

    @AttributeDefinition(
            name = "Ties",
            description = "Which of several equally good PEs gets a task",
            options = {@Option(TieBreak.FIRST), @Option(TieBreak.LEAST_LOADED), @Option(TieBreak.RANDOM)})
    String ties() default TieBreak.LEAST_LOADED;

    @AttributeDefinition(name = "Seed", description = "Of random tie-breaks")
    long seed() default 0;
}
