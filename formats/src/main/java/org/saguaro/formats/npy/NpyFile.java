// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.npy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * Reads and writes {@code .npy} files (NumPy's format, versions 1.0 to 3.0): dense arrays of numbers, no objects, no records.
 *
 * <p>Our own, because the Java libraries that read the format are either unmaintained or bring an array library along. Strict:
 * what is not understood is an error that names the file. Nothing is allocated on the word of a header that the file's size
 * contradicts.
 */
public final class NpyFile {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_HEADER_BYTES = 1 << 16;
    private static final int ALIGNMENT_BYTES = 64;

    private NpyFile() {}

    /**
     * Reads an array into new direct memory. A Fortran-order array becomes a strided tensor.
     *
     * @throws NpyFormatException if the file is not an array of a supported kind
     * @throws IOException if it cannot be read
     */
    public static Tensor read(Path file) throws IOException, NpyFormatException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long fileBytes = channel.size();
            NpyHeader header = readHeader(file, channel, fileBytes);
            long dataBytes = fileBytes - channel.position();
            long expectedBytes = dataBytes(file, header);
            if (dataBytes != expectedBytes) {
                throw new NpyFormatException(
                        file,
                        dataBytes + " bytes of data",
                        expectedBytes + " for " + header.dtype() + header.shape() + " (is the file complete?)");
            }
            if (dataBytes > Integer.MAX_VALUE) {
                throw new NpyFormatException(file, dataBytes + " bytes of data", "less than 2 GiB in one array");
            }
            ByteBuffer data = ByteBuffer.allocateDirect((int) dataBytes).order(ByteOrder.LITTLE_ENDIAN);
            readFully(channel, data);
            if (header.order() == ByteOrder.BIG_ENDIAN) {
                swapBytes(data, componentBytes(header.dtype()));
            }
            return new Tensor(header.dtype(), header.shape().sizes(), strides(header), data);
        } catch (EOFException e) {
            throw new NpyFormatException(file, "the end of the file", "more (is the file complete?)");
        }
    }

    /**
     * Writes an array, row-major and little-endian, replacing the file. NumPy knows no bfloat16: it is written as float32, which holds
     * every value exactly.
     */
    public static void write(Path file, Tensor tensor) throws IOException {
        Tensor stored =
                tensor.dtype() == DType.BFLOAT16 ? Tensor.of(tensor.toFloats(), tensor.sizes()) : tensor.toDense();
        byte[] text = NpyHeader.format(stored.dtype(), stored.sizes()).getBytes(StandardCharsets.US_ASCII);
        int preamble = MAGIC.length + 4;
        int total = (preamble + text.length + 1 + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
        ByteBuffer head = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        head.put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) (total - preamble))
                .put(text);
        while (head.remaining() > 1) {
            head.put((byte) ' ');
        }
        head.put((byte) '\n').flip();
        ByteBuffer data = stored.bytes();
        data.limit(Math.toIntExact(stored.elementCount() * stored.dtype().sizeBytes()));
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            writeFully(channel, head);
            writeFully(channel, data);
        }
    }

    private static NpyHeader readHeader(Path file, FileChannel channel, long fileBytes)
            throws IOException, NpyFormatException {
        ByteBuffer preamble = take(channel, MAGIC.length + 2);
        byte[] magic = new byte[MAGIC.length];
        preamble.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new NpyFormatException(file, "a file of another format", "a NumPy array (numpy.save)");
        }
        int major = preamble.get() & 0xff;
        int minor = preamble.get() & 0xff;
        if (major < 1 || major > 3 || minor != 0) {
            throw new NpyFormatException(file, "format version " + major + "." + minor, "1.0, 2.0 or 3.0");
        }
        long length = major == 1
                ? take(channel, 2).getShort() & 0xffff
                : take(channel, 4).getInt() & 0xffffffffL;
        if (length > MAX_HEADER_BYTES || length > fileBytes - channel.position()) {
            throw new NpyFormatException(
                    file,
                    "a header of " + length + " bytes in a file of " + fileBytes,
                    "one that fits the file, at most " + MAX_HEADER_BYTES);
        }
        byte[] text = take(channel, (int) length).array();
        try {
            return NpyHeader.parse(new String(text, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
        } catch (NpyHeader.SyntaxException e) {
            throw new NpyFormatException(file, e.found(), e.expected());
        }
    }

    private static long dataBytes(Path file, NpyHeader header) throws NpyFormatException {
        try {
            long bytes = header.dtype().sizeBytes();
            for (long size : header.shape().sizes()) {
                bytes = Math.multiplyExact(bytes, size);
            }
            // Strides of an array without elements may still overflow: they are products of the other sizes.
            long product = 1;
            for (long size : header.shape().sizes()) {
                product = Math.multiplyExact(product, Math.max(1, size));
            }
            return bytes;
        } catch (ArithmeticException e) {
            throw new NpyFormatException(file, "shape " + header.shape(), "one with less than 2^63 elements");
        }
    }

    private static long[] strides(NpyHeader header) {
        long[] sizes = header.shape().sizes();
        if (!header.fortranOrder()) {
            return Tensor.denseStrides(sizes);
        }
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int i = 0; i < sizes.length; i++) {
            strides[i] = stride;
            stride *= Math.max(1, sizes[i]);
        }
        return strides;
    }

    /** A complex element is two numbers, each with its own byte order. */
    private static int componentBytes(DType dtype) {
        return switch (dtype) {
            case COMPLEX64, COMPLEX128 -> dtype.sizeBytes() / 2;
            case UINT8, INT8, INT16, INT32, INT64, FLOAT16, BFLOAT16, FLOAT32, FLOAT64, BOOL -> dtype.sizeBytes();
        };
    }

    private static void swapBytes(ByteBuffer data, int size) {
        for (int start = 0; start < data.limit(); start += size) {
            for (int low = start, high = start + size - 1; low < high; low++, high--) {
                byte kept = data.get(low);
                data.put(low, data.get(high));
                data.put(high, kept);
            }
        }
    }

    private static ByteBuffer take(FileChannel channel, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, buffer);
        return buffer;
    }

    private static void readFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        buffer.flip();
    }

    private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
