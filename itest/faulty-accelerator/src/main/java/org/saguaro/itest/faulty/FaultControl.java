// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Steers one faulty accelerator; a service beside its {@code ProcessingElement}, with the property {@link #PE_ID}. Called by
 * tests, from any thread, also while kernels run.
 */
@ProviderType
public interface FaultControl {

    /** Service property: id of the PE that it steers, for instance {@code faulty0}. */
    String PE_ID = "pe.id";

    /**
     * From now on, every {@code everyNth} execution goes wrong that way. Executions that hang go on hanging.
     *
     * @param everyNth 1 for all; counted anew from this call
     */
    void inject(Fault fault, int everyNth);

    /** From now on nothing goes wrong; executions that hang are released. */
    void heal();

    /** Lets the executions that hang now go on. */
    void release();

    /** Executions that hang now. */
    int hanging();

    /** Executions since the PE came, failed ones included. */
    long executions();

    /** Executions and preparations that went wrong since the PE came. */
    long faults();
}
