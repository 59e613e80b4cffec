// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

final class NpyFileTest {

    private static final List<long[]> SHAPES =
            List.of(new long[] {}, new long[] {1}, new long[] {0}, new long[] {3, 0, 2}, new long[] {2, 3, 5});

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(value = DType.class, mode = EnumSource.Mode.EXCLUDE, names = "BFLOAT16")
    void everyTypeAndShapeSurvivesWritingAndReading(DType dtype) throws Exception {
        Random random = new Random(7);
        for (long[] sizes : SHAPES) {
            Tensor tensor = random(dtype, sizes, random);
            Path file = folder.resolve("a.npy");
            NpyFile.write(file, tensor);

            Tensor read = NpyFile.read(file);

            assertThat(read.spec()).isEqualTo(tensor.spec());
            assertThat(bytes(read)).isEqualTo(bytes(tensor));
        }
    }

    @Test
    void dataStartAtAMultipleOf64() throws Exception {
        Path file = folder.resolve("a.npy");
        NpyFile.write(file, Tensor.of(new float[] {1, 2}, 2));

        assertThat(Files.size(file) - 8).isEqualTo(128);
    }

    @Test
    void bfloat16IsWrittenAsFloat32() throws Exception {
        ByteBuffer bits = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) 0x3fc0);
        Path file = folder.resolve("a.npy");
        NpyFile.write(file, Tensor.dense(DType.BFLOAT16, new long[] {1}, bits));

        Tensor read = NpyFile.read(file);

        assertThat(read.dtype()).isEqualTo(DType.FLOAT32);
        assertThat(read.toFloats()).containsExactly(1.5f);
    }

    @Test
    void stridedTensorsAreWrittenRowMajor() throws Exception {
        Tensor columns = new Tensor(
                DType.FLOAT32,
                new long[] {2, 3},
                new long[] {1, 2},
                Tensor.of(new float[] {1, 4, 2, 5, 3, 6}, 6).bytes());
        Path file = folder.resolve("a.npy");
        NpyFile.write(file, columns);

        assertThat(NpyFile.read(file).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyVersionIsRead(int version) throws Exception {
        Path file =
                file(version, "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }\n", new byte[] {1, 0, 2, 0});

        assertThat(NpyFile.read(file).toDoubles()).containsExactly(1, 2);
    }

    @Test
    void fortranOrderBecomesStrides() throws Exception {
        byte[] data = {1, 4, 2, 5, 3, 6};
        Path file = file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", data);

        Tensor tensor = NpyFile.read(file);

        assertThat(tensor.strides()).containsExactly(1, 2);
        assertThat(tensor.toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void bigEndianIsTurnedRound() throws Exception {
        byte[] data = ByteBuffer.allocate(16)
                .putFloat(1.5f)
                .putFloat(-2)
                .putFloat(3)
                .putFloat(4)
                .array();
        Path complex = file(1, "{'descr': '>c8', 'fortran_order': False, 'shape': (2,)}", data);
        Tensor tensor = NpyFile.read(complex);

        assertThat(tensor.bytes().getFloat(0)).isEqualTo(1.5f);
        assertThat(tensor.bytes().getFloat(4)).isEqualTo(-2f);
        assertThat(tensor.bytes().getFloat(12)).isEqualTo(4f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}",
                "{'descr': '<f4', 'fortran_order': False}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
                "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
                "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1,)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 9223372036854775807)}",
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
                "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
                "{'descr': '', 'fortran_order': False, 'shape': (1,)}",
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
                "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}"
            })
    void aBadHeaderIsToldWithTheFile(String header) throws IOException {
        Path file = file(1, header, new byte[4]);

        assertThatThrownBy(() -> NpyFile.read(file))
                .isInstanceOf(NpyFormatException.class)
                .hasMessageStartingWith(file + ": found ")
                .hasMessageContaining("expected");
    }

    @Test
    void missingAndSurplusDataAreTold() throws IOException {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";

        assertThatThrownBy(() -> NpyFile.read(file(1, header, new byte[7])))
                .isInstanceOf(NpyFormatException.class)
                .hasMessageContaining("found 7 bytes of data, expected 8 for float32[2]");
        assertThatThrownBy(() -> NpyFile.read(file(1, header, new byte[9])))
                .isInstanceOf(NpyFormatException.class)
                .hasMessageContaining("found 9 bytes of data, expected 8");
    }

    @Test
    void aHeaderLongerThanTheFileIsNotAllocated() throws IOException {
        ByteBuffer lying = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        lying.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}).putInt(0x7fffffff);
        Path file = Files.write(folder.resolve("lie.npy"), lying.array());

        assertThatThrownBy(() -> NpyFile.read(file))
                .isInstanceOf(NpyFormatException.class)
                .hasMessageContaining("a header of 2147483647 bytes in a file of 12");
    }

    @Test
    void aDamagedFileIsReadOrRefusedButNeverWorse() throws Exception {
        Path file = folder.resolve("a.npy");
        NpyFile.write(file, Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int n = random.nextInt(4); n >= 0 && damaged.length > 0; n--) {
                damaged[random.nextInt(Math.min(damaged.length, 90))] = (byte) random.nextInt(256);
            }
            Files.write(file, damaged);
            try {
                NpyFile.read(file);
            } catch (NpyFormatException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1000, 3000);
    }

    private Path file(int version, String header, byte[] data) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer buffer = ByteBuffer.allocate(12 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            buffer.putShort((short) text.length);
        } else {
            buffer.putInt(text.length);
        }
        buffer.put(text).put(data);
        return Files.write(folder.resolve("x.npy"), Arrays.copyOf(buffer.array(), buffer.position()));
    }

    private static Tensor random(DType dtype, long[] sizes, Random random) {
        long elements = Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
        byte[] bytes = new byte[(int) elements * dtype.sizeBytes()];
        random.nextBytes(bytes);
        return Tensor.dense(dtype, sizes, ByteBuffer.wrap(bytes));
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[(int) tensor.elementCount() * tensor.dtype().sizeBytes()];
        tensor.bytes().get(bytes);
        return bytes;
    }

    @Test
    void everyTypeIsCovered() {
        assertThat(Stream.of(DType.values()).filter(type -> type != DType.BFLOAT16))
                .allSatisfy(type -> assertThat(NpyHeader.format(type, new long[] {2}))
                        .satisfies(text ->
                                assertThat(NpyHeader.parse(text).dtype()).isEqualTo(type)));
    }
}
