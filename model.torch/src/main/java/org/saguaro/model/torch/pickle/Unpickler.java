// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;

/**
 * Reads a pickle of protocol 2 to 5: the opcodes that Python's {@code pickle} and the pickler of TorchScript write, and no
 * others. It runs no code, loads no classes, and makes nothing of a size that the bytes do not pay for.
 *
 * <p>What comes out is null, {@link Boolean}, {@link Long}, {@link Double}, {@link String}, {@code byte[]}, {@link List}, {@link Tuple},
 * {@link Map} (in the pickle's order; keys are numbers, booleans, texts or None), {@link PickledObject}, and what the
 * {@link PickleClasses} make. It is nested at most 1000 deep and holds circles only through {@link PickledObject}s.
 */
public final class Unpickler {

    private static final int MIN_PROTOCOL = 2;
    private static final int MAX_PROTOCOL = 5;
    private static final int MAX_NAME_CHARS = 1024;

    /** An empty container takes one byte in the pickle but many on the heap; no model has as many. */
    private static final int MAX_CONTAINERS = 1 << 21;

    private static final String OPCODES = "an opcode that Python's pickle (protocol 2 to 5) or TorchScript writes";

    private final ByteBuffer in;
    private final PickleClasses classes;
    private final List<@Nullable Object> stack = new ArrayList<>();
    /** Heights of the stack at the marks. */
    private final List<Integer> marks = new ArrayList<>();

    private final List<@Nullable Object> memo = new ArrayList<>();
    private int containers;

    private Unpickler(byte[] pickle, PickleClasses classes) {
        this.in = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
        this.classes = classes;
    }

    /**
     * Reads a pickle.
     *
     * @param file the file that it is in, for errors
     * @param place where in the file, for errors: {@code entry model/data.pkl}
     * @param classes what it may name
     * @throws ModelFormatException if it is damaged or holds what is not accepted; the message tells at which byte
     * @throws IOException if {@code classes} cannot read what they need
     */
    public static @Nullable Object read(Path file, String place, byte[] pickle, PickleClasses classes)
            throws IOException, ModelFormatException {
        Unpickler unpickler = new Unpickler(pickle, classes);
        int at = 0;
        try {
            unpickler.readHeader();
            while (true) {
                at = unpickler.in.position();
                int opcode = unpickler.unsignedByte();
                if (opcode == '.') {
                    return unpickler.end();
                }
                unpickler.step(opcode);
            }
        } catch (PickleRefusal refusal) {
            throw new ModelFormatException(
                    file, place + ", byte " + at, refusal.found(), refusal.expected(), refusal.action());
        }
    }

    private void readHeader() throws PickleRefusal {
        if (!in.hasRemaining() || unsignedByte() != 0x80) {
            throw new PickleRefusal("no pickle", "a pickle of protocol 2 to 5");
        }
        int protocol = unsignedByte();
        if (protocol < MIN_PROTOCOL || protocol > MAX_PROTOCOL) {
            throw new PickleRefusal("a pickle of protocol " + protocol, "protocol 2 to 5");
        }
    }

    private @Nullable Object end() throws PickleRefusal {
        if (stack.size() != 1 || !marks.isEmpty()) {
            throw new PickleRefusal(stack.size() + " values at the end of the pickle", "one value");
        }
        if (in.hasRemaining()) {
            throw new PickleRefusal(in.remaining() + " bytes behind the end of the pickle", "none");
        }
        Object result = stack.get(0);
        Nesting.check(result);
        return result;
    }

