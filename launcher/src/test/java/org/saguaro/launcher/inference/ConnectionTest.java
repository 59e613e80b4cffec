// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.launcher.inference.ProtocolClient.CALL;
import static org.saguaro.launcher.inference.ProtocolClient.CANCEL;
import static org.saguaro.launcher.inference.ProtocolClient.CLOSE_SESSION;
import static org.saguaro.launcher.inference.ProtocolClient.DEPLOY;
import static org.saguaro.launcher.inference.ProtocolClient.ERROR;
import static org.saguaro.launcher.inference.ProtocolClient.HELLO;
import static org.saguaro.launcher.inference.ProtocolClient.INFER;
import static org.saguaro.launcher.inference.ProtocolClient.LIST;
import static org.saguaro.launcher.inference.ProtocolClient.OPEN_SESSION;
import static org.saguaro.launcher.inference.ProtocolClient.PLACEMENT;
import static org.saguaro.launcher.inference.ProtocolClient.RESET;
import static org.saguaro.launcher.inference.ProtocolClient.RESULT;
import static org.saguaro.launcher.inference.ProtocolClient.SHARE;
import static org.saguaro.launcher.inference.ProtocolClient.UNDEPLOY;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.launcher.command.FakeRuntime;
import org.saguaro.launcher.socket.SocketListener;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestOptions;

/** Clients of a runtime whose one model returns its inputs, in reverse order. */
@Timeout(60)
final class ConnectionTest {

    private static final int MAX_CLIENTS = 4;
    /** A request with this as its first element takes until {@link #slow} is done. */
    private static final float SLOW = 1234;

    @TempDir
    Path folder;

    private final CompletableFuture<?> slow = new CompletableFuture<>();
    private final CountDownLatch slowSubmitted = new CountDownLatch(1);
    private final FakeRuntime runtime = new FakeRuntime(ConnectionTest::reversed, this::duration);
    private Path socket;
    private SocketListener listener;

    private static List<Tensor> reversed(List<Tensor> inputs) {
        if (!inputs.isEmpty() && inputs.get(0).dtype() == DType.INT8) {
            throw new IllegalStateException("no int8, please");
        }
        List<Tensor> outputs = new ArrayList<>(inputs);
        Collections.reverse(outputs);
        return outputs;
    }

    private CompletableFuture<?> duration(List<Tensor> inputs) {
        if (!inputs.isEmpty()
                && inputs.get(0).dtype() == DType.FLOAT32
                && inputs.get(0).bytes().getFloat(0) == SLOW) {
            slowSubmitted.countDown();
            return slow;
        }
        return CompletableFuture.completedFuture(null);
    }

    @BeforeEach
    void listen() throws IOException {
        socket = folder.resolve("s");
        Operations operations = new Operations(runtime, Uploads.in(folder.resolve("uploads")), "0.1");
        listener = SocketListener.open(
                socket, "test", (channel, others) -> new Connection(channel, operations, others >= MAX_CLIENTS));
    }

    @AfterEach
    void stop() {
        slow.complete(null);
        listener.close();
        assertThat(socket).doesNotExist();
    }

    // --- what it can do ---

    @Test
    void helloSaysWhoServesAndTheBounds() throws Exception {
        try (ProtocolClient client = ProtocolClient.connect(socket)) {
            ProtocolClient.Reply reply = client.call(HELLO, "{}");

            assertThat(reply.kind()).isEqualTo(RESULT);
            assertThat(reply.id()).isEqualTo(7);
            assertThat(reply.header().path("server").asText()).isEqualTo("saguaro");
            assertThat(reply.header().path("protocol").asInt()).isEqualTo(1);
            assertThat(reply.header().path("maxPayloadBytes").asLong()).isEqualTo(64 << 20);
        }
    }

