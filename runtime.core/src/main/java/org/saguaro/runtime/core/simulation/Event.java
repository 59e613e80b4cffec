// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

/** Something to which something happens at a virtual time: it is in the {@link EventHeap} once, or not at all. */
abstract sealed class Event permits VirtualPe, VirtualTask, VirtualRequest {

    static final int NOT_THERE = -1;

    /** When. Written by the heap alone, like the other fields. */
    long atNanos;

    /** Of two events at one instant the lesser goes first. */
    long order;

    int place = NOT_THERE;
}
