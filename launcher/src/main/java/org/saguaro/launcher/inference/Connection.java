// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.saguaro.launcher.inference.Refusal.Category;
import org.saguaro.launcher.socket.SocketListener;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client. A thread reads its requests and carries them out or sends them on; another waits for the answers and writes them
 * in the same order. So requests of one client overlap, and a client that does not read its answers holds up nobody but itself:
 * when {@value #REQUESTS_UNDER_WAY} answers wait, nothing more is read from it. Requests of a client that is gone are cancelled.
 */
final class Connection implements SocketListener.Client {

    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final int REQUESTS_UNDER_WAY = 32;
    private static final long FINISH_SECONDS = 10;

    private final SocketChannel channel;
    private final MessageChannel messages;
    private final Operations operations;
    private final Sessions sessions;
    private final boolean refused;
    private final BlockingQueue<Pending> pending = new ArrayBlockingQueue<>(REQUESTS_UNDER_WAY);
    private final Thread writer = SocketListener.daemon("saguaro-inference-writer", this::writeAnswers);

    /** Requests sent on their way and not ended, by the client's number. */
    private final Map<Long, CompletableFuture<InferenceResult>> underWay = new ConcurrentHashMap<>();

    private @Nullable SharedRegion region;

    /** Whether it is us who end the connection. */
    private volatile boolean stopping;

    /** An answer that is to come, made by the writer's thread. */
    @FunctionalInterface
    private interface Promise {
        Answer await() throws Exception;
    }

    /** A place in the order of answers. */
    private record Pending(long id, Promise promise) {}

    private static final Pending END = new Pending(0, () -> {
        throw new IllegalStateException("the end has no answer");
    });

    /**
     * @param channel owned by this
     * @param refused whether there are too many clients: it is told so
     */
    Connection(SocketChannel channel, Operations operations, boolean refused) {
        this.channel = channel;
        this.messages = new MessageChannel(channel);
        this.operations = operations;
        this.sessions = new Sessions(operations);
        this.refused = refused;
    }

    // --- requests ---

    @Override
    public void serve() {
        writer.start();
        try {
            try {
                readRequests();
            } finally {
                pending.put(END);
            }
            writer.join();
            sessions.close();
            SharedRegion last = region;
            if (last != null) {
                end(last);
            }
        } catch (InterruptedException e) {
            writer.interrupt();
        } catch (IOException e) {
            LOG.warn("memory shared with a client is not given back: {}", e.toString());
        }
    }

    private void end(SharedRegion last) throws IOException {
        if (stopping) {
            last.leave();
        } else {
            last.release();
        }
    }

    private void readRequests() throws InterruptedException {
        try {
            for (Message message = messages.read(); message != null; message = messages.read()) {
                if (refused) {
                    throw new Refusal(
                            Category.REJECTED, "too many clients are connected already: close some, or try later");
                }
                pending.put(new Pending(message.id(), accept(message)));
            }
            clientLeft();
        } catch (Refusal e) {
            pending.put(new Pending(0, () -> Answer.of(e)));
        } catch (IOException e) {
            LOG.debug("a client left: {}", e.toString());
            clientLeft();
        }
    }

    private void clientLeft() {
        if (!stopping) {
            cancelAll();
        }
    }

    /**
     * Carries a request out, or sends it on its way. What is wrong with it goes back to the client.
     *
     * @throws IOException if the connection breaks
     */
    private Promise accept(Message message) throws IOException, InterruptedException {
        JsonNode header = message.header();
        try {
            return switch (message.kind()) {
                case HELLO -> promise(Answer.of(operations.hello()));
                case DEPLOY ->
                    promise(Answer.of(
                            message.payloadBytes() == 0
                                    ? operations.deploy(header)
                                    : operations.deployPayload(message, messages)));
                case UNDEPLOY -> promise(Answer.of(operations.undeploy(header)));
                case LIST -> promise(Answer.of(operations.list()));
                case PLACEMENT -> promise(Answer.of(operations.placement(header)));
                case INFER -> infer(message.id(), header, messages.payload(message));
                case SHARE -> share(header);
                case OPEN_SESSION -> promise(Answer.of(Map.of("session", sessions.open(header))));
                case CLOSE_SESSION -> {
                    sessions.close(header);
                    yield promise(Answer.of(Map.of()));
                }
                case RESET -> {
                    sessions.find(header).reset();
                    yield promise(Answer.of(Map.of()));
                }
                case CALL -> call(header);
                case CANCEL -> cancel(header);
                case RESULT, ERROR -> throw new IllegalStateException(message.kind() + " is no request");
            };
        } catch (Refusal | RequestException | RuntimeException | InternalError e) {
            return promise(Answer.of(Refusal.of(e)));
        }
    }

    private static Promise promise(Answer answer) {
        return () -> answer;
    }

    private Promise infer(long id, JsonNode header, ByteBuffer payload) throws Refusal {
        Outputs outputs = Outputs.of(header, region);
        CompletableFuture<InferenceResult> result =
                sessions.find(header).submit(TensorHeaders.read(header, payload, region), Operations.options(header));
        underWay.put(id, result);
        var unused = result.whenComplete((done, failure) -> underWay.remove(id, result));
        return () -> outputs.answer(result.get());
    }

    private Promise cancel(JsonNode header) throws Refusal {
        JsonNode id = header.path("id");
        if (!id.isIntegralNumber() || !id.canConvertToLong()) {
            throw new Refusal(
                    Category.INVALID_INPUT, "found id " + id + ", expected the number of a request of this connection");
        }
        CompletableFuture<InferenceResult> request = underWay.get(id.asLong());
        return promise(Answer.of(Map.of("cancelled", request != null && request.cancel(true))));
    }

    /** Nobody is there any more for whom anything could be under way. */
    private void cancelAll() {
        underWay.values().forEach(request -> request.cancel(true));
    }

    private Promise call(JsonNode header) throws Refusal, RequestException, InterruptedException {
        Outputs outputs = Outputs.of(header, region);
        InferenceResult result =
                sessions.find(header).call(Operations.text(header, "method"), Operations.options(header));
        return () -> outputs.answer(result);
    }

    /** Takes the place of what was shared before, which answers under way may still be written to: it goes when they have gone. */
    private Promise share(JsonNode header) throws Refusal {
        SharedRegion before = region;
        region = SharedRegion.open(
                Path.of(header.path("path").asText()), header.path("bytes").asLong());
        Answer done = Answer.of(Map.of());
        return before == null ? promise(done) : () -> released(before, done);
    }

    private static Answer released(SharedRegion region, Answer done) throws IOException {
        region.release();
        return done;
    }

    // --- answers ---

    private void writeAnswers() {
        try (channel) {
            for (Pending next = pending.take(); !next.equals(END); next = pending.take()) {
                Answer answer = answer(next.promise());
                if (channel.isOpen()) {
                    write(next.id(), answer);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("a connection is closed before all its answers were written");
        } catch (IOException e) {
            LOG.debug("a connection did not close: {}", e.toString());
        }
    }

    private static Answer answer(Promise promise) throws InterruptedException {
        try {
            return promise.await();
        } catch (InterruptedException e) {
            throw e;
        } catch (ExecutionException e) {
            return Answer.of(Refusal.of(e.getCause() == null ? e : e.getCause()));
        } catch (Exception | InternalError e) {
            return Answer.of(Refusal.of(e));
        }
    }

    /** Writes, or closes the channel: then the reader ends, too, and the answers that are left are dropped. */
    private void write(long id, Answer answer) throws IOException {
        try {
            messages.write(id, answer);
        } catch (IOException e) {
            LOG.debug("a client left before its answer: {}", e.toString());
            channel.close();
            clientLeft();
        }
    }

    /** Reads no more; answers under way may be written before the connection is closed. */
    @Override
    public void close() {
        stopping = true;
        try {
            channel.shutdownInput();
            writer.join(TimeUnit.SECONDS.toMillis(FINISH_SECONDS));
            channel.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("a connection did not close: {}", e.toString());
        }
        writer.interrupt();
    }
}
