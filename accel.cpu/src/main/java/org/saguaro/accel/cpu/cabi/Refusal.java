// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

/** libtorch returned an error code. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What libtorch says where it can be asked; empty where it only writes to the error output. */
    private final String words;

    /**
     * @param call which operator, of what sizes
     * @param words libtorch's own, or empty
     */
    Refusal(String call, String words) {
        super(words.isEmpty() ? "libtorch refused " + call + " (its reason is in the error output)" : words);
        this.words = words;
    }

    String words() {
        return words;
    }
}
