// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.zip.StoredZip;

/** Files that PyTorch wrote. See {@code src/test/python/pickle_fixtures.py}. */
class TorchPickleTest {

    @ParameterizedTest
    @ValueSource(strings = {"saved", "saved_protocol5"})
    void readsWhatTorchSaveWrote(String name) throws Exception {
        Map<?, ?> saved = (Map<?, ?>) Objects.requireNonNull(read(name));

        Map<?, ?> state = (Map<?, ?>) Objects.requireNonNull(saved.get("state"));
        assertThat(state.keySet()).asString().isEqualTo("[whole, part, turned, weight]");
        assertThat(tensor(state.get("part")).toFloats()).containsExactly(4, 5, 6, 7);
        assertThat(tensor(state.get("weight")).toFloats()).containsExactly(0, 1);
        Tensor turned = tensor(state.get("turned"));
        assertThat(turned.sizes()).containsExactly(4, 3);
        assertThat(turned.strides()).containsExactly(1, 4);
        assertThat(turned.toFloats()).startsWith(0, 4, 8, 1);

        assertThat((List<?>) saved.get("dtypes")).hasSize(11).allSatisfy(element -> {
            Tensor ones = tensor(element);
            assertThat(ones.sizes()).containsExactly(2);
            if (ones.dtype() != DType.COMPLEX64 && ones.dtype() != DType.COMPLEX128) {
                assertThat(ones.toDoubles()).containsExactly(1, 1);
            }
        });
        assertThat((List<?>) saved.get("dtypes"))
                .extracting(t -> tensor(t).dtype())
                .doesNotHaveDuplicates();
        assertThat(tensor(saved.get("empty")).sizes()).containsExactly(0, 3);
        assertThat(tensor(saved.get("scalar")).toDoubles()).containsExactly(2.5);
        assertThat(tensor(saved.get("attributed")).toDoubles()).containsExactly(1, 2);
        assertThat(((Tuple) Objects.requireNonNull(saved.get("numbers"))).elements())
                .containsExactly(
                        0L,
                        255L,
                        65535L,
                        -1L,
                        1L << 31,
                        -(1L << 40),
                        Long.MAX_VALUE,
                        Long.MIN_VALUE,
                        2.5,
                        new Complex(1, -2));
        assertThat(saved.get("texts")).isEqualTo(List.of("", "grün", "x".repeat(300)));
        assertThat((byte[]) saved.get("bytes")).containsExactly(0, 0xff);
        assertThat(((Tuple) Objects.requireNonNull(saved.get("names"))).elements())
                .containsExactly(
                        DType.FLOAT32,
                        new Argument.Constant(Argument.Constant.Kind.LAYOUT, "strided"),
                        new Argument.Constant(Argument.Constant.Kind.DEVICE, "cuda:1"),
                        new Tuple(List.of(2L, 3L)));
        assertThat(saved.containsKey("nothing")).isTrue();
        assertThat(saved.get("nothing")).isNull();
        assertThat(saved.get(7L)).isEqualTo(true);
    }

    @Test
    void readsWhatTorchScriptWrote() throws Exception {
        PickledObject model = (PickledObject) Objects.requireNonNull(read("scripted"));
        Map<?, ?> state = (Map<?, ?>) Objects.requireNonNull(model.state());

        assertThat(model.className()).isEqualTo("__torch__.Scripted");
        assertThat(tensor(state.get("count")).toDoubles()).containsExactly(7);
        assertThat(state.get("names")).isEqualTo(List.of("a", "b"));
        assertThat(state.get("table")).isEqualTo(Map.of("x", 1L, "y", -70000L));
        assertThat(state.get("sizes")).isEqualTo(List.of(1L, 2L, 3L));
        assertThat(state.get("rates")).isEqualTo(List.of(0.5));
        assertThat(state.get("flags")).isEqualTo(List.of(true, false));
        assertThat((List<?>) state.get("parts"))
                .extracting(t -> tensor(t).elementCount())
                .containsExactly(2L, 1L);
        assertThat(state.get("pair")).isEqualTo(new Tuple(List.of(1L, "two", 3.0)));
        assertThat(state.get("big")).isEqualTo(1L << 40);
        assertThat(state.get("phase")).isEqualTo(new Complex(1, 2));
        assertThat(state.get("colour")).isEqualTo(new PickledEnum("__torch__.Colour", 2L));
        assertThat(state.get("device")).isEqualTo(new Argument.Constant(Argument.Constant.Kind.DEVICE, "cpu"));
        Map<?, ?> inner = (Map<?, ?>)
                Objects.requireNonNull(((PickledObject) Objects.requireNonNull(state.get("inner"))).state());
        Map<?, ?> again = (Map<?, ?>)
                Objects.requireNonNull(((PickledObject) Objects.requireNonNull(state.get("again"))).state());
        assertThat(tensor(inner.get("weight")).sizes()).containsExactly(3, 2);
        assertThat(inner.get("weight")).as("the one weight of two modules").isSameAs(again.get("weight"));
    }