    private void step(int opcode) throws PickleRefusal, IOException, ModelFormatException {
        switch (opcode) {
            case 'N' -> stack.add(null);
            case 0x88 -> stack.add(true);
            case 0x89 -> stack.add(false);
            case 'K' -> stack.add((long) unsignedByte());
            case 'M' -> stack.add((long) unsignedShort());
            case 'J' -> stack.add((long) take(4).getInt());
            case 0x8a -> stack.add(longOf(unsignedByte()));
            case 0x8b -> stack.add(longOf(length32()));
            case 'G' -> stack.add(take(8).order(ByteOrder.BIG_ENDIAN).getDouble());
            case 0x8c -> stack.add(text(unsignedByte()));
            case 'X' -> stack.add(text(length32()));
            case 0x8d -> stack.add(text(length64()));
            case 'C' -> stack.add(bytes(unsignedByte()));
            case 'B' -> stack.add(bytes(length32()));
            case 0x8e, 0x96 -> stack.add(bytes(length64()));
            case ')' -> push(new Tuple(List.of()));
            case 0x85 -> push(new Tuple(popLast(1)));
            case 0x86 -> push(new Tuple(popLast(2)));
            case 0x87 -> push(new Tuple(popLast(3)));
            case 't' -> push(new Tuple(popToMark()));
            case ']' -> push(new ArrayList<@Nullable Object>());
            case 'l' -> push(popToMark());
            case 'a' -> append(popLast(1));
            case 'e' -> append(popToMark());
            case '}' -> push(new LinkedHashMap<@Nullable Object, @Nullable Object>());
            case 'd' -> dictionary();
            case 's' -> setItems(popLast(2));
            case 'u' -> setItems(popToMark());
            case '(' -> marks.add(stack.size());
            case '0' -> popLast(1);
            case '1' -> popToMark();
            case '2' -> stack.add(top());
            case 'q' -> memoize(unsignedByte());
            case 'r' -> memoize(length32());
            case 0x94 -> memoize(memo.size());
            case 'h' -> stack.add(remembered(unsignedByte()));
            case 'j' -> stack.add(remembered(length32()));
            case 'c' -> stack.add(global(line(), line()));
            case 0x93 -> stackGlobal();
            case 'R', 0x81 -> call();
            case 'b' -> build();
            case 'Q' -> stack.add(classes.persistent(pop()));
            case 0x95 -> requireFrame();
            default -> throw new PickleRefusal("the opcode " + name(opcode), OPCODES);
        }
    }

    private static String name(int opcode) {
        String name = switch (opcode) {
            case 'I', 'L', 'F', 'S', 'V', 'P', 'p', 'g' -> " of protocol 0";
            case 'T', 'U' -> " of a text of Python 2";
            case 'i', 'o' -> " that makes an object (INST, OBJ)";
            case 0x82, 0x83, 0x84 -> " of an extension registry (EXT)";
            case 0x8f, 0x90, 0x91 -> " of a set";
            case 0x92 -> " that makes an object with keyword arguments (NEWOBJ_EX)";
            case 0x97, 0x98 -> " of an out-of-band buffer";
            case 0x80 -> " of a second header";
            default -> "";
        };
        return "0x" + Integer.toHexString(opcode) + name;
    }

    // numbers, texts

    private int unsignedByte() throws PickleRefusal {
        return take(1).get() & 0xff;
    }

    private int unsignedShort() throws PickleRefusal {
        return take(2).getShort() & 0xffff;
    }

    private long longOf(long bytes) throws PickleRefusal {
        if (bytes > Long.BYTES) {
            throw new PickleRefusal(
                    "an integer of " + bytes + " bytes",
                    "integers of 64 bits",
                    "PyTorch's own integers have 64 bits: keep larger ones out of the model");
        }
        ByteBuffer digits = take(bytes);
        long value = bytes == 0 || digits.get((int) bytes - 1) >= 0 ? 0 : -1;
        for (int i = (int) bytes - 1; i >= 0; i--) {
            value = value << 8 | (digits.get(i) & 0xff);
        }
        return value;
    }

    private long length32() throws PickleRefusal {
        return take(4).getInt() & 0xffff_ffffL;
    }

    private long length64() throws PickleRefusal {
        return take(8).getLong();
    }

