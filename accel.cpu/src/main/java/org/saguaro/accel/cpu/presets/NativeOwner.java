// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.javacpp.Pointer;

/** Owns native objects and frees them in reverse order. Used by one thread at a time; only its size may be asked by any, once it is complete. */
final class NativeOwner implements AutoCloseable, Sized {

    private final Deque<AutoCloseable> owned = new ArrayDeque<>();

    /** Takes over a native object, also one that a {@code PointerScope} around the caller would free. */
    <P extends Pointer> P own(P pointer) {
        pointer.retainReference();
        owned.push(pointer::releaseReference);
        return pointer;
    }

    /** Takes over anything else that must be closed. */
    <C extends AutoCloseable> C adopt(C closeable) {
        owned.push(closeable);
        return closeable;
    }

    /** Takes over a native object of some size. */
    <P extends Pointer> P own(P pointer, long bytes) {
        pointer.retainReference();
        owned.push(new SizedPointer(pointer, bytes));
        return pointer;
    }

    private record SizedPointer(Pointer pointer, long residentBytes) implements AutoCloseable, Sized {
        @Override
        public void close() {
            pointer.releaseReference();
        }
    }

    @Override
    public long residentBytes() {
        long bytes = 0;
        for (AutoCloseable object : owned) {
            if (object instanceof Sized sized) {
                bytes += sized.residentBytes();
            }
        }
        return bytes;
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("a native object could not be freed", e);
            }
        }
    }
}
