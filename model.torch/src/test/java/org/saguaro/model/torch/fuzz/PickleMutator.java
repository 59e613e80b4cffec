// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Pickles, instruction by instruction: removed, doubled, exchanged, with other memo ids, globals and numbers, with lengths that
 * lie; lists that contain themselves, containers nested deeply, and graphs of tuples that double at each step.
 */
final class PickleMutator implements Mutator {

    private static final List<String> GLOBALS = List.of(
            "os\nsystem\n",
            "builtins\neval\n",
            "torch\nFloatStorage\n",
            "torch\nLongStorage\n",
            "torch._utils\n_rebuild_tensor_v2\n",
            "torch._utils\n_rebuild_parameter\n",
            "collections\nOrderedDict\n",
            "torch.jit._pickle\nbuild_intlist\n",
            "torch.jit._pickle\nrestore_type_tag\n",
            "__torch__\nNowhere\n",
            "torch\ndevice\n",
            "\n\n",
            "a.b.c\n\u00e9\n");

    private static final int MAX_BYTES = 1 << 20;

    @Override
    public boolean appliesTo(Archive archive) {
        return !archive.names(PickleMutator::isPickle).isEmpty();
    }

    @Override
    public String mutate(Archive archive, Random random) {
        String entry = Lies.oneOf(archive.names(PickleMutator::isPickle), random);
        List<byte[]> instructions = instructions(archive.contents(entry));
        if (instructions.isEmpty()) {
            return "nothing: " + entry + " has no instructions";
        }
        StringBuilder done = new StringBuilder(entry).append(':');
        for (int n = 1 + random.nextInt(3); n > 0 && !instructions.isEmpty(); n--) {
            int at = random.nextInt(instructions.size());
            done.append(" instruction ").append(at).append(' ');
            switch (random.nextInt(9)) {
                case 0 -> {
                    instructions.remove(at);
                    done.append("removed");
                }
                case 1 -> {
                    int times = 1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 3);
                    for (int i = 0; i < times; i++) {
                        instructions.add(at, instructions.get(at));
                    }
                    done.append("repeated ").append(times).append(" times");
                }
                case 2 -> {
                    int other = random.nextInt(instructions.size());
                    byte[] kept = instructions.get(at);
                    instructions.set(at, instructions.get(other));
                    instructions.set(other, kept);
                    done.append("exchanged with ").append(other);
                }
                case 3 -> {
                    instructions.add(at, single(random));
                    done.append("after a new one");
                }
                case 4, 5 -> {
                    instructions.set(at, withOtherArgument(instructions.get(at), random));
                    done.append("with another argument");
                }
                case 6 -> {
                    instructions.set(at, global(random));
                    done.append("replaced by a global");
                }
                case 7 -> {
                    instructions.set(at, lyingLength(random));
                    done.append("replaced by one with a length that lies");
                }
                default -> {
                    instructions.set(at, structure(random));
                    done.append("replaced by a monstrous structure");
                }
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        instructions.forEach(out::writeBytes);
        archive.entries.put(
                entry, out.size() > MAX_BYTES ? Arrays.copyOf(out.toByteArray(), MAX_BYTES) : out.toByteArray());
        return done.toString();
    }

    private static byte[] single(Random random) {
        String opcodes = "(.012N]}){tesaubRQ0\u0081\u0085\u0086\u0087\u0088\u0089\u0093\u0094";
        return new byte[] {(byte) opcodes.charAt(random.nextInt(opcodes.length()))};
    }

    private static byte[] global(Random random) {
        return ("c" + Lies.oneOf(GLOBALS, random)).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] withOtherArgument(byte[] instruction, Random random) {
        byte[] changed = instruction.clone();
        long lie = random.nextInt(3) == 0 ? Lies.number(random) : random.nextInt(40);
        ByteBuffer bytes = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
        switch (changed[0] & 0xff) {
            case 'J', 'r', 'j' -> bytes.putInt(1, (int) lie);
            case 'K', 'q', 'h', 0x80 -> bytes.put(1, (byte) lie);
            case 'M' -> bytes.putShort(1, (short) lie);
            case 'G' -> bytes.order(ByteOrder.BIG_ENDIAN).putLong(1, Double.doubleToLongBits(lie / 3.0));
            default -> {
                if (changed.length > 1) {
                    changed[1 + random.nextInt(changed.length - 1)] = (byte) random.nextInt(256);
                } else {
                    return single(random);
                }
            }
        }
        return changed;
    }

    private static byte[] lyingLength(Random random) {
        long length = Lies.number(random);
        ByteBuffer bytes = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(bytes.put((byte) 'X').putInt((int) length).array(), 5);
            case 1 -> Arrays.copyOf(bytes.put((byte) 0x8b).putInt((int) length).array(), 5);
            case 2 -> Arrays.copyOf(bytes.put((byte) 'B').putInt((int) length).array(), 5);
            case 3 -> bytes.put((byte) 0x8d).putLong(length).array();
            default -> bytes.put((byte) 0x95).putLong(length).array();
        };
    }

