// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** Reads the {@code .npy} files that the export script writes: little-endian, row-major, float32 or int64. */
public final class Npy {

    private static final int PREAMBLE_BYTES = 10;
    private static final Pattern HEADER =
            Pattern.compile("'descr': '(<f4|<i8)', 'fortran_order': False, 'shape': \\(([0-9, ]*)\\)");

    private Npy() {}

    /**
     * Reads one file.
     *
     * @throws IOException if it cannot be read or is of another kind
     */
    public static Tensor read(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = buffer.getShort(PREAMBLE_BYTES - 2);
        String header = new String(content, PREAMBLE_BYTES, headerBytes, StandardCharsets.ISO_8859_1);
        Matcher matcher = HEADER.matcher(header);
        if (!matcher.find()) {
            throw new IOException(file + ": expected a row-major float32 or int64 array, found " + header.strip());
        }
        long[] sizes = Arrays.stream(matcher.group(2).split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        ByteBuffer data = ByteBuffer.allocateDirect(content.length - PREAMBLE_BYTES - headerBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(content, PREAMBLE_BYTES + headerBytes, content.length - PREAMBLE_BYTES - headerBytes)
                .flip();
        return Tensor.dense(matcher.group(1).equals("<f4") ? DType.FLOAT32 : DType.INT64, sizes, data);
    }
}
