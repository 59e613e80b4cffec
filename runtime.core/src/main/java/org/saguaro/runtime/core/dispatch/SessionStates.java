// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.State;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * What a model remembers for one caller: the contents of its {@link State}s between requests. Requests of a session take turns,
 * in the order of their submission; one that fails changes nothing. Thread-safe.
 */
public final class SessionStates {

    /** By name of the state; absent: as the model says. Guarded by this object. */
    private final Map<String, @Nullable Object> contents = new HashMap<>();

    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean busy;
    private final AtomicInteger events = new AtomicInteger();

    /** Runs {@code turn} as soon as nobody else has it, now or on the thread that gives it back with {@link #endTurn}. */
    void takeTurn(Runnable turn) {
        synchronized (this) {
            waiting.add(turn);
        }
        passOn();
    }

    /** The turn is over. */
    void endTurn() {
        synchronized (this) {
            busy = false;
        }
        passOn();
    }

    /** One thread starts turns until there are none to start; others leave it to that thread. */
    private void passOn() {
        if (events.getAndIncrement() != 0) {
            return;
        }
        do {
            Runnable next = null;
            synchronized (this) {
                if (!busy) {
                    next = waiting.poll();
                    busy = next != null;
                }
            }
            if (next != null) {
                next.run();
            }
        } while (events.decrementAndGet() != 0);
    }

    /** Everything is as the model says again, after the requests that came before; then {@code done} runs. */
    public void clearInTurn(Runnable done) {
        takeTurn(() -> {
            clear();
            endTurn();
            done.run();
        });
    }

    private synchronized void clear() {
        contents.values().forEach(SessionStates::release);
        contents.clear();
    }

    /** Gives a run the states as they are. */
    void handTo(ModelRun run) throws AccelException, TensorLostException {
        for (State state : run.plan().graph().graph().states()) {
            boolean known;
            Object content;
            synchronized (this) {
                known = contents.containsKey(state.name());
                content = contents.get(state.name());
            }
            Object handed = known ? content : run.read(state.initial());
            if (!(handed instanceof HostTensor)) {
                HostConstants.forEachTensor(handed, run::keep);
            }
            run.write(state.value(), handed);
        }
    }

    /**
     * The states as a run leaves them. Each is brought to the host: it must outlive the device that made it.
     *
     * @param wanted whether there is a session to leave them to
     * @return retained: given to {@link #keep} or {@link #drop}
     */
    static Map<String, @Nullable Object> of(ModelRun run, boolean wanted) throws AccelException, TensorLostException {
        LayerGraph graph = run.plan().graph().graph();
        Map<String, @Nullable Object> left = new HashMap<>();
        if (!wanted) {
            return left;
        }
        try {
            for (State state : graph.states()) {
                Object content = run.read(state.next());
                left.put(state.name(), content);
                retain(content);
                bringToHost(content);
            }
        } catch (AccelException | TensorLostException | RuntimeException e) {
            drop(left);
            throw e;
        }
        return left;
    }

    private static void bringToHost(@Nullable Object content) throws AccelException, TensorLostException {
        List<ValueBuffer> tensors = new ArrayList<>();
        HostConstants.forEachTensor(content, tensor -> {
            if (tensor instanceof ValueBuffer buffer) {
                tensors.add(buffer);
            }
        });
        for (ValueBuffer tensor : tensors) {
            tensor.readable(MemoryDomain.HOST);
        }
    }

    /** From now on these are the states. */
    synchronized void keep(Map<String, @Nullable Object> next) {
        next.forEach((name, content) -> {
            release(contents.get(name));
            contents.put(name, content);
        });
    }

    /** The request has failed after all. */
    static void drop(Map<String, @Nullable Object> next) {
        next.values().forEach(SessionStates::release);
    }

    private static void retain(@Nullable Object content) {
        HostConstants.forEachTensor(content, tensor -> {
            if (tensor instanceof ValueBuffer buffer) {
                buffer.retain();
            }
        });
    }

    private static void release(@Nullable Object content) {
        HostConstants.forEachTensor(content, tensor -> {
            if (tensor instanceof ValueBuffer buffer) {
                buffer.release();
            }
        });
    }
}