    private static byte[] structure(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int depth = Lies.depth(random);
        switch (random.nextInt(4)) {
            case 0 -> { // a list that contains itself
                out.writeBytes(new byte[] {']', 'q', (byte) 0xf0, 'h', (byte) 0xf0, 'a'});
            }
            case 1 -> { // [[[[...]]]]
                for (int i = 0; i < depth; i++) {
                    out.write(']');
                }
                for (int i = 1; i < depth; i++) {
                    out.write('a');
                }
            }
            case 2 -> { // each tuple holds the one before twice
                out.writeBytes(new byte[] {')'});
                for (int i = 0; i < 60; i++) {
                    out.writeBytes(new byte[] {'q', (byte) 0xf1, '0', 'h', (byte) 0xf1, 'h', (byte) 0xf1, (byte) 0x86});
                }
            }
            default -> { // marks that nothing closes, then one tuple over all
                for (int i = 0; i < depth; i++) {
                    out.write('(');
                }
                out.write('t');
            }
        }
        return out.toByteArray();
    }

    /** Splits a pickle; what follows an opcode that PyTorch does not write is one piece. */
    private static List<byte[]> instructions(byte[] pickle) {
        List<byte[]> instructions = new ArrayList<>();
        int at = 0;
        while (at < pickle.length) {
            int length = Math.min(length(pickle, at), pickle.length - at);
            instructions.add(Arrays.copyOfRange(pickle, at, at + length));
            at += length;
        }
        return instructions;
    }

    private static int length(byte[] pickle, int at) {
        int rest = pickle.length - at;
        ByteBuffer bytes = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
        return switch (pickle[at] & 0xff) {
            case 'K', 'q', 'h', 0x80 -> 2;
            case 'M' -> 3;
            case 'J', 'r', 'j' -> 5;
            case 'G', 0x95 -> 9;
            case 0x8a, 0x8c, 'U', 'C' -> rest < 2 ? rest : 2 + (pickle[at + 1] & 0xff);
            case 'X', 'T', 'B', 0x8b -> rest < 5 ? rest : within(5L + bytes.getInt(at + 1), rest);
            case 0x8d -> rest < 9 ? rest : within(9 + bytes.getLong(at + 1), rest);
            case 'c' -> lines(pickle, at, 2);
            case 'I', 'L', 'F', 'S', 'V', 'p', 'g', 'P' -> lines(pickle, at, 1);
            default -> 1;
        };
    }

    private static int within(long length, int rest) {
        return length < 1 || length > rest ? rest : (int) length;
    }

    private static int lines(byte[] pickle, int at, int count) {
        int end = at + 1;
        for (int seen = 0; end < pickle.length && seen < count; end++) {
            if (pickle[end] == '\n') {
                seen++;
            }
        }
        return end - at;
    }

    private static boolean isPickle(String name) {
        return name.endsWith(".pkl");
    }
}
