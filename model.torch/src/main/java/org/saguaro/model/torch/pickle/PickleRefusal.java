// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

/** That something in a pickle is not accepted. The {@link Unpickler} adds the file and the place and throws it on. */
public final class PickleRefusal extends Exception {

    private static final long serialVersionUID = 1L;

    static final String DAMAGED = "the file is damaged, or no file that PyTorch wrote: export or save it again";

    private final String found;
    private final String expected;
    private final String action;

    /**
     * @param found what is there
     * @param expected what is supported
     * @param action what the user can do
     */
    public PickleRefusal(String found, String expected, String action) {
        super(found + ", expected " + expected, null, false, false);
        this.found = found;
        this.expected = expected;
        this.action = action;
    }

    /** That it is nothing that PyTorch writes. */
    public PickleRefusal(String found, String expected) {
        this(found, expected, DAMAGED);
    }

    String found() {
        return found;
    }

    String expected() {
        return expected;
    }

    String action() {
        return action;
    }
}
