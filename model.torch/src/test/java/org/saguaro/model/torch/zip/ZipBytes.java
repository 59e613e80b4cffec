// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.zip;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/** Writes zip archives as PyTorch does: stored, aligned, with a zip64 end. Test code may make it lie. */
public final class ZipBytes {

    private static final int ALIGNMENT = 64;

    /** An unknown extra field without contents, then the zip64 one. */
    private static final int WIDE_BYTES = 4 + 4 + 24;

    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private boolean zip64 = true;
    private boolean aligned = true;
    private boolean wide;

    /** Adds or replaces an entry. */
    public ZipBytes put(String name, byte[] contents) {
        entries.put(name, contents);
        return this;
    }

    /** Without the zip64 end record. */
    public ZipBytes plain() {
        zip64 = false;
        return this;
    }

    /** Sizes and offsets of 64 bits, in extra fields. */
    public ZipBytes wide() {
        wide = true;
        return this;
    }

    /** Entries follow each other without a gap. */
    public ZipBytes unaligned() {
        aligned = false;
        return this;
    }

    /** The archive. */
    public byte[] build() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        entries.forEach((name, contents) -> {
            byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
            CRC32 crc = new CRC32();
            crc.update(contents);
            int offset = out.size();
            int padding = aligned ? Math.floorMod(-(offset + 30 + nameBytes.length), ALIGNMENT) : 0;
            out.writeBytes(little(30)
                    .putInt(0x04034b50)
                    .putShort((short) 0)
                    .putShort((short) 0x0808)
                    .putShort((short) 0)
                    .putInt(0)
                    .putInt(0)
                    .putInt(0)
                    .putInt(0)
                    .putShort((short) nameBytes.length)
                    .putShort((short) padding)
                    .array());
            out.writeBytes(nameBytes);
            out.writeBytes(new byte[padding]);
            out.writeBytes(contents);
            directory.writeBytes(little(46)
                    .putInt(0x02014b50)
                    .putInt(0)
                    .putShort((short) 0x0808)
                    .putShort((short) 0)
                    .putInt(0)
                    .putInt((int) crc.getValue())
                    .putInt(wide ? -1 : contents.length)
                    .putInt(wide ? -1 : contents.length)
                    .putShort((short) nameBytes.length)
                    .putShort((short) (wide ? WIDE_BYTES : 0))
                    .putShort((short) 0)
                    .putShort((short) 0)
                    .putShort((short) 0)
                    .putInt(0)
                    .putInt(wide ? -1 : offset)
                    .array());
            directory.writeBytes(nameBytes);
            if (wide) {
                directory.writeBytes(little(WIDE_BYTES)
                        .putInt(0x7777)
                        .putShort((short) 1)
                        .putShort((short) 24)
                        .putLong(contents.length)
                        .putLong(contents.length)
                        .putLong(offset)
                        .array());
            }
        });
        int offset = out.size();
        int count = entries.size();
        out.writeBytes(directory.toByteArray());
        if (zip64) {
            out.writeBytes(little(56 + 20)
                    .putInt(0x06064b50)
                    .putLong(44)
                    .putShort((short) 0x031e)
                    .putShort((short) 45)
                    .putInt(0)
                    .putInt(0)
                    .putLong(count)
                    .putLong(count)
                    .putLong(directory.size())
                    .putLong(offset)
                    .putInt(0x07064b50)
                    .putInt(0)
                    .putLong((long) offset + directory.size())
                    .putInt(1)
                    .array());
        }
        out.writeBytes(little(22)
                .putInt(0x06054b50)
                .putInt(0)
                .putShort((short) count)
                .putShort((short) count)
                .putInt(directory.size())
                .putInt(offset)
                .putShort((short) 0)
                .array());
        return out.toByteArray();
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