    @Test
    void tensorsGoInAndComeOutAtMultiplesOf64() throws Exception {
        try (ProtocolClient client = deployed()) {
            byte[] payload = new byte[128 + 3];
            ByteBuffer.wrap(payload)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(0, 1.5f)
                    .putFloat(4, -2f);
            payload[128] = 1;
            payload[130] = 1;

            ProtocolClient.Reply reply = client.call(
                    INFER,
                    infer("{'dtype':'float32','shape':[2,1],'offset':0},{'dtype':'float64','shape':[0,4],'offset':64},"
                            + "{'dtype':'bool','shape':[3],'offset':128}"),
                    payload);

            assertThat(reply.kind()).as("%s", reply).isEqualTo(RESULT);
            assertThat(reply.header().path("tensors").toString())
                    .isEqualTo(json("[{'dtype':'bool','shape':[3],'offset':0,'shared':false},"
                            + "{'dtype':'float64','shape':[0,4],'offset':64,'shared':false},"
                            + "{'dtype':'float32','shape':[2,1],'offset':64,'shared':false}]"));
            assertThat(reply.payload().get(2)).isEqualTo((byte) 1);
            assertThat(reply.payload().getFloat(64)).isEqualTo(1.5f);
            assertThat(reply.payload().getFloat(68)).isEqualTo(-2f);
            assertThat(reply.payload().capacity()).isEqualTo(72);
        }
    }

    @Test
    void everyElementTypePasses() throws Exception {
        try (ProtocolClient client = deployed()) {
            for (DType dtype : DType.values()) {
                if (dtype == DType.INT8) {
                    continue;
                }
                byte[] payload = new byte[2 * dtype.sizeBytes()];
                for (int i = 0; i < payload.length; i++) {
                    payload[i] = (byte) (i + 1);
                }
                ProtocolClient.Reply reply = client.call(
                        INFER, infer("{'dtype':'" + dtype.torchName() + "','shape':[2],'offset':0}"), payload);
                assertThat(reply.payload().array()).as("%s", dtype).isEqualTo(payload);
            }
        }
    }

    @Test
    void largePayloadsPassInline() throws Exception {
        try (ProtocolClient client = deployed()) {
            byte[] payload = new byte[5 << 20];
            for (int i = 0; i < payload.length; i++) {
                payload[i] = (byte) (i * 31);
            }
            ProtocolClient.Reply reply =
                    client.call(INFER, infer("{'dtype':'uint8','shape':[" + payload.length + "],'offset':0}"), payload);
            assertThat(Arrays.equals(reply.payload().array(), payload))
                    .as("5 MiB come back as they went")
                    .isTrue();
        }
    }

    @Test
    void tensorsPassInSharedMemoryWhereThereIsRoomForThem() throws Exception {
        try (ProtocolClient client = deployed()) {
            Path file = sharedFile(4096);
            assertThat(client.call(SHARE, share(file, 4096)).kind()).isEqualTo(RESULT);
            MappedByteBuffer memory = map(file, 4096);
            Files.delete(file);
            memory.order(ByteOrder.LITTLE_ENDIAN).putFloat(64, 3f).putFloat(68, 4f);

            String tensor = "{'dtype':'float32','shape':[2],'offset':64,'shared':true}";
            ProtocolClient.Reply reply = client.call(
                    INFER, json("{'name':'m','tensors':[" + tensor + "],'outputs':{'offset':128,'length':8}}"));
            assertThat(reply.header().path("tensors").toString())
                    .isEqualTo(json("[{'dtype':'float32','shape':[2],'offset':128,'shared':true}]"));
            assertThat(reply.payload().capacity()).isZero();
            assertThat(memory.getFloat(128)).isEqualTo(3f);
            assertThat(memory.getFloat(132)).isEqualTo(4f);

            ProtocolClient.Reply tooSmall = client.call(
                    INFER, json("{'name':'m','tensors':[" + tensor + "],'outputs':{'offset':128,'length':7}}"));
            assertThat(tooSmall.header().at("/tensors/0/shared").asBoolean()).isFalse();
            assertThat(tooSmall.payload().getFloat(4)).isEqualTo(4f);
        }
    }

