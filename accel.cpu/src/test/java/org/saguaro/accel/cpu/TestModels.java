// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** The folder of real models beside the checkout, and the arrays in it. */
public final class TestModels {

    private static final Pattern HEADER =
            Pattern.compile("'descr': '([<|][a-z]\\d+)', 'fortran_order': False, 'shape': \\(([0-9, ]*)\\)");
    private static final Map<String, DType> TYPES = Map.of(
            "<f4", DType.FLOAT32,
            "<f8", DType.FLOAT64,
            "<i8", DType.INT64,
            "<i4", DType.INT32,
            "|b1", DType.BOOL,
            "<c8", DType.COMPLEX64);

    private TestModels() {}

    /** {@code shared/models} in a folder above the working directory, if there is one. */
    public static Optional<Path> folder() {
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            Path models = up.resolve("shared/models");
            if (Files.isDirectory(models)) {
                return Optional.of(models);
            }
        }
        return Optional.empty();
    }

    public static Tensor npy(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        int headerBytes =
                ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getShort(8);
        Matcher header = HEADER.matcher(new String(content, 10, headerBytes, StandardCharsets.ISO_8859_1));
        if (!header.find()) {
            throw new IOException(file + " has a header that the test does not know");
        }
        long[] sizes = Arrays.stream(header.group(2).split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        int start = 10 + headerBytes;
        ByteBuffer data = ByteBuffer.allocateDirect(content.length - start)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(content, start, content.length - start)
                .flip();
        DType dtype = TYPES.get(header.group(1));
        if (dtype == null) {
            throw new IOException(file + " has elements of " + header.group(1));
        }
        return Tensor.dense(dtype, sizes, data);
    }
}
