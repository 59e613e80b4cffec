// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

/** Is told when evicted kernels come back. Called from the thread that restores, which holds no lock. */
public interface MemoryKeeper {

    /** Lets everything come back. */
    MemoryKeeper GENEROUS = new MemoryKeeper() {
        @Override
        public void beforeRestore(ManagedDeployment deployment, long bytes) {}

        @Override
        public void restored(ManagedDeployment deployment, long bytes, long nanos) {}
    };

    /** A request waits for {@code bytes} of kernels: makes room for them. */
    void beforeRestore(ManagedDeployment deployment, long bytes);

    /** They are back, after so long. */
    void restored(ManagedDeployment deployment, long bytes, long nanos);
}
