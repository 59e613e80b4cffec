// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.application.Judge;
import org.saguaro.experiments.application.Target;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** A target whose n-th request ends as a script says, at once or when it is cancelled. */
final class ScriptedTarget implements Target {

    final List<Integer> samples = new CopyOnWriteArrayList<>();
    private final IntFunction<@Nullable End> script;
    private final AtomicInteger sent = new AtomicInteger();
    private final List<Consumer<End>> pending = new CopyOnWriteArrayList<>();
    private final Runnable whenPending;

    /**
     * @param script null: the request is pending until it is cancelled
     * @param whenPending is called when one is
     */
    ScriptedTarget(IntFunction<@Nullable End> script, Runnable whenPending) {
        this.script = script;
        this.whenPending = whenPending;
    }

    static End right(boolean right) {
        return new End(
                System.nanoTime(), null, () -> new Judge.Verdict("a", right ? "a" : "b", right ? 1 : 0, 1), End.UNKNOWN);
    }

    static End failed(RequestException.Category category) {
        return new End(System.nanoTime(), new RequestException(category, "as scripted"), null, End.UNKNOWN);
    }

    @Override
    public String title() {
        return "scripted";
    }

    @Override
    public String contents() {
        return "a script";
    }

    @Override
    public int samples() {
        return 3;
    }

    @Override
    public long inputBits() {
        return 1_000_000;
    }

    @Override
    public String metric() {
        return "accuracy";
    }

    @Override
    public void send(int sample, RequestOptions options, Consumer<End> end) {
        samples.add(sample);
        End scripted = script.apply(sent.getAndIncrement());
        if (scripted == null) {
            pending.add(end);
            whenPending.run();
        } else {
            end.accept(scripted);
        }
    }

    @Override
    public ApplicationProfile profile() {
        throw new IllegalStateException("a script has no graph");
    }

    @Override
    public String placement() {
        return "";
    }

    @Override
    public void cancel() {
        pending.forEach(end -> end.accept(failed(RequestException.Category.CANCELLED)));
        pending.clear();
    }

    @Override
    public void close() {}
}
