// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

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

/** Arrays that our own scripts wrote: version 1, little-endian, row-major. The reader for anybody's files is the launcher's. */
final class NumpyArray {

    private static final int PREFIX_BYTES = 10;
    private static final Pattern HEADER =
            Pattern.compile("'descr': '([^']+)', 'fortran_order': False, 'shape': \\(([^)]*)\\)");

    private NumpyArray() {}

    static Tensor read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = bytes.getShort(PREFIX_BYTES - Short.BYTES);
        String text = new String(bytes.array(), PREFIX_BYTES, headerBytes, StandardCharsets.US_ASCII);
        Matcher header = HEADER.matcher(text);
        if (!header.find()) {
            throw new IOException(file + ": found the header " + text + ", expected one as numpy.save writes it");
        }
        long[] sizes = Arrays.stream(header.group(2).split(","))
                .map(String::trim)
                .filter(size -> !size.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        int offset = PREFIX_BYTES + headerBytes;
        ByteBuffer data = bytes.slice(offset, bytes.capacity() - offset).order(ByteOrder.LITTLE_ENDIAN);
        return Tensor.dense(dtype(header.group(1), file), sizes, data);
    }

    private static DType dtype(String description, Path file) throws IOException {
        return switch (description) {
            case "<f2" -> DType.FLOAT16;
            case "<f4" -> DType.FLOAT32;
            case "<f8" -> DType.FLOAT64;
            case "|u1" -> DType.UINT8;
            case "<i2" -> DType.INT16;
            case "<i8" -> DType.INT64;
            case "|b1" -> DType.BOOL;
            case "<c8" -> DType.COMPLEX64;
            default ->
                throw new IOException(file + ": found elements " + description + ", expected a type of the small zoo");
        };
    }
}