    private String text(long bytes) throws PickleRefusal {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(take(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new PickleRefusal("a text that is no UTF-8", "UTF-8");
        }
    }

    private byte[] bytes(long count) throws PickleRefusal {
        ByteBuffer source = take(count);
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        return bytes;
    }

    /** A name of a class or module, up to its line's end. */
    private String line() throws PickleRefusal {
        int start = in.position();
        int end = start;
        while (end < in.limit() && end - start <= MAX_NAME_CHARS && in.get(end) != '\n') {
            end++;
        }
        if (end == in.limit() || in.get(end) != '\n') {
            throw new PickleRefusal("a name without an end", "a line of at most " + MAX_NAME_CHARS + " bytes");
        }
        String line = text(end - start);
        take(1);
        return line;
    }

    private void requireFrame() throws PickleRefusal {
        long bytes = length64();
        if (bytes < 0 || bytes > in.remaining()) {
            throw endsBefore(bytes);
        }
    }

    private ByteBuffer take(long bytes) throws PickleRefusal {
        if (bytes < 0 || bytes > in.remaining()) {
            throw endsBefore(bytes);
        }
        ByteBuffer part = in.slice(in.position(), (int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) bytes);
        return part;
    }

    private PickleRefusal endsBefore(long bytes) {
        return new PickleRefusal(
                "the end after " + in.remaining() + " more bytes", Long.toUnsignedString(bytes) + " bytes");
    }

    // containers

    private void push(Object container) throws PickleRefusal {
        if (++containers > MAX_CONTAINERS) {
            throw new PickleRefusal("too many lists, tuples and dictionaries", "at most " + MAX_CONTAINERS);
        }
        stack.add(container);
    }

    private void append(List<@Nullable Object> values) throws PickleRefusal {
        modifiableList(top()).addAll(values);
    }

    private void dictionary() throws PickleRefusal {
        List<@Nullable Object> items = popToMark();
        push(new LinkedHashMap<@Nullable Object, @Nullable Object>());
        setItems(items);
    }

    private void setItems(List<@Nullable Object> items) throws PickleRefusal {
        Map<@Nullable Object, @Nullable Object> map = modifiableMap(top());
        if (items.size() % 2 != 0) {
            throw new PickleRefusal("a key without a value", "keys and values in turn");
        }
        for (int i = 0; i < items.size(); i += 2) {
            Object key = items.get(i);
            boolean simple = key == null
                    || key instanceof String
                    || key instanceof Long
                    || key instanceof Double
                    || key instanceof Boolean;
            if (!simple) {
                throw new PickleRefusal(
                        "a dictionary with " + describe(key) + " as key",
                        "texts, numbers, booleans or None as keys",
                        "use such keys in the model's dictionaries");
            }
            map.put(key, items.get(i + 1));
        }
    }

    /** Nothing but this class and {@link PickleClasses} make lists and maps, and they leave them open. */
    @SuppressWarnings("unchecked")
    private static List<@Nullable Object> modifiableList(@Nullable Object value) throws PickleRefusal {
        if (value instanceof ArrayList<?>) {
            return (List<@Nullable Object>) value;
        }
        throw new PickleRefusal("an element for " + describe(value), "a list");
    }

    /** As {@link #modifiableList}. */
    @SuppressWarnings("unchecked")
    private static Map<@Nullable Object, @Nullable Object> modifiableMap(@Nullable Object value) throws PickleRefusal {
        if (value instanceof LinkedHashMap<?, ?>) {
            return (Map<@Nullable Object, @Nullable Object>) value;
        }
        throw new PickleRefusal("an item for " + describe(value), "a dictionary");
    }

    // stack, memo

    private @Nullable Object pop() throws PickleRefusal {
        return popLast(1).get(0);
    }

    private @Nullable Object top() throws PickleRefusal {
        requireAboveMark(1);
        return stack.get(stack.size() - 1);
    }

    private List<@Nullable Object> popLast(int count) throws PickleRefusal {
        requireAboveMark(count);
        return popFrom(stack.size() - count);
    }

    private List<@Nullable Object> popToMark() throws PickleRefusal {
        if (marks.isEmpty()) {
            throw new PickleRefusal("the end of a group that was never begun", "a mark before it");
        }
        return popFrom(marks.remove(marks.size() - 1));
    }

    private List<@Nullable Object> popFrom(int height) {
        List<@Nullable Object> tail = stack.subList(height, stack.size());
        List<@Nullable Object> popped = new ArrayList<>(tail);
        tail.clear();
        return popped;
    }

    private void requireAboveMark(int count) throws PickleRefusal {
        int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
        if (stack.size() - floor < count) {
            throw new PickleRefusal(
                    (stack.size() - floor) + " values before this opcode", "at least " + count + " on the stack");
        }
    }

    private void memoize(long index) throws PickleRefusal {
        if (index == memo.size()) {
            memo.add(top());
        } else if (index < memo.size()) {
            memo.set((int) index, top());
        } else {
            throw new PickleRefusal("the memo " + index + " after " + memo.size(), "memos numbered one by one");
        }
    }

    private @Nullable Object remembered(long index) throws PickleRefusal {
        if (index >= memo.size()) {
            throw new PickleRefusal("the memo " + index, "one of the " + memo.size() + " memos set before");
        }
        return memo.get((int) index);
    }

    // classes and objects

    private void stackGlobal() throws PickleRefusal {
        List<@Nullable Object> names = popLast(2);
        if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
            throw new PickleRefusal("a class named by " + describe(names.get(0)), "two texts, its module and its name");
        }
        stack.add(global(module, name));
    }