    @Test
    void memoryIsGivenBackWhenItsClientLeavesOrSharesOther() throws Exception {
        Path first = sharedFile(4096);
        Path second = sharedFile(8192);
        try (ProtocolClient client = deployed()) {
            assertThat(client.call(SHARE, share(first, 4096)).kind()).isEqualTo(RESULT);
            assertThat(client.call(SHARE, share(second, 8192)).kind()).isEqualTo(RESULT);
            assertThat(first).hasSize(0);
            assertThat(second).hasSize(8192);
        }
        // Until the test's time is over.
        while (Files.size(second) > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void memoryStaysWithAClientThatIsSentAway() throws Exception {
        Path file = sharedFile(4096);
        try (ProtocolClient client = deployed()) {
            assertThat(client.call(SHARE, share(file, 4096)).kind()).isEqualTo(RESULT);
            listener.close();
            assertThat(client.isAtEnd()).isTrue();
            assertThat(file).hasSize(4096);
        }
    }

    @Test
    void requestsOfOneClientOverlapAndAreAnsweredInOrder() throws Exception {
        try (ProtocolClient client = deployed();
                ProtocolClient other = ProtocolClient.connect(socket)) {
            client.send(INFER, 1, infer("{'dtype':'float32','shape':[],'offset':0}"), floats(SLOW));
            client.send(INFER, 2, infer("{'dtype':'float32','shape':[],'offset':0}"), floats(2));
            client.send(HELLO, 3, "{}");
            slowSubmitted.await();
            assertThat(other.call(HELLO, "{}").kind())
                    .as("another client does not wait")
                    .isEqualTo(RESULT);

            slow.complete(null);

            assertThat(client.receive().id()).isEqualTo(1);
            ProtocolClient.Reply second = client.receive();
            assertThat(second.id()).isEqualTo(2);
            assertThat(second.payload().getFloat(0)).isEqualTo(2);
            assertThat(client.receive().id()).isEqualTo(3);
        }
    }

    @Test
    void sessionsKeepTheirStateApartAndEndWithTheirConnection() throws Exception {
        try (ProtocolClient client = deployed()) {
            String first = "'session':"
                    + client.call(OPEN_SESSION, json("{'name':'m'}")).header().path("session");
            String second = "'session':"
                    + client.call(OPEN_SESSION, json("{'name':'m'}")).header().path("session");
            assertThat(first).isNotEqualTo(second);
            for (String target : List.of(first, first, "'name':'m'")) {
                assertThat(client.call(INFER, json("{" + target + ",'tensors':[]}"))
                                .kind())
                        .isEqualTo(RESULT);
            }
            assertThat(requests(client, first)).isEqualTo(2);
            assertThat(requests(client, second)).isZero();
            assertThat(requests(client, "'name':'m'")).isEqualTo(1);

            assertThat(client.call(RESET, json("{" + first + "}")).kind()).isEqualTo(RESULT);
            assertThat(requests(client, first)).isZero();
            assertThat(requests(client, "'name':'m'")).isEqualTo(1);

            assertThat(client.call(CLOSE_SESSION, json("{" + first + "}")).kind())
                    .isEqualTo(RESULT);
            ProtocolClient.Reply gone = client.call(INFER, json("{" + first + ",'tensors':[]}"));
            assertThat(gone.category()).isEqualTo("NOT_FOUND");
            assertThat(gone.message()).contains("expected one that this connection has open");
            assertThat(client.call(CLOSE_SESSION, json("{'name':'m'}")).message())
                    .contains("found no number 'session'");
            assertThat(client.call(CALL, json("{" + second + ",'method':'x'}")).message())
                    .isEqualTo("no method 'x'");
            assertThat(runtime.openSessions).hasValue(1);
        }
        // Until the test's time is over.
        while (runtime.openSessions.get() > 0) {
            Thread.onSpinWait();
        }
    }

    private static long requests(ProtocolClient client, String target) throws IOException {
        return client.call(CALL, json("{" + target + ",'method':'requests'}"))
                .payload()
                .getLong(0);
    }

    @Test
    void aPrecisionThatDoesNotExistIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("net.pt2"), "a model");
        try (ProtocolClient client = ProtocolClient.connect(socket)) {
            ProtocolClient.Reply refused = client.call(DEPLOY, json("{'path':'" + file + "','precision':'int4'}"));
            assertThat(refused.message())
                    .isEqualTo("found precision 'int4', expected one of float32, int16, tf32, float16, int8");
            assertThat(client.call(DEPLOY, json("{'path':'" + file + "','precision':'int8'}"))
                            .header()
                            .path("name")
                            .asText())
                    .isEqualTo("net");
        }
    }

