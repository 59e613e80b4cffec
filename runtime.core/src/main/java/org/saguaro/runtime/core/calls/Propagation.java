// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.dispatch.Dispatcher;
import org.saguaro.runtime.core.dispatch.Request.TensorOwner;

/**
 * What follows from an event, gathered and then done: calls whose last operand came start together, calls of which an operand failed
 * fail, one after the other and not inside each other, however long the chain. Used by one thread, again and again; from {@link #begin}
 * to {@link #end} events inside events only add to it.
 */
final class Propagation {

    private record Failure(LayerCall call, RequestException cause) {}

    private final Dispatcher dispatcher;
    private final Consumer<LayerCall> preparer;
    private final ArrayDeque<Failure> failures = new ArrayDeque<>(0);
    private TensorOwner[] ready = new TensorOwner[16];
    private TensorOwner[] starting = new TensorOwner[16];
    private int readyCount;
    private int depth;

    /** @param preparer takes calls whose plan has to be made, which is slow */
    Propagation(Dispatcher dispatcher, Consumer<LayerCall> preparer) {
        this.dispatcher = dispatcher;
        this.preparer = preparer;
    }

    void begin() {
        depth++;
    }

    /** Every operand of the call is there. */
    void start(LayerCall call) {
        if (readyCount == ready.length) {
            ready = Arrays.copyOf(ready, 2 * readyCount);
        }
        ready[readyCount++] = call;
    }

    /** Every operand of the call is there, but its kernels are not. */
    void prepare(LayerCall call) {
        preparer.accept(call);
    }

    /** An operand of the call failed. */
    void fail(LayerCall call, RequestException cause) {
        failures.add(new Failure(call, cause));
    }

    /** Does what was gathered, if this is the outermost event. */
    void end() {
        try {
            while (depth == 1 && (readyCount > 0 || !failures.isEmpty())) {
                Failure failure = failures.poll();
                if (failure != null) {
                    failure.call().failBecause(failure.cause());
                } else {
                    startReady();
                }
            }
        } finally {
            depth--;
        }
    }

    @SuppressWarnings("NullAway") // The first count elements are not null, which an array's type cannot say.
    private void startReady() {
        TensorOwner[] batch = ready;
        int count = readyCount;
        ready = starting;
        readyCount = 0;
        dispatcher.call(batch, count);
        for (int i = 0; i < count; i++) {
            ((LayerCall) batch[i]).letGo();
            batch[i] = null;
        }
        starting = batch;
    }
}