    private Object global(String module, String name) throws PickleRefusal {
        Object known = classes.find(module, name);
        if (known == null) {
            throw new PickleRefusal(
                    "the class or function " + printable(module + "." + name),
                    "tensors, parameters, numbers, texts and containers of them",
                    "it is none that PyTorch writes for a model, and nothing of it was run: save plain tensors, or do not"
                            + " use the file if you do not trust where it comes from");
        }
        return known;
    }

    private void call() throws PickleRefusal, IOException, ModelFormatException {
        List<@Nullable Object> operands = popLast(2);
        if (!(operands.get(0) instanceof PickleClasses.PickleClass callee)) {
            throw new PickleRefusal("a call of " + describe(operands.get(0)), "a call of a class or function");
        }
        push(callee.call(operands.get(1)));
    }

    /** Attributes. Those of dictionaries ({@code _metadata} of a state_dict) say nothing about the model. */
    private void build() throws PickleRefusal {
        Object state = pop();
        Object target = top();
        if (target instanceof PickledObject object) {
            if (object.isBuilt()) {
                throw new PickleRefusal("a second state for " + object, "one state for each object");
            }
            object.build(state);
        } else if (!(target instanceof LinkedHashMap<?, ?>)) {
            throw new PickleRefusal("attributes for " + describe(target), "attributes of an object of a model's class");
        }
    }

    /** What a value is, for people. */
    static String describe(@Nullable Object value) {
        if (value == null) {
            return "None";
        } else if (value instanceof Tuple) {
            return "a tuple";
        } else if (value instanceof List<?>) {
            return "a list";
        } else if (value instanceof Map<?, ?>) {
            return "a dictionary";
        } else if (value instanceof String text) {
            return "the text \"" + printable(text) + "\"";
        } else if (value instanceof byte[]) {
            return "bytes";
        } else if (value instanceof PickleClasses.PickleClass) {
            return "a class";
        } else if (value instanceof Number || value instanceof Boolean || value instanceof PickledObject) {
            return printable(value.toString());
        }
        return "a " + value.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    static String printable(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 100 ? clean : clean.substring(0, 100) + "...";
    }
}
