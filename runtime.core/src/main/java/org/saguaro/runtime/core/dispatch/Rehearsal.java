// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner of a request that shows what the inputs of tasks look like: its tasks stay on the PEs that compute as PyTorch does wherever
 * one of those can run them, and what goes into and comes out of the tasks of interest is kept. Otherwise it is a request like any other, so
 * branches, loops, states and arithmetic on sizes are what they are. Thread-safe; used once.
 */
public final class Rehearsal implements Request.Owner {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

    private final Plan plan;
    private final Predicate<PlanTask> wanted;
    private final Map<PlanTask, Sample> samples = new ConcurrentHashMap<>();

    /**
     * What went through a task.
     *
     * @param inputs in the order of the segment's inputs
     * @param outputs in the order of its outputs
     * @param byReference whether a PE made them that computes as PyTorch does
     */
    record Sample(List<Tensor> inputs, List<Tensor> outputs, boolean byReference) {}

    /** @param wanted tasks of interest */
    public Rehearsal(Plan plan, Predicate<PlanTask> wanted) {
        this.plan = plan;
        this.wanted = wanted;
    }

    /** What went through a task the first time; null if it did not run. */
    @Nullable
    Sample sample(PlanTask task) {
        return samples.get(task);
    }

    /** A task is ready: keeps it from PEs that may be less exact, if there is another. */
    void restrict(TaskRun task, PeHandle[] pes) {
        boolean possible = false;
        for (PeHandle pe : pes) {
            possible |= pe.isReference() && task.mayRunOn(pe);
        }
        for (PeHandle pe : pes) {
            if (possible && !pe.isReference()) {
                task.exclude(pe);
            }
        }
    }

    /** Worker thread: a task has completed; its outputs are published, and nobody has written to its inputs yet. */
    void completed(TaskRun task, PeHandle pe) {
        if (samples.containsKey(task.task) || !wanted.test(task.task)) {
            return;
        }
        try {
            Sample sample = new Sample(
                    copies(task.run, task.task.inputBuffers()),
                    copies(task.run, task.task.outputBuffers()),
                    pe.isReference());
            samples.putIfAbsent(task.task, sample);
        } catch (AccelException | TensorLostException e) {
            LOG.debug("{} is not kept: {}", task.task.label(), e.getMessage());
        }
    }

    private static List<Tensor> copies(ModelRun run, int[] slots) throws AccelException, TensorLostException {
        List<Tensor> copies = new ArrayList<>();
        for (int slot : slots) {
            copies.add(HostTensors.copyOf(run.buffer(slot).readable(MemoryDomain.HOST)));
        }
        return copies;
    }

    @Override
    public Plan plan(Request request) {
        return plan;
    }

    @Override
    public boolean wantsObservation(Request request, Plan of) {
        return false;
    }

    @Override
    public void observed(Request request, Plan of, Observation observation) {
        throw new IllegalStateException("a rehearsal asks for no observation");
    }

    @Override
    public void ended(Request request, long latencyNanos, @Nullable RequestException failure) {
        if (failure == null) {
            request.terms().tenant().completed();
        } else {
            request.terms().tenant().failed(failure.category());
        }
    }
}
