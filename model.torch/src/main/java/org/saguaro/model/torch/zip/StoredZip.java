// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.zip;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;

/**
 * A zip archive (zip64 too) as a directory of byte ranges of its file.
 *
 * <p>The JDK's own zip classes hide where an entry's bytes lie, and mapping needs exactly that. This reader trusts nothing:
 * every offset is checked against the file, an entry must end before the next one begins, and local headers must
 * agree with the directory. No allocation is larger than what the file really holds.
 *
 * <p>Owned and closed by whoever opened it; maps outlive it. One thread at a time.
 */
public final class StoredZip implements Closeable {

    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
    private static final int ZIP64_LOCATOR_BYTES = 20;
    private static final int ZIP64_END_SIGNATURE = 0x06064b50;
    private static final int ZIP64_END_BYTES = 56;
    private static final int DIRECTORY_SIGNATURE = 0x02014b50;
    private static final int DIRECTORY_ENTRY_BYTES = 46;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT_BYTES = 0xffff;

    /** A directory of several hundred thousand entries; no model comes near it. */
    private static final int MAX_DIRECTORY_BYTES = 64 << 20;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    /** The format cannot do better: 258 bytes for each two bits. */
    private static final long MAX_DEFLATE_RATIO = 1032;

    private static final int FLAG_ENCRYPTED = 1;
    private static final long SENTINEL_32 = 0xffff_ffffL;
    private static final int SENTINEL_16 = 0xffff;
    private static final int ZIP64_EXTRA_ID = 1;

    private static final String DAMAGED = "the file is damaged or was not copied completely: copy or export it again";

    /**
     * One file in the archive.
     *
     * @param name with {@code /} between folders
     * @param sizeBytes of its contents
     * @param compressedBytes as stored in the archive
     * @param method of compression; 0 is none
     */
    public record Entry(
            String name, long sizeBytes, long compressedBytes, int method, int flags, long crc32, long headerOffset) {}

    private final Path file;
    private final FileChannel channel;
    /** Where the archive lies in its file; errors begin with {@code within} where it lies in another archive. */
    private final long baseOffset;

    private final long archiveBytes;
    private final String within;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final TreeSet<Long> headerOffsets = new TreeSet<>();
    private long directoryOffset;

    private StoredZip(Path file, FileChannel channel, long baseOffset, long archiveBytes, String within) {
        this.file = file;
        this.channel = channel;
        this.baseOffset = baseOffset;
        this.archiveBytes = archiveBytes;
        this.within = within;
    }

