// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;

/**
 * A handle on a tensor that is in the memory of processing elements, or is still to be computed. It is never written again once it is
 * there. Made by a {@link LayerScope} and closed with it, or earlier by {@link #close}: its memory then serves other calls, as soon as
 * no call that was issued before needs it. Thread-safe.
 */
@ProviderType
public interface DeviceTensor extends AutoCloseable {

    /** How far it is. */
    enum State {
        /** Its call, or one before that, has not ended. */
        PENDING,
        /** It can be read. */
        READY,
        /** Its call failed, or one that it depends on. */
        FAILED
    }

    State state();

    /** Element type; null while it is pending and only its call's end will tell. */
    @Nullable
    DType dtype();

    /** Sizes, outermost first, a copy; null while it is pending and only its call's end will tell. */
    long @Nullable [] sizes();

    /**
     * Waits until it is there: this makes a call a blocking one.
     *
     * @return this
     * @throws RequestException if its call failed, with the reason
     * @throws InterruptedException if the waiting thread is interrupted; the call goes on
     * @throws IllegalStateException if it is closed
     */
    DeviceTensor await() throws RequestException, InterruptedException;

    /**
     * Waits until it is there and copies it to the host.
     *
     * @return dense, in memory of its own on the Java heap
     * @throws RequestException if its call failed, or its only copy was lost with a device
     * @throws InterruptedException if the waiting thread is interrupted; the call goes on
     * @throws IllegalStateException if it is closed
     */
    Tensor read() throws RequestException, InterruptedException;

    /**
     * Completes with this when it is there, or exceptionally with a {@link RequestException}. Dependent actions run on a thread of the
     * Layer API, one after the other for all applications and never on that of a processing element, or in the thread that adds them to
     * a stage that is complete. They may issue calls and must not wait for any.
     */
    CompletionStage<DeviceTensor> ready();

    /** Completes with a copy on the host, otherwise as {@link #ready}. */
    CompletionStage<Tensor> host();

    /** Nobody issues further calls on it or reads it. Calls issued before get it all the same. A second call does nothing. */
    @Override
    void close();
}