    @Test
    void aModelIsDeployedListedPlacedAndUndeployed() throws Exception {
        Path file = Files.writeString(folder.resolve("net.pt2"), "a model");
        try (ProtocolClient client = ProtocolClient.connect(socket)) {
            ProtocolClient.Reply deploy = client.call(DEPLOY, json("{'path':'" + file + "'}"));
            assertThat(deploy.header().path("name").asText()).as("%s", deploy).isEqualTo("net");
            assertThat(client.call(LIST, "{}")
                            .header()
                            .at("/deployments/0/name")
                            .asText())
                    .isEqualTo("net");
            ProtocolClient.Reply placement = client.call(PLACEMENT, json("{'name':'net'}"));
            assertThat(placement.header().at("/placement/deployment").asText()).isEqualTo("net");
            assertThat(placement.header().path("text").asText()).contains("0 layers");

            assertThat(client.call(UNDEPLOY, json("{'name':'net'}")).kind()).isEqualTo(RESULT);
            assertThat(runtime.deployed).isEmpty();
            ProtocolClient.Reply again = client.call(UNDEPLOY, json("{'name':'net'}"));
            assertThat(again.category()).isEqualTo("NOT_FOUND");
            assertThat(again.message()).contains("nothing is deployed as 'net'");
        }
    }

