// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.npy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Shape;

/**
 * What the header of a file says: a Python dictionary with exactly the keys {@code descr}, {@code fortran_order} and {@code shape}.
 *
 * @param dtype element type
 * @param order of the bytes of an element
 * @param fortranOrder whether the first index moves fastest
 * @param shape fixed sizes
 */
record NpyHeader(DType dtype, ByteOrder order, boolean fortranOrder, Shape shape) {

    /** NumPy refuses arrays of more dimensions. */
    private static final int MAX_RANK = 64;

    /** Something is wrong with the text. */
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String found;
        private final String expected;

        SyntaxException(String found, String expected) {
            super("found " + found + ", expected " + expected);
            this.found = found;
            this.expected = expected;
        }

        String found() {
            return found;
        }

        String expected() {
            return expected;
        }
    }

    static NpyHeader parse(String text) throws SyntaxException {
        return new Parser(text).header();
    }

    /** The text for a little-endian, row-major array. */
    static String format(DType dtype, long[] sizes) {
        String shape = Arrays.stream(sizes).mapToObj(Long::toString).collect(Collectors.joining(", "));
        return "{'descr': '" + describe(dtype) + "', 'fortran_order': False, 'shape': (" + shape
                + (sizes.length == 1 ? "," : "") + "), }";
    }

    private static String describe(DType dtype) {
        return switch (dtype) {
            case UINT8 -> "|u1";
            case INT8 -> "|i1";
            case INT16 -> "<i2";
            case INT32 -> "<i4";
            case INT64 -> "<i8";
            case FLOAT16 -> "<f2";
            case FLOAT32 -> "<f4";
            case FLOAT64 -> "<f8";
            case BOOL -> "|b1";
            case COMPLEX64 -> "<c8";
            case COMPLEX128 -> "<c16";
            case BFLOAT16 -> throw new IllegalArgumentException("NumPy has no bfloat16: convert to float32 first");
        };
    }

    /** Reads exactly the literals that NumPy writes; a general Python reader would be a way in for surprises. */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        NpyHeader header() throws SyntaxException {
            String descr = null;
            Boolean fortranOrder = null;
            long[] sizes = null;
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                switch (key) {
                    case "descr" -> descr = once(key, descr, string());
                    case "fortran_order" -> fortranOrder = once(key, fortranOrder, bool());
                    case "shape" -> sizes = once(key, sizes, tuple());
                    default -> throw new SyntaxException("header key '" + key + "'", "descr, fortran_order and shape");
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (at < text.length()) {
                throw new SyntaxException("'" + excerpt() + "' after the header's end", "nothing");
            }
            if (descr == null || fortranOrder == null || sizes == null) {
                throw new SyntaxException(
                        "a header without " + (descr == null ? "descr" : sizes == null ? "shape" : "fortran_order"),
                        "descr, fortran_order and shape");
            }
            return new NpyHeader(dtype(descr), order(descr), fortranOrder, Shape.of(sizes));
        }

        private static <T> T once(String key, @Nullable T before, T value) throws SyntaxException {
            if (before != null) {
                throw new SyntaxException("header key '" + key + "' twice", "it once");
            }
            return value;
        }

        private static DType dtype(String descr) throws SyntaxException {
            return switch (descr.isEmpty() ? "" : descr.substring(1)) {
                case "u1" -> DType.UINT8;
                case "i1" -> DType.INT8;
                case "i2" -> DType.INT16;
                case "i4" -> DType.INT32;
                case "i8" -> DType.INT64;
                case "f2" -> DType.FLOAT16;
                case "f4" -> DType.FLOAT32;
                case "f8" -> DType.FLOAT64;
                case "b1" -> DType.BOOL;
                case "c8" -> DType.COMPLEX64;
                case "c16" -> DType.COMPLEX128;
                default ->
                    throw new SyntaxException(
                            "element type '" + descr + "'",
                            "one of f2 f4 f8 i1 i2 i4 i8 u1 b1 c8 c16 (in NumPy: x.astype(...))");
            };
        }

        private static ByteOrder order(String descr) throws SyntaxException {
            return switch (descr.charAt(0)) {
                case '<', '|' -> ByteOrder.LITTLE_ENDIAN;
                case '>' -> ByteOrder.BIG_ENDIAN;
                case '=' -> ByteOrder.nativeOrder();
                default -> throw new SyntaxException("byte order in '" + descr + "'", "one of < > | =");
            };
        }

        private String string() throws SyntaxException {
            skipSpace();
            if (at >= text.length() || (text.charAt(at) != '\'' && text.charAt(at) != '"')) {
                throw new SyntaxException("'" + excerpt() + "'", "a quoted string");
            }
            int end = text.indexOf(text.charAt(at), at + 1);
            if (end < 0) {
                throw new SyntaxException("an unfinished string in the header", "its closing quote");
            }
            String value = text.substring(at + 1, end);
            at = end + 1;
            return value;
        }

        private boolean bool() throws SyntaxException {
            skipSpace();
            for (String literal : List.of("True", "False")) {
                if (text.startsWith(literal, at)) {
                    at += literal.length();
                    return literal.equals("True");
                }
            }
            throw new SyntaxException("'" + excerpt() + "'", "True or False");
        }

        private long[] tuple() throws SyntaxException {
            List<Long> sizes = new ArrayList<>();
            boolean comma = true;
            expect('(');
            while (!accept(')')) {
                if (!comma) {
                    throw new SyntaxException("'" + excerpt() + "'", "',' or ')' in the shape");
                }
                if (sizes.size() == MAX_RANK) {
                    throw new SyntaxException("a shape of more than " + MAX_RANK + " dimensions", "at most that");
                }
                sizes.add(size());
                comma = accept(',');
            }
            if (sizes.size() == 1 && !comma) {
                throw new SyntaxException("a shape that is a number", "a tuple, for instance (" + sizes.get(0) + ",)");
            }
            return sizes.stream().mapToLong(Long::longValue).toArray();
        }

        private long size() throws SyntaxException {
            skipSpace();
            int start = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == start) {
                throw new SyntaxException("'" + excerpt() + "' in the shape", "a size of 0 or more");
            }
            try {
                return Long.parseLong(text.substring(start, at));
            } catch (NumberFormatException e) {
                throw new SyntaxException("size " + text.substring(start, at), "less than 2^63");
            }
        }

        private void expect(char wanted) throws SyntaxException {
            if (!accept(wanted)) {
                throw new SyntaxException("'" + excerpt() + "'", "'" + wanted + "' in the header");
            }
        }

        private boolean accept(char wanted) {
            skipSpace();
            if (at < text.length() && text.charAt(at) == wanted) {
                at++;
                return true;
            }
            return false;
        }

        private void skipSpace() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\n')) {
                at++;
            }
        }

        private String excerpt() {
            return at >= text.length() ? "the end" : text.substring(at, Math.min(text.length(), at + 20));
        }
    }
}
