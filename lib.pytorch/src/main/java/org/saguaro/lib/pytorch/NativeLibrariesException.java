// SPDX-License-Identifier: Apache-2.0
package org.saguaro.lib.pytorch;

import org.jspecify.annotations.Nullable;

/** libtorch cannot be used in this process. The message says why and what to do. */
public final class NativeLibrariesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    NativeLibrariesException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
