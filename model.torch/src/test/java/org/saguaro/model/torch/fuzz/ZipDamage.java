// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** The zip itself: a field of a record that lies (size, offset, checksum, method, name), an entry twice, an end too early. */
final class ZipDamage {

    /**
     * A kind of record.
     *
     * @param fields offset and width of each
     */
    private record Kind(String name, int signature, List<Integer> fields) {
        int fieldCount() {
            return fields.size() / 2;
        }

        int offset(int field) {
            return fields.get(2 * field);
        }

        int width(int field) {
            return fields.get(2 * field + 1);
        }
    }

    private static final Kind CENTRAL = new Kind(
            "directory",
            0x02014b50,
            List.of(4, 2, 6, 2, 8, 2, 10, 2, 16, 4, 20, 4, 24, 4, 28, 2, 30, 2, 32, 2, 34, 2, 42, 4));

    private static final List<Kind> KINDS = List.of(
            new Kind("local", 0x04034b50, List.of(4, 2, 6, 2, 8, 2, 14, 4, 18, 4, 22, 4, 26, 2, 28, 2)),
            CENTRAL,
            new Kind("zip64 end", 0x06064b50, List.of(4, 8, 16, 4, 20, 4, 24, 8, 32, 8, 40, 8, 48, 8)),
            new Kind("zip64 locator", 0x07064b50, List.of(4, 4, 8, 8, 16, 4)),
            new Kind("end", 0x06054b50, List.of(4, 2, 6, 2, 8, 2, 10, 2, 12, 4, 16, 4, 20, 2)));

    private record Header(Kind kind, int offset) {}

    private ZipDamage() {}

    /** A damaged copy. */
    static byte[] damage(byte[] whole, Random random, StringBuilder done) {
        return switch (random.nextInt(8)) {
            case 0 -> {
                int length = random.nextInt(whole.length);
                done.append(" zip cut to ").append(length);
                yield Arrays.copyOf(whole, length);
            }
            case 1 -> {
                done.append(" bytes before the zip");
                byte[] shifted = new byte[whole.length + 1 + random.nextInt(100)];
                System.arraycopy(whole, 0, shifted, shifted.length - whole.length, whole.length);
                yield shifted;
            }
            case 2 -> {
                done.append(" bytes after the zip");
                yield Arrays.copyOf(whole, whole.length + 1 + random.nextInt(70_000));
            }
            case 3 -> exchangedHeaders(whole, random, done);
            default -> lyingFields(whole, random, done);
        };
    }

    private static byte[] lyingFields(byte[] whole, Random random, StringBuilder done) {
        byte[] damaged = whole.clone();
        ByteBuffer bytes = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        List<Header> headers = headers(whole);
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            Header header = Lies.oneOf(headers, random);
            int field = random.nextInt(header.kind().fieldCount());
            int at = header.offset() + header.kind().offset(field);
            int width = header.kind().width(field);
            long old = width == 2 ? bytes.getShort(at) : width == 4 ? bytes.getInt(at) : bytes.getLong(at);
            long lie = random.nextBoolean() ? Lies.number(random) : old + random.nextInt(9) - 4;
            switch (width) {
                case 2 -> bytes.putShort(at, (short) lie);
                case 4 -> bytes.putInt(at, (int) lie);
                default -> bytes.putLong(at, lie);
            }
            done.append(' ')
                    .append(header.kind().name())
                    .append(" record at ")
                    .append(header.offset())
                    .append(", field ")
                    .append(header.kind().offset(field))
                    .append(" = ")
                    .append(lie);
        }
        return damaged;
    }

    /** Two entries of the directory point at each other's contents, or one is there twice. */
    private static byte[] exchangedHeaders(byte[] whole, Random random, StringBuilder done) {
        byte[] damaged = whole.clone();
        ByteBuffer bytes = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
        List<Header> central = headers(whole).stream()
                .filter(header -> header.kind().equals(CENTRAL))
                .toList();
        if (central.isEmpty()) {
            return damaged;
        }
        int one = Lies.oneOf(central, random).offset();
        int other = Lies.oneOf(central, random).offset();
        int kept = bytes.getInt(one + 42);
        bytes.putInt(one + 42, bytes.getInt(other + 42));
        if (random.nextBoolean()) {
            bytes.putInt(other + 42, kept);
        }
        done.append(" records at ").append(one).append(" and ").append(other).append(" share their contents");
        return damaged;
    }

    private static List<Header> headers(byte[] whole) {
        List<Header> headers = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + 22 <= whole.length; at++) {
            if (whole[at] != 'P' || whole[at + 1] != 'K') {
                continue;
            }
            int signature = bytes.getInt(at);
            for (Kind kind : KINDS) {
                int last = kind.fieldCount() - 1;
                if (kind.signature() == signature && at + kind.offset(last) + kind.width(last) <= whole.length) {
                    headers.add(new Header(kind, at));
                }
            }
        }
        return headers;
    }
}
