// SPDX-License-Identifier: Apache-2.0
/**
 * Python's pickles as PyTorch writes them, read with suspicion: nothing is executed, and only the classes that PyTorch's own
 * writers use are known. Start at {@link org.saguaro.model.torch.pickle.TorchPickle}.
 */
@NullMarked
package org.saguaro.model.torch.pickle;

import org.jspecify.annotations.NullMarked;
