// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.deploy.CallPlans;
import org.saguaro.runtime.core.dispatch.Plan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plans of calls, by what decides about their kernels. A bounded number is kept, those used last; whatever calls in flight use stays.
 * Thread-safe: finding takes no lock, one thread at a time makes a plan.
 */
final class PlanCache {

    private static final Logger LOG = LoggerFactory.getLogger(PlanCache.class);

    private final CallPlans maker;
    private final BufferPool pool;
    private final int bound;
    private final Map<PlanKey, PreparedCall> plans = new ConcurrentHashMap<>();
    /** Counts plans made: a clock for what was used last, coarse enough to be written seldom. */
    private final AtomicLong tick = new AtomicLong();

    private final Object making = new Object();
    private boolean closed;

    PlanCache(CallPlans maker, BufferPool pool, int bound) {
        this.maker = maker;
        this.pool = pool;
        this.bound = bound;
    }

    /** The plan, acquired for one call; null if there is none yet. */
    @Nullable
    PreparedCall find(PlanKey key) {
        PreparedCall known = plans.get(key);
        return known != null && known.acquire(tick.get()) ? known : null;
    }

    /**
     * The plan, acquired for one call, made if need be. Slow then.
     *
     * @throws IllegalArgumentException if the operands do not fit
     * @throws DeploymentException if no PE present can run it
     */
    PreparedCall findOrMake(PlanKey key) throws DeploymentException {
        PreparedCall known = find(key);
        if (known != null) {
            return known;
        }
        synchronized (making) {
            known = find(key);
            if (known != null) {
                return known;
            }
            if (closed) {
                throw new DeploymentException("the Layer API is stopping");
            }
            PreparedCall made = make(key);
            made.acquire(tick.incrementAndGet());
            plans.put(key, made);
            evict();
            return made;
        }
    }

    private PreparedCall make(PlanKey key) throws DeploymentException {
        Template.ShapeRule rule = key.template().rule();
        List<Spec> results = null;
        if (rule != null) {
            Spec[] operands = new Spec[key.operands()];
            for (int i = 0; i < operands.length; i++) {
                operands[i] = key.spec(i);
            }
            results = rule.results(operands);
        }
        LayerGraph.Builder builder = new LayerGraph.Builder(key.template().op().name());
        List<Integer> ids = new ArrayList<>();
        List<Integer> inputs = new ArrayList<>();
        for (int i = 0; i < key.operands(); i++) {
            Constant constant = key.constant(i);
            if (constant != null) {
                ids.add(builder.addWeight("constant" + i, "constant" + i, Weight.Kind.CONSTANT, constant.data()));
            } else {
                ids.add(builder.addInput("operand" + i, key.spec(i).tensorSpec()));
                inputs.add(i);
            }
        }
        List<Integer> outputs = new ArrayList<>();
        for (int i = 0; i < key.template().results(); i++) {
            outputs.add(builder.addValue(
                    "result" + i,
                    results == null ? new AnyTensor() : results.get(i).tensorSpec()));
            builder.addOutput(new Argument.Ref(outputs.get(i)));
        }
        List<NamedArgument> arguments = key.template().arguments().stream()
                .map(argument -> NamedArgument.read(argument.name(), placed(argument.value(), ids)))
                .toList();
        builder.addLayer(new Layer(key.template().op().name(), key.template().op(), arguments, outputs, ""));
        Plan plan = maker.prepared(builder.build());
        return new PreparedCall(
                key, plan, inputs.stream().mapToInt(Integer::intValue).toArray(), results, pool);
    }

    private static Argument placed(Argument argument, List<Integer> ids) {
        if (argument instanceof Argument.Ref ref) {
            return new Argument.Ref(ids.get(ref.value()));
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(list.elements().stream()
                    .map(element -> placed(element, ids))
                    .toList());
        }
        return argument;
    }

    /** Making: lets go of what was not used for longest. */
    private void evict() {
        if (plans.size() <= bound) {
            return;
        }
        List<PreparedCall> oldest = new ArrayList<>(plans.values());
        oldest.sort(Comparator.comparingLong(PreparedCall::lastUsedTick));
        for (PreparedCall prepared : oldest) {
            if (plans.size() > bound && prepared.retireIfUnused()) {
                plans.remove(prepared.key(), prepared);
            }
        }
        pool.forgetEmptyShelves(4 * bound);
    }

    /** A constant is closed: plans made with it go, as soon as their calls have ended. */
    void forget(Constant constant) {
        synchronized (making) {
            plans.values().removeIf(prepared -> {
                if (!prepared.key().uses(constant)) {
                    return false;
                }
                prepared.retireWhenUnused();
                return true;
            });
        }
    }

    /** PEs came: every plan is prepared on them. Slow. */
    void adapt() {
        synchronized (making) {
            // A plan that was begun before the PE came is among the others now.
        }
        for (PreparedCall prepared : plans.values()) {
            // Held, so that nobody closes its kernels meanwhile.
            if (prepared.acquire(prepared.lastUsedTick())) {
                try {
                    maker.prepareAgain(prepared.plan());
                } catch (DeploymentException e) {
                    LOG.warn("calls of {} wait for a processing element: {}", prepared.key(), e.getMessage());
                } catch (RuntimeException e) {
                    LOG.error("{} could not be prepared", prepared.key(), e);
                } finally {
                    prepared.release();
                }
            }
        }
    }

    /** Recomputes what policies are told of the plans. */
    void updateRanks() {
        plans.values().forEach(prepared -> prepared.plan().updateRanks());
    }

    int size() {
        return plans.size();
    }

    /** All of them. */
    List<Plan> all() {
        return plans.values().stream().map(PreparedCall::plan).toList();
    }

    /** Every plan goes as soon as its calls have ended. */
    void close() {
        synchronized (making) {
            closed = true;
            plans.values().forEach(PreparedCall::retireWhenUnused);
            plans.clear();
        }
    }
}
