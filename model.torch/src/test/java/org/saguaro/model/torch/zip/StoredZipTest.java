// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.zip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.model.api.ModelFormatException;

class StoredZipTest {

    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
    private static final int MAX_BYTES = 1 << 20;

    @TempDir
    private Path folder;

    @Test
    void findsEntriesWithAndWithoutZip64() throws Exception {
        for (ZipBytes zip : new ZipBytes[] {hello(), hello().plain(), hello().wide()}) {
            try (StoredZip read = open(zip.build())) {
                assertThat(read.entries()).extracting(StoredZip.Entry::name).containsExactly("m/a", "m/b");
                assertThat(read.read(entry(read, "m/b"), MAX_BYTES)).isEqualTo(HELLO);
                assertThat(read.entry("m/c")).isNull();
            }
        }
    }

    @Test
    void readsWhatTheJdkStores() throws Exception {
        try (StoredZip read = open(jdkZip(ZipEntry.STORED))) {
            assertThat(read.read(entry(read, "m/b"), MAX_BYTES)).isEqualTo(HELLO);
        }
    }

    @Test
    void mapsOutliveTheArchive() throws Exception {
        ByteBuffer mapped;
        try (StoredZip read = open(hello().build())) {
            mapped = read.map(entry(read, "m/b"));
        }
        byte[] bytes = new byte[mapped.remaining()];
        mapped.get(bytes);
        assertThat(bytes).isEqualTo(HELLO);
        assertThat(mapped.isDirect()).isTrue();
        assertThat(mapped.isReadOnly()).isTrue();
        assertThat(mapped.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void anEmptyArchiveHasNoEntries() throws Exception {
        try (StoredZip read = open(new ZipBytes().build())) {
            assertThat(read.entries()).isEmpty();
        }
    }

    @Test
    void inflatesWhatIsRead() throws Exception {
        byte[] zip = jdkZip(ZipEntry.DEFLATED);
        try (StoredZip read = open(zip)) {
            assertThat(read.read(entry(read, "m/b"), 100)).isEqualTo(HELLO);
        }
        // The directory says that there is one byte more, or one byte less.
        for (int difference : new int[] {1, -1}) {
            byte[] lying = zip.clone();
            int directory = find(lying, 0x02014b50);
            little(lying).putInt(directory + 24, HELLO.length + difference);
            try (StoredZip read = open(lying)) {
                assertRefused(() -> read.read(entry(read, "m/a"), 100), "entry m/a", "contents");
            }
        }
    }

    @Test
    void refusesToInflateToMoreThanDeflateCan() throws Exception {
        byte[] zip = jdkZip(ZipEntry.DEFLATED);
        little(zip).putInt(find(zip, 0x02014b50) + 24, 1 << 30);
        try (StoredZip read = open(zip)) {
            assertRefused(() -> read.read(entry(read, "m/a"), 1 << 30), "entry m/a", "1073741824 bytes deflated to");
        }
    }

    @Test
    void opensArchivesInsideArchives() throws Exception {
        byte[] inner = hello().build();
        try (StoredZip outer =
                open(new ZipBytes().put("x", new byte[7]).put("in.zip", inner).build())) {
            StoredZip nested = outer.nested(entry(outer, "in.zip"));
            assertThat(nested.read(entry(nested, "m/a"), 100)).isEqualTo(HELLO);
            ByteBuffer mapped = nested.map(entry(nested, "m/a"));
            byte[] contents = new byte[mapped.remaining()];
            mapped.get(contents);
            assertThat(contents).isEqualTo(HELLO);
            assertThat(nested.place("m/a")).isEqualTo("entry in.zip, entry m/a");
            nested.close();
            assertThat(outer.read(entry(outer, "x"), 100)).as("still open").hasSize(7);
            assertRefused(() -> outer.nested(entry(outer, "x")), "entry x, end of the file", "without a zip directory");
        }
    }

    @Test
    void refusesToMapCompressedEntries() throws Exception {
        try (StoredZip read = open(jdkZip(ZipEntry.DEFLATED))) {
            assertRefused(
                    () -> read.map(entry(read, "m/b")),
                    "entry m/b",
                    "a compressed entry (method 8",
                    "do not pack it again");
        }
    }

    @Test
    void refusesEncryptedEntries() throws Exception {
        byte[] zip = hello().build();
        zip[find(zip, 0x02014b50) + 8] |= 1;
        try (StoredZip read = open(zip)) {
            assertRefused(() -> read.map(entry(read, "m/a")), "entry m/a", "an encrypted entry");
        }
    }

    @Test
    void refusesAnEntryThatReachesIntoTheNext() throws Exception {
        byte[] zip = hello().build();
        int first = find(zip, 0x02014b50);
        little(zip).putInt(first + 20, 40).putInt(first + 24, 40);
        try (StoredZip read = open(zip)) {
            assertRefused(
                    () -> read.map(entry(read, "m/a")), "entry m/a", "40 bytes at offset 64", "ends before offset");
        }
    }

    @Test
    void refusesContentsOfAnotherCrc() throws Exception {
        byte[] zip = hello().build();
        zip[find(zip, ByteBuffer.wrap(HELLO).order(ByteOrder.LITTLE_ENDIAN).getInt())] = 'j';
        try (StoredZip read = open(zip)) {
            assertRefused(() -> read.read(entry(read, "m/a"), MAX_BYTES), "entry m/a", "CRC 3610a686");
        }
    }

    @Test
    void refusesEntriesOverTheLimit() throws Exception {
        try (StoredZip read = open(hello().build())) {
            assertRefused(() -> read.read(entry(read, "m/a"), 4), "entry m/a", "found 5 bytes", "at most 4 bytes");
        }
    }

    @Test
    void refusesTwoEntriesOfOneName() throws IOException {
        byte[] zip = hello().build();
        int second = find(zip, 0x02014b50, find(zip, 0x02014b50) + 1);
        zip[second + 46 + 2] = 'a';
        assertRefused(() -> open(zip), "entry m/a", "two entries of that name");
    }

    @Test
    void refusesTwoEntriesAtOnePlace() throws IOException {
        byte[] zip = hello().build();
        int second = find(zip, 0x02014b50, find(zip, 0x02014b50) + 1);
        little(zip).putInt(second + 42, 0);
        assertRefused(() -> open(zip), "entry m/b", "the same offset as another entry");
    }

    @Test
    void refusesADirectoryThatClaimsMoreThanTheFileHolds() throws IOException {
        byte[] zip = hello().plain().build();
        int end = find(zip, 0x06054b50);
        little(zip).putShort(end + 8, (short) 0xfffe).putShort(end + 10, (short) 0xfffe);
        assertRefused(() -> open(zip), "zip directory", "65534 entries in");

        byte[] zip64 = hello().build();
        little(zip64).putLong(find(zip64, 0x06064b50) + 40, Long.MAX_VALUE);
        assertRefused(() -> open(zip64), "zip directory", "two different figures for its size");
    }

    @Test
    void refusesWhatIsNoZip() throws IOException {
        assertRefused(() -> open(new byte[0]), "end of the file", "0 bytes without a zip directory");
        assertRefused(() -> open(new byte[100_000]), "end of the file", "100000 bytes without a zip directory");
    }

    private static ZipBytes hello() {
        return new ZipBytes().put("m/a", HELLO).put("m/b", HELLO);
    }

    private StoredZip open(byte[] bytes) throws IOException, ModelFormatException {
        return StoredZip.open(Files.write(folder.resolve("archive.zip"), bytes));
    }

    private static StoredZip.Entry entry(StoredZip zip, String name) {
        return Objects.requireNonNull(zip.entry(name), name);
    }

    private void assertRefused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContainingAll(parts);
    }

    private static byte[] jdkZip(int method) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setComment("a comment");
            for (String name : new String[] {"m/a", "m/b"}) {
                ZipEntry entry = new ZipEntry(name);
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    entry.setSize(HELLO.length);
                    entry.setCrc(0x3610a686L);
                }
                zip.putNextEntry(entry);
                zip.write(HELLO);
            }
        }
        return out.toByteArray();
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int find(byte[] bytes, int word) {
        return find(bytes, word, 0);
    }

    private static int find(byte[] bytes, int word, int from) {
        for (int at = from; at <= bytes.length - 4; at++) {
            if (little(bytes).getInt(at) == word) {
                return at;
            }
        }
        throw new AssertionError("no word " + Integer.toHexString(word));
    }
}