    @Test
    void aModelThatIsSentIsDeployedAndNotKept() throws Exception {
        byte[] model = new byte[3 << 20];
        Arrays.fill(model, (byte) 'x');
        try (ProtocolClient client = ProtocolClient.connect(socket)) {
            ProtocolClient.Reply reply = client.call(DEPLOY, json("{'fileName':'Net.pt2'}"), model);
            assertThat(reply.header().path("name").asText()).as("%s", reply).isEqualTo("Net");

            client.call(DEPLOY, json("{'name':'n','fileName':'../../evil.pt2'}"), model);
        }
        assertThat(runtime.read.values()).containsOnly(new String(model, StandardCharsets.ISO_8859_1));
        assertThat(runtime.read.keySet())
                .allSatisfy(file -> assertThat(file.normalize()).startsWithRaw(folder.resolve("uploads")));
        try (Stream<Path> left = Files.list(folder.resolve("uploads"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatAKilledDaemonLeftOfUploadsIsRemoved() throws IOException {
        Path left = Files.createDirectories(folder.resolve("uploads/model-1"));
        Files.writeString(left.resolve("net.pt2"), "half a mod");

        Uploads.in(folder.resolve("uploads"));

        assertThat(folder.resolve("uploads")).isEmptyDirectory();
    }

    // --- what it refuses ---

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET       | 1 | 1 | 0         | 0                    | expected 0x4f524753
            SGRO      | 2 | 1 | 0         | 0                    | found protocol version 2, this daemon speaks 1
            SGRO      | 1 | 0 | 0         | 0                    | kind 0, which is no request
            SGRO      | 1 | 128 | 0       | 0                    | kind 128, which is no request
            SGRO      | 1 | 6 | 1048577   | 0                    | a header of 1048577 bytes, expected at most 1048576
            SGRO      | 1 | 6 | -1        | 0                    | a header of 4294967295 bytes
            SGRO      | 1 | 6 | 2         | 67108865             | at most 67108864 of a INFER request: pass larger tensors in shared
            SGRO      | 1 | 6 | 2         | -1                   | a payload of 18446744073709551615 bytes
            SGRO      | 1 | 4 | 2         | 1                    | a payload of 1 bytes, expected at most 0
            """)
    void bytesThatAreNoRequestEndTheConnectionWithAReason(
            String magic, int version, int kind, int headerBytes, long payloadBytes, String reason) throws Exception {
        try (ProtocolClient client = ProtocolClient.connect(socket)) {
            client.sendPrefix((magic + "    ").substring(0, 4), version, kind, 1, headerBytes, payloadBytes);

            ProtocolClient.Reply reply = client.receive();

            assertThat(reply.kind()).isEqualTo(ERROR);
            assertThat(reply.category()).isEqualTo("PROTOCOL");
            assertThat(reply.message()).contains(reason);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {'name'  | the header is no JSON
            [1]      | found a header that is no JSON object
            ''       | found a header that is no JSON object
            """)
    void aHeaderMustBeAnObject(String header, String reason) throws Exception {
        try (ProtocolClient client = ProtocolClient.connect(socket)) {
            ProtocolClient.Reply reply = client.call(LIST, header);
            assertThat(reply.category()).isEqualTo("PROTOCOL");
            assertThat(reply.message()).contains(reason);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {'dtype':'float31','shape':[1],'offset':0}                        | found dtype "float31", expected one of bfloat16, bool
            {'dtype':'float32','shape':[3],'offset':0}                        | found 12 bytes at 0 of a payload of 8 bytes
            {'dtype':'float32','shape':[1],'offset':64}                       | found 4 bytes at 64 of a payload of 8 bytes
            {'dtype':'float32','shape':[1],'offset':4}                        | found offset 4, expected a multiple of 64
            {'dtype':'float32','shape':[1],'offset':-64}                      | found offset -64, expected a multiple of 64
            {'dtype':'float32','shape':[1],'offset':9223372036854775808}      | found offset 9223372036854775808
            {'dtype':'float32','shape':[-1],'offset':0}                       | found shape [-1], expected sizes of at least 0
            {'dtype':'float32','shape':[1.5],'offset':0}                      | found shape [1.5]
            {'dtype':'float32','shape':[4294967296,4294967296],'offset':0}    | expected fewer than 2^63 bytes
            {'dtype':'float32','shape':3,'offset':0}                          | found shape 3, expected an array of sizes
            {'dtype':'float32','shape':[1],'offset':0,'shared':true}          | none is shared: send SHARE before
            """)
    void tensorsThatAreNotThereAreRefusedAndTheConnectionGoesOn(String tensor, String reason) throws Exception {
        try (ProtocolClient client = deployed()) {
            ProtocolClient.Reply reply = client.call(INFER, infer(tensor), new byte[8]);

            assertThat(reply.category()).as("%s", reply).isEqualTo("INVALID_INPUT");
            assertThat(reply.message()).contains("tensor 0", reason);
            assertThat(client.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    @Test
    void memoryThatCannotBeSharedIsRefused() throws Exception {
        Path file = sharedFile(100);
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        try (ProtocolClient client = deployed()) {
            assertThat(client.call(SHARE, share(folder.resolve("absent"), 1)).message())
                    .contains("absent: found no regular file");
            assertThat(client.call(SHARE, share(folder, 1)).message()).contains("found no regular file");
            assertThat(client.call(SHARE, share(link, 1)).message()).contains("found no regular file");
            assertThat(client.call(SHARE, share(Path.of("relative"), 1)).message())
                    .contains("absolute path");
            assertThat(client.call(SHARE, share(file, 101)).message())
                    .contains("found a file of 100 bytes, of which 101 are to be shared");
            assertThat(client.call(SHARE, share(file, 0)).category()).isEqualTo("INVALID_INPUT");
            assertThat(client.call(SHARE, "{\"path\":\"/a\\u0000b\",\"bytes\":1}")
                            .category())
                    .isEqualTo("INVALID_INPUT");

            assertThat(client.call(SHARE, share(file, 100)).kind()).isEqualTo(RESULT);
            assertThat(client.call(INFER, infer("{'dtype':'float32','shape':[10],'offset':64,'shared':true}"))
                            .message())
                    .contains("found 40 bytes at 64 of the shared memory, which has 100");
            assertThat(client.call(
                                    INFER,
                                    json(
                                            "{'name':'m','tensors':[],'outputs':{'offset':64,'length':9223372036854775807}}"))
                            .category())
                    .isEqualTo("INVALID_INPUT");
        }
    }

    @Test
    void aFileThatBecomesShorterHarmsNobody() throws Exception {
        Path file = sharedFile(1 << 20);
        try (ProtocolClient client = deployed()) {
            assertThat(client.call(SHARE, share(file, 1 << 20)).kind()).isEqualTo(RESULT);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }
            ProtocolClient.Reply reply =
                    client.call(INFER, infer("{'dtype':'uint8','shape':[65536],'offset':0,'shared':true}"));
            assertThat(reply.category()).isEqualTo("INVALID_INPUT");
            assertThat(reply.message()).contains("the shared file has 0 bytes by now");
            assertThat(client.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    @Test
    void aFileThatBecomesShorterInTheMiddleHarmsNobody() throws Exception {
        Path file = sharedFile(1 << 20);
        try (ProtocolClient client = deployed();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertThat(client.call(SHARE, share(file, 1 << 20)).kind()).isEqualTo(RESULT);
            client.send(
                    INFER,
                    1,
                    json("{'name':'m','tensors':[{'dtype':'float32','shape':[100000],'offset':0}],"
                            + "'outputs':{'offset':0,'length':1048576}}"),
                    Arrays.copyOf(floats(SLOW), 400_000));
            slowSubmitted.await();
            channel.truncate(0);
            slow.complete(null);

            assertThat(client.receive().category()).isEqualTo("INVALID_INPUT");
            assertThat(client.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    @Test
    void failuresOfModelsAndOfUsSayWhoseTheyAre() throws Exception {
        Path damaged = Files.writeString(folder.resolve("damaged.pt2"), "damaged");
        try (ProtocolClient client = deployed()) {
            ProtocolClient.Reply unreadable = client.call(DEPLOY, json("{'path':'" + damaged + "'}"));
            assertThat(unreadable.category()).isEqualTo("DEPLOYMENT");
            assertThat(unreadable.message()).contains("damaged.pt2: the zip: found nothing, expected an archive");
            ProtocolClient.Reply absent = client.call(DEPLOY, json("{'path':'/absent.pt2'}"));
            assertThat(absent.category()).isEqualTo("DEPLOYMENT");
            assertThat(absent.message()).isEqualTo("/absent.pt2: no such file");
            assertThat(client.call(DEPLOY, json("{'path':'net.pt2'}")).message())
                    .contains("expected an absolute one");
            assertThat(client.call(DEPLOY, "{}").message()).contains("found no text 'path'");
            assertThat(client.call(INFER, json("{'name':'m'}")).message()).contains("found no array 'tensors'");
            assertThat(client.call(INFER, json("{'name':'m','tensors':[],'timeoutMillis':0}"))
                            .message())
                    .contains("found timeoutMillis 0");

            ProtocolClient.Reply bug = client.call(INFER, infer("{'dtype':'int8','shape':[1],'offset':0}"), (byte) 1);
            assertThat(bug.category()).isEqualTo("INTERNAL");
            assertThat(bug.message()).contains("no int8, please");
            assertThat(client.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    @Test
    void termsOfARequestReachTheRuntime() throws Exception {
        try (ProtocolClient client = deployed()) {
            String tensors = "'name':'m','tensors':[]";
            client.call(INFER, json("{" + tensors + "}"));
            client.call(
                    INFER,
                    json(
                            "{" + tensors
                                    + ",'tenant':'camera','priority':-3,'softDeadlineMillis':5,'hardDeadlineMillis':9,'value':2.5}"));
            assertThat(runtime.requests)
                    .extracting(FakeRuntime.Submitted::options)
                    .containsExactly(
                            RequestOptions.DEFAULT,
                            RequestOptions.DEFAULT
                                    .withTenant("camera")
                                    .withPriority(-3)
                                    .withSoftDeadline(Duration.ofMillis(5))
                                    .withHardDeadline(Duration.ofMillis(9))
                                    .withValue(2.5));
            for (String wrong : List.of(
                    "'tenant':7",
                    "'tenant':' '",
                    "'priority':1.5",
                    "'value':0",
                    "'value':'much'",
                    "'softDeadlineMillis':0",
                    "'hardDeadlineMillis':-1",
                    "'softDeadlineMillis':10,'hardDeadlineMillis':9")) {
                ProtocolClient.Reply reply = client.call(INFER, json("{" + tensors + "," + wrong + "}"));
                assertThat(reply.category()).as(wrong).isEqualTo("INVALID_INPUT");
                assertThat(reply.message())
                        .as(wrong)
                        .contains("found " + wrong.substring(1, wrong.indexOf("':")) + " ")
                        .contains("expected ");
            }
            assertThat(runtime.requests).hasSize(2);
        }
    }

    @Test
    void aRequestUnderWayIsCancelled() throws Exception {
        try (ProtocolClient client = deployed()) {
            client.send(INFER, 41, infer("{'dtype':'float32','shape':[1],'offset':0}"), floats(SLOW));
            slowSubmitted.await();
            client.send(CANCEL, 42, json("{'id':41}"));
            ProtocolClient.Reply cancelled = client.receive();
            assertThat(cancelled.category()).isEqualTo("CANCELLED");
            assertThat(client.receive().header().path("cancelled").asBoolean()).isTrue();
            assertThat(runtime.requests.get(0).result()).isCancelled();
            assertThat(client.call(CANCEL, json("{'id':41}"))
                            .header()
                            .path("cancelled")
                            .isBoolean())
                    .isTrue();
            assertThat(client.call(CANCEL, json("{'id':'x'}")).message()).contains("found id \"x\"");
        }
    }

    @Test
    void requestsOfAClientThatLeftAreCancelled() throws Exception {
        ProtocolClient client = deployed();
        client.send(INFER, 1, infer("{'dtype':'float32','shape':[1],'offset':0}"), floats(SLOW));
        slowSubmitted.await();
        while (runtime.requests.isEmpty()) {
            // It is on its way back from being submitted; the test's time-out bounds this.
            Thread.onSpinWait();
        }
        client.close();
        CompletableFuture<?> result = runtime.requests.get(0).result();
        assertThatThrownBy(() -> result.get(20, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
    }

    @Test
    void tooManyClientsAreToldSo() throws Exception {
        List<ProtocolClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < MAX_CLIENTS; i++) {
                clients.add(ProtocolClient.connect(socket));
                assertThat(clients.get(i).call(HELLO, "{}").kind()).isEqualTo(RESULT);
            }
            try (ProtocolClient surplus = ProtocolClient.connect(socket)) {
                ProtocolClient.Reply reply = surplus.call(HELLO, "{}");
                assertThat(reply.category()).isEqualTo("REJECTED");
                assertThat(surplus.isAtEnd()).isTrue();
            }
        } finally {
            for (ProtocolClient client : clients) {
                client.close();
            }
        }
    }

    // --- clients that misbehave or leave ---

    @Test
    void damagedRequestsAreAnsweredOrEndTheirConnectionOnly() throws Exception {
        Random random = new Random(20261123);
        byte[] sound = request(infer("{'dtype':'float32','shape':[2,1],'offset':0}"), new byte[8]);
        try (ProtocolClient other = deployed()) {
            for (int i = 0; i < 500; i++) {
                byte[] damaged = Arrays.copyOf(sound, 1 + random.nextInt(sound.length));
                for (int flips = random.nextInt(4); flips > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                try (ProtocolClient client = ProtocolClient.connect(socket)) {
                    client.sendBytes(damaged);
                    client.sendNoMore();
                    while (!client.isAtEnd()) {
                        // Whatever is answered, the connection ends: the test's time would be over.
                    }
                }
            }
            assertThat(other.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    private static byte[] request(String header, byte... payload) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(32 + text.length + payload.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("SGRO".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 1)
                .putShort((short) INFER)
                .putLong(5)
                .putInt(text.length)
                .putInt(0)
                .putLong(payload.length)
                .put(text)
                .put(payload)
                .array();
    }

    @Test
    void aClientThatDoesNotReadItsAnswersHoldsUpNobody() throws Exception {
        byte[] payload = new byte[1 << 20];
        String request = infer("{'dtype':'uint8','shape':[1048576],'offset':0}");
        ProtocolClient deaf = deployed();
        try (ProtocolClient other = ProtocolClient.connect(socket)) {
            Thread flood = new Thread(() -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        deaf.send(INFER, i, request, payload);
                    }
                } catch (IOException e) {
                    // The connection is closed below, in the middle of it.
                }
            });
            flood.start();
            for (int i = 0; i < 20; i++) {
                assertThat(other.call(INFER, request, payload).kind()).isEqualTo(RESULT);
            }
            deaf.close();
            flood.join();
            assertThat(other.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    @Test
    void aClientThatLeavesWithRequestsUnderWayHarmsNobody() throws Exception {
        try (ProtocolClient other = deployed()) {
            try (ProtocolClient leaving = ProtocolClient.connect(socket)) {
                leaving.send(INFER, 1, infer("{'dtype':'float32','shape':[],'offset':0}"), floats(SLOW));
                slowSubmitted.await();
                leaving.sendPrefix("SGRO", 1, INFER, 2, 100, 1000);
                leaving.sendBytes((byte) '{');
            }
            assertThat(other.call(HELLO, "{}").kind()).isEqualTo(RESULT);
            slow.complete(null);
            assertThat(other.call(HELLO, "{}").kind()).isEqualTo(RESULT);
        }
    }

    @Test
    void stoppingLetsRequestsUnderWayBeAnswered() throws Exception {
        try (ProtocolClient client = deployed()) {
            client.send(INFER, 1, infer("{'dtype':'float32','shape':[],'offset':0}"), floats(SLOW));
            slowSubmitted.await();
            Thread stopping = new Thread(listener::close);
            stopping.start();
            slow.complete(null);

            ProtocolClient.Reply reply = client.receive();
            assertThat(reply.kind()).as("%s", reply).isEqualTo(RESULT);
            assertThat(client.isAtEnd()).isTrue();
            stopping.join();
        }
    }

    private ProtocolClient deployed() throws IOException {
        Path file = Files.writeString(folder.resolve("m.pt2"), "a model");
        ProtocolClient client = ProtocolClient.connect(socket);
        assertThat(client.call(DEPLOY, json("{'path':'" + file + "'}")).kind()).isEqualTo(RESULT);
        return client;
    }

    private static String infer(String tensors) {
        return json("{'name':'m','tensors':[" + tensors + "]}");
    }

    private static String share(Path file, long bytes) {
        return json("{'path':'" + file + "','bytes':" + bytes + "}");
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private Path sharedFile(int size) throws IOException {
        return Files.write(folder.resolve("shared" + size), new byte[size]);
    }

    private static MappedByteBuffer map(Path file, int size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
        }
    }
}
