// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.accel.cpu.Backends;

/** Which folders are taken for a libtorch, and what is said of the others. */
class LibtorchTest {

    @TempDir
    Path folder;

    @Test
    void loadsTheSameOnceHoweverItIsNamed() throws Exception {
        Path presets = Backends.presetsFolder();
        Path torch = Files.createDirectories(folder.resolve("torch"));
        Files.createSymbolicLink(torch.resolve("lib"), presets);
        Libtorch found = Libtorch.load(presets);
        assertThat(Libtorch.load(torch)).as("where pip puts torch").isSameAs(found);
        assertThat(Libtorch.load(folder)).as("one above").isSameAs(found);
        assertThat(found.isOlderThan(2, 7)).isFalse();
        assertThat(found.has("aoti_torch_cpu_convolution")).isTrue();
        assertThat(found.has("aoti_torch_cpu_frobnicate")).isFalse();
    }

    @Test
    void saysWhereItLookedInAFolderWithoutOne() {
        assertThatThrownBy(() -> Libtorch.load(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        folder.toString(),
                        folder.resolve("libtorch_cpu.so").toString(),
                        "lib/libtorch_cpu.so",
                        "import torch");
    }

    @Test
    void refusesASecondLibtorchInTheProcess() throws Exception {
        Libtorch.load(Backends.presetsFolder());
        Path other = Files.createFile(folder.resolve(Libtorch.FILE));
        assertThatThrownBy(() -> Libtorch.load(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "another libtorch is in this process",
                        other.toRealPath().toString(),
                        "start again");
    }

    @Test
    void readsSchemasWithAllTheirMarks() {
        Schema put = Schema.parse(
                "-- aten::index_put_(Tensor(a!) self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor(a!)");
        assertThat(put.parameters())
                .extracting(Schema.Parameter::name)
                .containsExactly("self", "indices", "values", "accumulate");
        assertThat(put.parameters().get(0).written()).isTrue();
        assertThat(put.parameters().get(1).list()).isTrue();
        assertThat(put.parameters().get(1).elementOptional()).isTrue();
        assertThat(put.parameters().get(3).fallback()).isEqualTo(false);
        Schema conv = Schema.parse(
                "cn aten::conv2d(Tensor input, SymInt[2] stride=1, ScalarType? dtype=None) -> (Tensor, Tensor)");
        assertThat(conv.composed()).isTrue();
        assertThat(conv.recent()).isTrue();
        assertThat((Object[]) conv.parameters().get(1).fallback()).containsExactly(1L, 1L);
        assertThat(conv.parameters().get(2).optional()).isTrue();
        assertThat(conv.returns()).hasSize(2);
        Schema chunk = Schema.parse("c- aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]");
        assertThat(chunk.returnsList()).isTrue();
        assertThat(chunk.aliasingResults()).containsExactly(true);
    }
}
