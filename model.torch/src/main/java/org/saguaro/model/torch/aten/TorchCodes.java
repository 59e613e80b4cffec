// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Argument.Constant.Kind;
import org.saguaro.model.api.DType;

/**
 * PyTorch's numbers for element types, layouts and memory formats. There are two sets: the dispatcher's (c10), which the
 * schemas' defaults use, and the archive's ({@code torch/_export/serde/schema.py}).
 */
public final class TorchCodes {

    private TorchCodes() {}

    /** Element type of an archive's code, or null if it is none that {@link DType} has. */
    public static @Nullable DType archiveDType(long code) {
        return dtype(code - 1, 12);
    }

    /** Name of an element type's code in an archive, for people. */
    public static String archiveDTypeName(long code) {
        String name = switch ((int) Math.max(0, Math.min(code, Integer.MAX_VALUE))) {
            case 9 -> "complex32";
            case 28 -> "uint16";
            case 29 -> "float8_e4m3fn";
            case 30 -> "float8_e5m2";
            case 31 -> "float8_e4m3fnuz";
            case 32 -> "float8_e5m2fnuz";
            case 33 -> "float8_e8m0fnu";
            case 34 -> "uint32";
            case 35 -> "uint64";
            default -> "an unknown element type";
        };
        return name + " (code " + code + ")";
    }

    /** Layout of an archive's code, or null. */
    public static Argument.@Nullable Constant archiveLayout(long code) {
        return constant(
                Kind.LAYOUT,
                code - 1,
                "sparse_coo",
                "sparse_csr",
                "sparse_csc",
                "sparse_bsr",
                "sparse_bsc",
                "_mkldnn",
                "strided");
    }

    /** Memory format of an archive's code, or null. */
    public static Argument.@Nullable Constant archiveMemoryFormat(long code) {
        return constant(
                Kind.MEMORY_FORMAT,
                code - 1,
                "contiguous_format",
                "channels_last",
                "channels_last_3d",
                "preserve_format");
    }

    /** Element type of the dispatcher's code or name, or null. */
    public static Argument.@Nullable Type dispatcherDType(String word) {
        DType dtype = null;
        if (word.matches("\\d{1,2}")) {
            dtype = dtype(Long.parseLong(word), 15);
        } else {
            for (DType candidate : DType.values()) {
                if (candidate.torchName().equals(word)) {
                    dtype = candidate;
                }
            }
            dtype = switch (word) {
                case "long" -> DType.INT64;
                case "float" -> DType.FLOAT32;
                case "double" -> DType.FLOAT64;
                default -> dtype;
            };
        }
        return dtype == null ? null : new Argument.Type(dtype);
    }

    /** Layout of the dispatcher's code or name, or null. */
    public static Argument.@Nullable Constant dispatcherLayout(String word) {
        return named(
                Kind.LAYOUT,
                word,
                "strided",
                "sparse_coo",
                "sparse_csr",
                "_mkldnn",
                "sparse_csc",
                "sparse_bsr",
                "sparse_bsc");
    }

    /** Memory format of the dispatcher's code or name, or null. */
    public static Argument.@Nullable Constant dispatcherMemoryFormat(String word) {
        return named(
                Kind.MEMORY_FORMAT, word, "contiguous_format", "preserve_format", "channels_last", "channels_last_3d");
    }

    /** Both sets number the older element types alike, from 0 (dispatcher) or 1 (archive); bfloat16 came to different numbers. */
    private static @Nullable DType dtype(long dispatcherCode, long bfloat16Code) {
        if (dispatcherCode == bfloat16Code) {
            return DType.BFLOAT16;
        }
        DType[] types = {
            DType.UINT8,
            DType.INT8,
            DType.INT16,
            DType.INT32,
            DType.INT64,
            DType.FLOAT16,
            DType.FLOAT32,
            DType.FLOAT64,
            null,
            DType.COMPLEX64,
            DType.COMPLEX128,
            DType.BOOL
        };
        return dispatcherCode >= 0 && dispatcherCode < types.length ? types[(int) dispatcherCode] : null;
    }

    private static Argument.@Nullable Constant named(Kind kind, String word, String... names) {
        if (word.matches("\\d{1,2}")) {
            return constant(kind, Long.parseLong(word), names);
        }
        for (String name : names) {
            if (name.equals(word.toLowerCase(Locale.ROOT))) {
                return new Argument.Constant(kind, name);
            }
        }
        return null;
    }

    private static Argument.@Nullable Constant constant(Kind kind, long index, String... names) {
        return index >= 0 && index < names.length ? new Argument.Constant(kind, names[(int) index]) : null;
    }
}
