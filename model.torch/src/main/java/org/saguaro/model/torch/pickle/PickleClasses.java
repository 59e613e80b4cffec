// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;

/** Which classes and functions a pickle may name, and what they stand for here. Whatever it does not know is refused. */
public interface PickleClasses {

    /** What a class or function is to build. Python's own code is never run. */
    interface PickleClass {

        /**
         * What the function returns, or the class's constructor.
         *
         * @param argument a {@link Tuple} of the arguments; a single value where TorchScript passes an enumeration's
         * @throws PickleRefusal if it is nothing that PyTorch writes, or not supported
         */
        Object call(@Nullable Object argument) throws PickleRefusal, IOException, ModelFormatException;
    }

    /**
     * What a name stands for: a {@link PickleClass} for what can be called, anything else for a constant.
     *
     * @return null if the name is not known
     * @throws PickleRefusal if more can be said about it than that it is not known
     */
    @Nullable
    Object find(String module, String name) throws PickleRefusal;

    /** What a persistent id stands for. */
    Object persistent(@Nullable Object id) throws PickleRefusal, IOException, ModelFormatException;
}
