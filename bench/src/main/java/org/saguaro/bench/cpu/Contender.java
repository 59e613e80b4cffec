// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.cpu;

/** One implementation of a network, ready to run on the bench's input. Opened, run and closed by one thread. */
interface Contender extends AutoCloseable {

    /** Runs it once. */
    void run() throws Exception;

    /** What the last run gave. */
    float[] output() throws Exception;

    @Override
    void close();
}