    @Test
    void tensorsAreViewsOnTheMappedFile() throws Exception {
        Map<?, ?> state =
                (Map<?, ?>) Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(read("saved"))).get("state"));
        assertThat(tensor(state.get("whole")).bytes().isDirect()).isTrue();
        assertThat(tensor(state.get("whole")).bytes().isReadOnly()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    refused_class     | the class or function fractions.Fraction   | nothing of it was run
                    refused_quantised | a quantised tensor (_rebuild_qtensor)      | save the model in float
                    refused_sparse    | a tensor that is not dense                 | to_dense()
                    refused_dtype     | the element type uint16                    | convert the tensor
                    refused_conjugate | a lazy conjugate                           | resolve_conj()
                    refused_integer   | an integer of 9 bytes                      | integers of 64 bits
                    """)
    void refusesByName(String name, String found, String action) {
        assertThatThrownBy(() -> read(name))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll(name + ".pt: entry " + name + "/data.pkl, byte ", found, action);
    }

    @Test
    void refusesObjectsOfNativeClasses() {
        byte[] pickle = PickleBytes.begin()
                .global("__torch__.torch.classes.quantized", "Conv2dPackedParamsBase")
                .end();
        assertThatThrownBy(() -> readBytes(pickle))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll("torch.classes.quantized.Conv2dPackedParamsBase", "save the model in float");
    }

    @Test
    void refusesTensorsOutsideTheirStorage() {
        for (long[] lie : new long[][] {{11, 2}, {-1, 2}, {0, 13}, {1L << 40, 1}, {0, -1}, {Integer.MAX_VALUE, 1}}) {
            byte[] pickle = PickleBytes.begin()
                    .global("torch._utils", "_rebuild_tensor_v2")
                    .ops("((")
                    .text("storage")
                    .global("torch", "FloatStorage")
                    .text("0")
                    .text("cpu")
                    .number(12)
                    .ops("tQ")
                    .op(0x8a)
                    .op(8)
                    .int64(lie[0])
                    .number((int) lie[1])
                    .op(0x85)
                    .number(1)
                    .op(0x85)
                    .op(0x89)
                    .ops("NtR")
                    .end();
            assertThatThrownBy(() -> readBytes(pickle))
                    .as("offset " + lie[0] + ", size " + lie[1])
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContainingAll("sizes [" + lie[1] + "]", "within the 48 bytes of its storage");
        }
    }

    @Test
    void refusesStoragesLargerThanTheirEntry() {
        byte[] pickle = PickleBytes.begin()
                .ops("(")
                .text("storage")
                .global("torch", "DoubleStorage")
                .text("0")
                .text("cpu")
                .number(12)
                .ops("tQ")
                .end();
        assertThatThrownBy(() -> readBytes(pickle))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll("a storage of 12 elements of 8 bytes", "48 bytes of the entry saved/data/0");
    }

    /** With the storages of {@code saved.pt}, of which the first has 12 floats. */
    private static @Nullable Object readBytes(byte[] pickle) throws Exception {
        Path file = Path.of(Objects.requireNonNull(TorchPickleTest.class.getResource("saved.pt"))
                .toURI());
        try (StoredZip zip = StoredZip.open(file)) {
            return Unpickler.read(
                    file, "entry data.pkl", pickle, new TorchClasses(new EntryStorages(zip, "saved/data/")));
        }
    }

    private static Tensor tensor(@Nullable Object value) {
        assertThat(value).isInstanceOf(Tensor.class);
        return (Tensor) Objects.requireNonNull(value);
    }

    private static @Nullable Object read(String name) throws Exception {
        Path file = Path.of(Objects.requireNonNull(TorchPickleTest.class.getResource(name + ".pt"), name)
                .toURI());
        try (StoredZip zip = StoredZip.open(file)) {
            return TorchPickle.read(zip, name + "/", "data");
        }
    }
}
