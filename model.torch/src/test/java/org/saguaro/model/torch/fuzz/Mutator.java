// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.util.Random;

/** Damages one aspect of an archive and keeps the rest whole, so that the damage reaches the code that reads that aspect. */
interface Mutator {

    /** Whether the archive has that aspect. */
    boolean appliesTo(Archive archive);

    /**
     * Damages the archive.
     *
     * @return what was done, for people
     */
    String mutate(Archive archive, Random random);
}
