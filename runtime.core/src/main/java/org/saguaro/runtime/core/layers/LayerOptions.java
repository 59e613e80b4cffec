// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import org.saguaro.runtime.core.RequestOptions;

/**
 * How to treat the calls of a session.
 *
 * @param call of each call: durations count from when it was issued, so the time-out covers the wait for its operands
 * @param callsInFlight calls issued and not ended, those included that wait for operands; at least 1
 * @param overload what happens to one call more
 * @param recorded whether the session remembers its calls for {@link LayerSession#profile}, which costs memory and some time per call
 */
public record LayerOptions(RequestOptions call, int callsInFlight, Overload overload, boolean recorded) {

    /** What happens to a call when there are as many in flight as there may be. */
    public enum Overload {
        /** It is refused at once, with a {@link java.util.concurrent.RejectedExecutionException}. */
        REFUSE,
        /** The calling thread waits until another call has ended. Not for threads that run callbacks of tensors. */
        WAIT
    }

    /** Default treatment, 65,536 calls in flight, more wait. */
    public static final LayerOptions DEFAULT = new LayerOptions(RequestOptions.DEFAULT, 1 << 16, Overload.WAIT, false);

    public LayerOptions {
        if (callsInFlight < 1) {
            throw new IllegalArgumentException("at least one call must be allowed in flight, found " + callsInFlight);
        }
    }

    /** The same with another treatment of each call. */
    public LayerOptions withCall(RequestOptions other) {
        return new LayerOptions(other, callsInFlight, overload, recorded);
    }

    /** The same with another bound. */
    public LayerOptions withCallsInFlight(int bound, Overload beyond) {
        return new LayerOptions(call, bound, beyond, recorded);
    }

    /** The same, recorded. */
    public LayerOptions withRecording() {
        return new LayerOptions(call, callsInFlight, overload, true);
    }
}
