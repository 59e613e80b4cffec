// SPDX-License-Identifier: Apache-2.0
/** The archive: a zip whose entries are stored, so that they can be memory-mapped. */
@NullMarked
package org.saguaro.model.torch.zip;

import org.jspecify.annotations.NullMarked;
