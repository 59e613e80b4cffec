// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.function.Supplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/** Frees the native objects that a piece of straight-line code leaves behind. */
final class Temporaries {

    private Temporaries() {}

    /**
     * Runs {@code work} and frees every native object made in it on this thread, except those it handed to a {@link NativeOwner}
     * and the result if that is one, which the caller closes or has {@linkplain NativeOwner#adopt adopted}.
     */
    static <T> T freed(Supplier<T> work) {
        PointerScope scope = new PointerScope();
        try {
            T result = work.get();
            if (result instanceof Pointer pointer) {
                pointer.retainReference();
            }
            return result;
        } finally {
            scope.close();
        }
    }

    /** The same without a result. */
    static void freed(Runnable work) {
        PointerScope scope = new PointerScope();
        try {
            work.run();
        } finally {
            scope.close();
        }
    }
}
