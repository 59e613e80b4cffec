// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.saguaro.model.api.ModelFormatException;

class UnpicklerTest {

    /** Knows the classes of the module {@code own}; persistent ids stand for themselves. */
    private static final PickleClasses OWN = new PickleClasses() {
        @Override
        public @Nullable Object find(String module, String name) {
            return module.equals("own") ? (PickleClass) argument -> new PickledObject(name) : null;
        }

        @Override
        public Object persistent(@Nullable Object id) {
            return "stored " + id;
        }
    };

    private static @Nullable Object read(byte[] pickle) throws IOException, ModelFormatException {
        return Unpickler.read(Path.of("model.pt"), "entry data.pkl", pickle, OWN);
    }

    @Test
    void readsIntegersOfAnyWidthUpTo64Bits() throws Exception {
        byte[] pickle = PickleBytes.begin()
                .ops("](")
                .op('K')
                .op(200)
                .op('M')
                .op(0xff)
                .op(0xff)
                .number(-5)
                .op(0x8a)
                .op(0)
                .op(0x8a)
                .op(1)
                .op(0x80)
                .op(0x8a)
                .op(2)
                .op(0x80)
                .op(0)
                .op(0x8a)
                .op(8)
                .int64(Long.MIN_VALUE)
                .op(0x8b)
                .int32(8)
                .int64(Long.MAX_VALUE)
                .ops("e")
                .end();

        assertThat(read(pickle)).isEqualTo(List.of(200L, 65535L, -5L, 0L, -128L, 128L, Long.MIN_VALUE, Long.MAX_VALUE));
    }

    @Test
    void keepsTheOrderOfDictionaries() throws Exception {
        byte[] pickle = PickleBytes.begin()
                .ops("}(")
                .text("z")
                .number(1)
                .text("a")
                .number(2)
                .number(7)
                .ops("N")
                .ops("u")
                .end();

        Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(read(pickle));
        assertThat(List.copyOf(map.keySet()).toString()).isEqualTo("[z, a, 7]");
        assertThat(map.get("a")).isEqualTo(2L);
        assertThat(map.containsKey(7L)).isTrue();
    }

    @Test
    void oneObjectStaysOneObject() throws Exception {
        // pair = (o, o), o.state = {"self": o}
        byte[] pickle = PickleBytes.begin()
                .global("own", "Node")
                .ops(")")
                .op(0x81)
                .op('q')
                .op(0)
                .ops("}")
                .text("self")
                .op('h')
                .op(0)
                .ops("sb")
                .op('h')
                .op(0)
                .op(0x86)
                .end();

        Tuple pair = (Tuple) read(pickle);
        assertThat(pair).isNotNull();
        assertThat(pair.get(0)).isInstanceOfSatisfying(PickledObject.class, node -> {
            assertThat(node.className()).isEqualTo("Node");
            assertThat(((Map<?, ?>) Objects.requireNonNull(node.state())).get("self"))
                    .isSameAs(node);
        });
        assertThat(pair.get(1)).isSameAs(pair.get(0));
    }

