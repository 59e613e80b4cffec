// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a layer needs only while it runs. All layers of a kernel use the same, one after the other, so it stays in the
 * cache. Used by one thread at a time.
 */
final class Workspace implements AutoCloseable, Sized {

    private final NativeOwner owner = new NativeOwner();
    private @Nullable Tensor current;
    private final AtomicLong bytes = new AtomicLong();

    /** At least {@code count} floats, contents undefined; valid as long as this. */
    Tensor floats(long count) {
        if (current == null || current.numel() < count) {
            current = owner.own(torch.empty(count));
            // The smaller ones before it are kept: calls point into them.
            bytes.addAndGet(count * Float.BYTES);
        }
        return current;
    }

    @Override
    public long residentBytes() {
        return bytes.get();
    }

    @Override
    public void close() {
        owner.close();
    }
}
