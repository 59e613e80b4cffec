// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** The functions of libtorch's C ABI that belong to no operator. Immutable. */
final class Functions {

    final CFunction delete;
    final CFunction newHandle;
    final CFunction rank;
    final CFunction size;
    final CFunction stride;
    final CFunction count;
    final CFunction type;
    final CFunction data;
    final CFunction offset;
    final CFunction itemBool;
    final CFunction itemLong;
    final CFunction itemDouble;
    final CFunction overMemory;
    final CFunction emptyStrided;
    final CFunction reinterpret;
    final CFunction copy;
    final CFunction scalarBool;
    final CFunction scalarLong;
    final CFunction scalarFloat;
    final CFunction scalarDouble;
    final CFunction gradMode;

    /** Calls an operator by name; with the version of the caller where lists and texts can be passed too. */
    final CFunction dispatch;

    /** Functions of lists and texts, or null in an older libtorch. */
    final @Nullable Lists lists;

    /** The dispatcher deletes the memory of optional arguments, so C++ must have given it. */
    final CFunction allocate;

    /** Not of the C ABI, but of plain parameters: the threads of the calling thread's kernels. */
    final @Nullable CFunction setThreads;

    final @Nullable CFunction getThreads;
    private final @Nullable CFunction what;

    /** What libtorch 2.10 added. */
    static final class Lists {
        final CFunction newList;
        final CFunction push;
        final CFunction get;
        final CFunction size;
        final CFunction delete;
        final CFunction newText;

        private Lists(Libtorch libtorch) {
            newList = libtorch.need("torch_new_list_reserve_size", "ll");
            push = libtorch.need("torch_list_push_back", "ll");
            get = libtorch.need("torch_list_get_item", "lll");
            size = libtorch.need("torch_list_size", "ll");
            delete = libtorch.need("torch_delete_list", "l");
            newText = libtorch.need("torch_new_string_handle", "lll");
        }
    }

    Functions(Libtorch libtorch) {
        delete = libtorch.need("aoti_torch_delete_tensor_object", "l");
        newHandle = libtorch.need("aoti_torch_new_tensor_handle", "ll");
        rank = libtorch.need("aoti_torch_get_dim", "ll");
        size = libtorch.need("aoti_torch_get_size", "lll");
        stride = libtorch.need("aoti_torch_get_stride", "lll");
        count = libtorch.need("aoti_torch_get_numel", "ll");
        type = libtorch.need("aoti_torch_get_dtype", "ll");
        data = libtorch.need("aoti_torch_get_data_ptr", "ll");
        offset = libtorch.need("aoti_torch_get_storage_offset", "ll");
        itemBool = libtorch.need("aoti_torch_item_bool", "ll");
        itemLong = libtorch.need("aoti_torch_item_int64", "ll");
        itemDouble = libtorch.need("aoti_torch_item_float64", "ll");
        overMemory = libtorch.need("aoti_torch_create_tensor_from_blob", "lllllllll");
        emptyStrided = libtorch.need("aoti_torch_empty_strided", "lllllll");
        reinterpret = libtorch.need("aoti_torch__reinterpret_tensor", "llllll");
        copy = libtorch.need("aoti_torch_copy_", "lll");
        scalarBool = libtorch.need("aoti_torch_scalar_to_tensor_bool", "ll");
        scalarLong = libtorch.need("aoti_torch_scalar_to_tensor_int64", "ll");
        scalarFloat = libtorch.need("aoti_torch_scalar_to_tensor_float32", "fl");
        scalarDouble = libtorch.need("aoti_torch_scalar_to_tensor_float64", "dl");
        gradMode = libtorch.need("aoti_torch_grad_mode_set_enabled", "l");
        CFunction versioned = libtorch.function("torch_call_dispatcher", "llll");
        lists = versioned == null ? null : new Lists(libtorch);
        dispatch = versioned == null ? libtorch.need("aoti_torch_call_dispatcher", "lll") : versioned;
        allocate = libtorch.need("_Znwm", "l");
        setThreads = libtorch.function("_ZN2at15set_num_threadsEi", "l");
        getThreads = libtorch.function("_ZN2at15get_num_threadsEv", "");
        what = libtorch.function("torch_exception_get_what_without_backtrace", "");
    }

    /** What libtorch says about the last error of this thread; empty if it cannot be asked. */
    String lastWords(CallFrame frame) {
        if (what == null) {
            return "";
        }
        long text = frame.begin().callForPointer(what);
        return text == 0 ? "" : new Pointer(text).getString(0, "UTF-8");
    }
}