    @Test
    void sharedListsAreNoCircle() throws Exception {
        // a list that holds one list a hundred times, 40 levels of it: walked without care, that is 100^40 steps
        PickleBytes pickle = PickleBytes.begin().ops("]");
        for (int level = 0; level < 40; level++) {
            pickle.op('q').op(level).ops("0](");
            for (int i = 0; i < 100; i++) {
                pickle.op('h').op(level);
            }
            pickle.ops("e");
        }
        assertThat((List<?>) read(pickle.end())).hasSize(100);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("nothing", new byte[0], "byte 0: found no pickle"),
                Arguments.of("a text", "hello".getBytes(StandardCharsets.UTF_8), "no pickle"),
                Arguments.of("protocol 1", new byte[] {(byte) 0x80, 1, 'N', '.'}, "a pickle of protocol 1"),
                Arguments.of("protocol 9", new byte[] {(byte) 0x80, 9, 'N', '.'}, "a pickle of protocol 9"),
                Arguments.of("no end", new byte[] {(byte) 0x80, 2, 'N'}, "byte 3: found the end after 0 more bytes"),
                Arguments.of("nothing on the stack", PickleBytes.begin().end(), "0 values at the end"),
                Arguments.of("two results", PickleBytes.begin().ops("NN").end(), "2 values at the end"),
                Arguments.of("rest", PickleBytes.begin().ops("N.N").end(), "2 bytes behind the end"),
                Arguments.of(
                        "a class",
                        PickleBytes.begin().global("os", "system").end(),
                        "byte 2: found the class or function os.system"),
                Arguments.of(
                        "a class with line feeds",
                        PickleBytes.begin().text("os\n").text("x").op(0x93).end(),
                        "os?.x"),
                Arguments.of(
                        "a text too long", PickleBytes.begin().op('X').int32(-1).end(), "4294967295 bytes"),
                Arguments.of(
                        "bytes too long",
                        PickleBytes.begin().op(0x8e).int64(Long.MIN_VALUE).end(),
                        "9223372036854775808 bytes"),
                Arguments.of(
                        "a frame too long",
                        PickleBytes.begin().op(0x95).int64(99).end(),
                        "99 bytes"),
                Arguments.of(
                        "a big integer",
                        PickleBytes.begin().op(0x8a).op(9).int64(0).op(1).end(),
                        "an integer of 9 bytes"),
                Arguments.of(
                        "a huge integer",
                        PickleBytes.begin().op(0x8b).int32(-1).end(),
                        "an integer of 4294967295 bytes"),
                Arguments.of(
                        "no UTF-8",
                        PickleBytes.begin().op('X').int32(1).op(0xff).end(),
                        "no UTF-8"),
                Arguments.of(
                        "a text of protocol 0",
                        PickleBytes.begin().ops("S'a'\n").end(),
                        "0x53 of protocol 0"),
                Arguments.of("an extension", PickleBytes.begin().op(0x82).op(1).end(), "an extension registry"),
                Arguments.of("a set", PickleBytes.begin().op(0x8f).end(), "of a set"),
                Arguments.of("INST", PickleBytes.begin().ops("(ios\nsystem\n").end(), "INST"),
                Arguments.of(
                        "an unknown memo", PickleBytes.begin().op('h').op(3).end(), "the memo 3"),
                Arguments.of(
                        "a memo far away",
                        PickleBytes.begin().ops("N").op('r').int32(-1).end(),
                        "the memo 4294967295"),
                Arguments.of("nothing to pop", PickleBytes.begin().ops("0").end(), "0 values before this opcode"),
                Arguments.of("no mark", PickleBytes.begin().ops("]e").end(), "a group that was never begun"),
                Arguments.of(
                        "a mark between", PickleBytes.begin().ops("N(").op(0x85).end(), "0 values before this opcode"),
                Arguments.of(
                        "an element for a tuple", PickleBytes.begin().ops(")Na").end(), "an element for a tuple"),
                Arguments.of(
                        "an element for None", PickleBytes.begin().ops("NNa").end(), "an element for None"),
                Arguments.of("a key alone", PickleBytes.begin().ops("}(Nu").end(), "a key without a value"),
                Arguments.of("a list as key", PickleBytes.begin().ops("}]Ns").end(), "a list as key"),
                Arguments.of(
                        "a call of a text",
                        PickleBytes.begin().text("f").ops(")R").end(),
                        "a call of the text"),
                Arguments.of(
                        "a state for a list", PickleBytes.begin().ops("]}b").end(), "attributes for a list"),
                Arguments.of(
                        "two states",
                        PickleBytes.begin()
                                .global("own", "Node")
                                .ops(")")
                                .op(0x81)
                                .ops("}b}b")
                                .end(),
                        "a second state for an object of class Node"),
                Arguments.of("a list in itself", PickleBytes.begin().ops("]2a").end(), "a container that holds itself"),
                Arguments.of("too deep", deep(1001), "nested more than 1000 deep"));
    }

    private static byte[] deep(int levels) {
        PickleBytes pickle = PickleBytes.begin().ops("N");
        for (int i = 0; i < levels; i++) {
            pickle.op(0x85);
        }
        return pickle.end();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrong")
    void refusesWhatIsWrong(String what, byte[] pickle, String message) {
        assertThatThrownBy(() -> read(pickle))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("model.pt: entry data.pkl, byte ")
                .hasMessageContaining(message);
    }

    @Test
    void depthIsAlsoCountedThroughWhatIsShared() throws Exception {
        // Each list is filled after it was put into the one around it, so none is deep when it is made.
        PickleBytes pickle = PickleBytes.begin().ops("]").op('q').op(0).ops("0");
        for (int i = 1; i <= 1001; i++) {
            pickle.op('j').int32(i - 1).ops("]").op('r').int32(i).ops("a0");
        }
        byte[] tooDeep = pickle.op('h').op(0).end();

        assertThatThrownBy(() -> read(tooDeep))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("nested more than 1000 deep");
        assertThat(read(deep(1000))).isInstanceOf(Tuple.class);
    }

    @Test
    void boundsTheContainersThatOneByteEachMakes() {
        PickleBytes pickle = PickleBytes.begin().ops("(");
        for (int i = 0; i <= 1 << 21; i++) {
            pickle.op(']');
        }
        assertThatThrownBy(() -> read(pickle.ops("t").end()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("too many lists");
    }
}
