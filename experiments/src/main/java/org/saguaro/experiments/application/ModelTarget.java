// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** A deployed model. */
final class ModelTarget implements Target {

    private final String title;
    private final Deployment deployment;
    private final List<List<Tensor>> samples;
    private final @Nullable Judge judge;
    private final Map<Long, CompletableFuture<InferenceResult>> inFlight = new ConcurrentHashMap<>();
    private final AtomicLong sent = new AtomicLong();

    /**
     * @param deployment closed with this
     * @param samples inputs of a request each
     * @param judge null if nobody knows what is right
     */
    ModelTarget(String title, Deployment deployment, List<List<Tensor>> samples, @Nullable Judge judge) {
        this.title = title;
        this.deployment = deployment;
        this.samples = samples;
        this.judge = judge;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String contents() {
        return deployment.model().layers().size() + " layers";
    }

    @Override
    public int samples() {
        return samples.size();
    }

    @Override
    public long inputBits() {
        return samples.get(0).stream()
                .mapToLong(input -> input.elementCount() * input.dtype().sizeBytes() * Byte.SIZE)
                .sum();
    }

    @Override
    public String metric() {
        return judge == null ? "" : judge.metric();
    }

    @Override
    public void send(int sample, RequestOptions options, Consumer<End> end) {
        CompletableFuture<InferenceResult> result = deployment.submit(samples.get(sample), options);
        long number = sent.getAndIncrement();
        inFlight.put(number, result);
        // Not what this returns: to cancel that would not end the request.
        var unused = result.whenComplete((done, failure) -> {
            long now = System.nanoTime();
            inFlight.remove(number);
            end.accept(
                    failure == null ? answered(sample, done, now) : new End(now, reason(failure), null, End.UNKNOWN));
        });
    }

    private End answered(int sample, InferenceResult result, long now) {
        Judge knows = judge;
        return new End(
                now, null, knows == null ? null : () -> knows.judge(sample, result.outputs()), result.requestId());
    }

    private static RequestException reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof RequestException known) {
            return known;
        }
        return cause instanceof java.util.concurrent.CancellationException
                ? new RequestException(Category.CANCELLED, "cancelled", cause)
                : new RequestException(Category.FAILED, String.valueOf(cause), cause);
    }

    @Override
    public ApplicationProfile profile() {
        ApplicationProfile profile = deployment.profile();
        return profile.inputBits() > 0
                ? profile
                : new ApplicationProfile(profile.name(), inputBits(), profile.kernels(), profile.tasks());
    }

    @Override
    public String placement() {
        return deployment.placement().summary();
    }

    @Override
    public void cancel() {
        inFlight.values().forEach(request -> request.cancel(true));
    }

    @Override
    public void close() {
        deployment.close();
    }
}