    /**
     * Opens an archive and reads its directory.
     *
     * @throws ModelFormatException if it is no zip archive, or a damaged one
     * @throws IOException if the file cannot be read
     */
    public static StoredZip open(Path file) throws IOException, ModelFormatException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        boolean complete = false;
        try {
            StoredZip zip = new StoredZip(file, channel, 0, channel.size(), "");
            zip.readDirectory();
            complete = true;
            return zip;
        } finally {
            if (!complete) {
                channel.close();
            }
        }
    }

    /**
     * Opens an archive that is an entry of this one, stored without compression. It lives as long as this archive is open, and
     * needs no closing of its own.
     *
     * @throws ModelFormatException if the entry is compressed or damaged, or no zip archive
     */
    public StoredZip nested(Entry entry) throws IOException, ModelFormatException {
        StoredZip zip = new StoredZip(
                file,
                channel,
                baseOffset + storedOffset(entry),
                entry.sizeBytes(),
                within + "entry " + entry.name() + ", ");
        zip.readDirectory();
        return zip;
    }

    /** The archive's file. */
    public Path file() {
        return file;
    }

    /** How errors call an entry of this archive. */
    public String place(String entryName) {
        return within + "entry " + entryName;
    }

    /** The entries in the directory's order. */
    public Collection<Entry> entries() {
        return Collections.unmodifiableCollection(entries.values());
    }

    /** The entry of that name, or null. */
    public @Nullable Entry entry(String name) {
        return entries.get(name);
    }

    /**
     * Maps an entry's bytes, read-only and little-endian. They stay valid after this archive is closed.
     *
     * @throws ModelFormatException if the entry is compressed, larger than 2 GiB, or not where the directory says
     */
    public ByteBuffer map(Entry entry) throws IOException, ModelFormatException {
        long offset = storedOffset(entry);
        if (entry.sizeBytes() > Integer.MAX_VALUE) {
            throw new ModelFormatException(
                    file,
                    place(entry.name()),
                    entry.sizeBytes() + " bytes",
                    "at most " + Integer.MAX_VALUE + " bytes in one entry",
                    "split the weight, for instance with a sharded embedding or a smaller data type");
        }
        return channel.map(FileChannel.MapMode.READ_ONLY, baseOffset + offset, entry.sizeBytes())
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads an entry, deflated or stored, onto the heap and checks its CRC. For documents, not for weights.
     *
     * @param limitBytes largest size to accept
     * @throws ModelFormatException if it is larger, or damaged
     */
    public byte[] read(Entry entry, int limitBytes) throws IOException, ModelFormatException {
        long offset = dataOffset(entry);
        if (entry.sizeBytes() > limitBytes || entry.compressedBytes() > limitBytes) {
            throw new ModelFormatException(
                    file,
                    place(entry.name()),
                    entry.sizeBytes() + " bytes",
                    "at most " + limitBytes + " bytes",
                    "the file is damaged, or no model that this version can read");
        }
        byte[] contents = readFully(offset, (int) entry.compressedBytes(), "entry " + entry.name())
                .array();
        if (entry.method() == DEFLATED) {
            contents = inflate(entry, contents);
        }
        CRC32 crc = new CRC32();
        crc.update(contents);
        if (crc.getValue() != entry.crc32()) {
            throw damaged(
                    "entry " + entry.name(),
                    "contents of CRC " + Long.toHexString(crc.getValue()),
                    "CRC " + Long.toHexString(entry.crc32()));
        }
        return contents;
    }

    private byte[] inflate(Entry entry, byte[] deflated) throws ModelFormatException {
        if (entry.sizeBytes() > MAX_DEFLATE_RATIO * Math.max(1, entry.compressedBytes())) {
            throw damaged(
                    "entry " + entry.name(),
                    entry.sizeBytes() + " bytes deflated to " + entry.compressedBytes(),
                    "at most " + MAX_DEFLATE_RATIO + " times as many, which is all that deflate can do");
        }
        byte[] contents = new byte[(int) entry.sizeBytes()];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(deflated);
            int bytes = inflater.inflate(contents);
            // A stream may only see that it ends when it is asked for more.
            boolean more = !inflater.finished() && inflater.inflate(new byte[1]) > 0;
            if (bytes < contents.length || more || !inflater.finished()) {
                throw damaged(
                        "entry " + entry.name(),
                        more ? "more contents than the directory announces" : "contents of " + bytes + " bytes",
                        contents.length + " bytes");
            }
            return contents;
        } catch (DataFormatException e) {
            throw damaged("entry " + entry.name(), "contents that cannot be inflated", "deflated data");
        } finally {
            inflater.end();
        }
    }

    /** Closes the file. Archives inside this one end with it. */
    @Override
    public void close() throws IOException {
        if (within.isEmpty()) {
            channel.close();
        }
    }

    private void readDirectory() throws IOException, ModelFormatException {
        long fileBytes = archiveBytes;
        int tailBytes = (int) Math.min(fileBytes, END_BYTES + MAX_COMMENT_BYTES);
        ByteBuffer tail = readFully(fileBytes - tailBytes, tailBytes, "end of the file");
        int end = findEnd(tail);
        if (end < 0) {
            throw damaged(
                    "end of the file",
                    fileBytes + " bytes without a zip directory at their end",
                    "a complete zip archive");
        }
        long endOffset = fileBytes - tailBytes + end;
        int disks = tail.getShort(end + 4) | tail.getShort(end + 6);
        int entriesHere = tail.getShort(end + 8) & SENTINEL_16;
        long count = tail.getShort(end + 10) & SENTINEL_16;
        long size = tail.getInt(end + 12) & SENTINEL_32;
        long offset = tail.getInt(end + 16) & SENTINEL_32;
        if ((disks != 0 && disks != -1) || entriesHere != count) {
            throw damaged("zip directory", "an archive of several parts", "one file");
        }
        long directoryEnd = endOffset;
        ByteBuffer zip64 = zip64End(endOffset);
        if (zip64 != null) {
            directoryEnd = zip64.getLong(0);
            count = wide("number of entries", count, SENTINEL_16, zip64.getLong(8 + 32));
            size = wide("size", size, SENTINEL_32, zip64.getLong(8 + 40));
            offset = wide("offset", offset, SENTINEL_32, zip64.getLong(8 + 48));
        }
        if (size < 0 || offset < 0 || offset > directoryEnd || size != directoryEnd - offset) {
            throw damaged(
                    "zip directory",
                    size + " bytes at offset " + offset,
                    "a directory that ends at offset " + directoryEnd);
        }
        if (size > MAX_DIRECTORY_BYTES || count < 0 || count > size / DIRECTORY_ENTRY_BYTES) {
            throw damaged(
                    "zip directory",
                    count + " entries in " + size + " bytes",
                    "at most " + MAX_DIRECTORY_BYTES + " bytes, at least " + DIRECTORY_ENTRY_BYTES + " for each entry");
        }
        directoryOffset = offset;
        readEntries(readFully(offset, (int) size, "zip directory"), count);
    }

    /** Position of the end record in the last bytes of the file, or -1. Its comment must reach exactly to the end of the file. */
    private static int findEnd(ByteBuffer tail) {
        for (int i = tail.limit() - END_BYTES; i >= 0; i--) {
            if (tail.getInt(i) == END_SIGNATURE
                    && (tail.getShort(i + 20) & SENTINEL_16) == tail.limit() - i - END_BYTES) {
                return i;
            }
        }
        return -1;
    }

    /** The zip64 end record, its own offset put before it; null if the archive has none. */
    private @Nullable ByteBuffer zip64End(long endOffset) throws IOException, ModelFormatException {
        long locatorOffset = endOffset - ZIP64_LOCATOR_BYTES;
        if (locatorOffset < ZIP64_END_BYTES) {
            return null;
        }
        ByteBuffer locator = readFully(locatorOffset, ZIP64_LOCATOR_BYTES, "zip64 locator");
        if (locator.getInt(0) != ZIP64_LOCATOR_SIGNATURE) {
            return null;
        }
        long offset = locator.getLong(8);
        if (offset < 0 || offset > locatorOffset - ZIP64_END_BYTES) {
            throw damaged("zip64 locator", "offset " + offset, "an offset before " + locatorOffset);
        }
        ByteBuffer record = ByteBuffer.allocate(8 + ZIP64_END_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(offset).put(readFully(offset, ZIP64_END_BYTES, "zip64 end record"));
        if (record.getInt(8) != ZIP64_END_SIGNATURE) {
            throw damaged("zip64 end record", hex(record.getInt(8)), hex(ZIP64_END_SIGNATURE));
        }
        return record;
    }

    private long wide(String what, long narrow, long sentinel, long wide) throws ModelFormatException {
        if (narrow != sentinel && narrow != wide) {
            throw damaged("zip directory", "two different figures for its " + what, narrow + " and " + wide + " equal");
        }
        return wide;
    }

    private void readEntries(ByteBuffer directory, long count) throws ModelFormatException {
        for (long i = 0; i < count; i++) {
            String place = "zip directory, entry " + i;
            int at = directory.position();
            if (directory.remaining() < DIRECTORY_ENTRY_BYTES || directory.getInt(at) != DIRECTORY_SIGNATURE) {
                throw damaged(place, "no directory entry", "signature " + hex(DIRECTORY_SIGNATURE));
            }
            int nameBytes = directory.getShort(at + 28) & SENTINEL_16;
            int extraBytes = directory.getShort(at + 30) & SENTINEL_16;
            int commentBytes = directory.getShort(at + 32) & SENTINEL_16;
            int bytes = DIRECTORY_ENTRY_BYTES + nameBytes + extraBytes + commentBytes;
            if (bytes > directory.remaining() || nameBytes == 0) {
                throw damaged(place, "a name of " + nameBytes + " bytes", "a name inside the directory");
            }
            String name = StandardCharsets.UTF_8
                    .decode(directory.slice(at + DIRECTORY_ENTRY_BYTES, nameBytes))
                    .toString();
            ByteBuffer extra = directory
                    .slice(at + DIRECTORY_ENTRY_BYTES + nameBytes, extraBytes)
                    .order(ByteOrder.LITTLE_ENDIAN);
            add(entry(name, directory, at, extra));
            directory.position(at + bytes);
        }
        if (directory.hasRemaining()) {
            throw damaged("zip directory", directory.remaining() + " bytes behind the last entry", "none");
        }
    }

    private Entry entry(String name, ByteBuffer directory, int at, ByteBuffer extra) throws ModelFormatException {
        long compressed = directory.getInt(at + 20) & SENTINEL_32;
        long size = directory.getInt(at + 24) & SENTINEL_32;
        long header = directory.getInt(at + 42) & SENTINEL_32;
        if (size == SENTINEL_32 || compressed == SENTINEL_32 || header == SENTINEL_32) {
            ByteBuffer wide = zip64Extra(name, extra);
            size = size == SENTINEL_32 ? next(name, wide) : size;
            compressed = compressed == SENTINEL_32 ? next(name, wide) : compressed;
            header = header == SENTINEL_32 ? next(name, wide) : header;
        }
        return new Entry(
                name,
                size,
                compressed,
                directory.getShort(at + 10) & SENTINEL_16,
                directory.getShort(at + 8) & SENTINEL_16,
                directory.getInt(at + 16) & SENTINEL_32,
                header);
    }

    private ByteBuffer zip64Extra(String name, ByteBuffer extra) throws ModelFormatException {
        while (extra.remaining() >= 4) {
            int id = extra.getShort() & SENTINEL_16;
            int bytes = extra.getShort() & SENTINEL_16;
            if (bytes > extra.remaining()) {
                break;
            }
            if (id == ZIP64_EXTRA_ID) {
                return extra.slice(extra.position(), bytes).order(ByteOrder.LITTLE_ENDIAN);
            }
            extra.position(extra.position() + bytes);
        }
        throw damaged("entry " + name, "no zip64 sizes", "a zip64 extra field");
    }

    private long next(String name, ByteBuffer wide) throws ModelFormatException {
        if (wide.remaining() < 8) {
            throw damaged("entry " + name, "a short zip64 extra field", "8 bytes for each figure");
        }
        return wide.getLong();
    }

    private void add(Entry entry) throws ModelFormatException {
        String place = "entry " + entry.name();
        if (entry.headerOffset() < 0 || entry.headerOffset() > directoryOffset - LOCAL_BYTES) {
            throw damaged(
                    place,
                    "a header at offset " + entry.headerOffset(),
                    "an offset before the directory at " + directoryOffset);
        }
        if (entry.sizeBytes() < 0 || entry.compressedBytes() < 0 || entry.compressedBytes() > directoryOffset) {
            throw damaged(
                    place,
                    entry.compressedBytes() + " bytes",
                    "a size within the " + directoryOffset + " bytes before the directory");
        }
        if (entries.putIfAbsent(entry.name(), entry) != null) {
            throw damaged(place, "two entries of that name", "one");
        }
        if (!headerOffsets.add(entry.headerOffset())) {
            throw damaged(place, "the same offset as another entry", "an offset of its own");
        }
    }

    /** Where an entry's bytes lie that is not compressed. */
    private long storedOffset(Entry entry) throws IOException, ModelFormatException {
        if (entry.method() != STORED) {
            throw new ModelFormatException(
                    file,
                    place(entry.name()),
                    "a compressed entry (method " + entry.method() + ", " + entry.sizeBytes() + " bytes in "
                            + entry.compressedBytes() + ")",
                    "weights stored without compression, as PyTorch writes them, because they are memory-mapped",
                    "use the file as PyTorch wrote it; do not pack it again");
        }
        return dataOffset(entry);
    }

    private long dataOffset(Entry entry) throws IOException, ModelFormatException {
        String place = "entry " + entry.name();
        if ((entry.flags() & FLAG_ENCRYPTED) != 0) {
            throw new ModelFormatException(
                    file, within + place, "an encrypted entry", "an entry stored plainly", "export the model again");
        }
        if (entry.method() != STORED && entry.method() != DEFLATED) {
            throw new ModelFormatException(
                    file,
                    within + place,
                    "an entry of compression method " + entry.method(),
                    "entries that are stored or deflated, as PyTorch writes them",
                    "use the file as PyTorch wrote it; do not pack it again");
        }
        if (entry.method() == STORED && entry.sizeBytes() != entry.compressedBytes()) {
            throw damaged(
                    place, entry.sizeBytes() + " bytes stored in " + entry.compressedBytes(), "two equal figures");
        }
        ByteBuffer header = readFully(entry.headerOffset(), LOCAL_BYTES, place);
        int nameBytes = header.getShort(26) & SENTINEL_16;
        int extraBytes = header.getShort(28) & SENTINEL_16;
        if (header.getInt(0) != LOCAL_SIGNATURE) {
            throw damaged(place, "local header " + hex(header.getInt(0)), hex(LOCAL_SIGNATURE));
        }
        long offset = entry.headerOffset() + LOCAL_BYTES + nameBytes + extraBytes;
        Long next = headerOffsets.higher(entry.headerOffset());
        long limit = next == null ? directoryOffset : next;
        if (offset > limit || entry.compressedBytes() > limit - offset) {
            throw damaged(
                    place,
                    entry.compressedBytes() + " bytes at offset " + offset,
                    "an entry that ends before offset " + limit);
        }
        String localName = StandardCharsets.UTF_8
                .decode(readFully(entry.headerOffset() + LOCAL_BYTES, nameBytes, place))
                .toString();
        if (!localName.equals(entry.name()) || header.getShort(8) != entry.method()) {
            throw damaged(place, "the local header of \"" + localName + "\"", "the header the directory announces");
        }
        return offset;
    }

    private ByteBuffer readFully(long offset, int bytes, String place) throws IOException, ModelFormatException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, baseOffset + offset + buffer.position()) < 0) {
                throw damaged(place, "the end of the file", bytes + " bytes at offset " + offset);
            }
        }
        return buffer.flip();
    }

    private ModelFormatException damaged(String place, String found, String expected) {
        return new ModelFormatException(file, within + place, found, expected, DAMAGED);
    }

    private static String hex(int signature) {
        return "signature 0x" + Integer.toHexString(signature);
    }
}
