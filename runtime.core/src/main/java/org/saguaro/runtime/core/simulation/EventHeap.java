// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen, the earliest first; of one instant, in the order in which it was planned. A binary heap whose entries know their
 * places, so that what will not happen after all is taken out and does not pile up. Allocates only when it grows.
 */
final class EventHeap {

    /** Added to the order of what goes last at its instant. */
    private static final long LAST = Long.MAX_VALUE / 2;

    private @Nullable Event[] events = new Event[64];
    private int size;
    private long planned;

    boolean isEmpty() {
        return size == 0;
    }

    /** When the first one happens; {@link Long#MAX_VALUE} if there is none. */
    long firstNanos() {
        Event first = events[0];
        return first == null ? Long.MAX_VALUE : first.atNanos;
    }

    /** Plans an event that is not planned. */
    void add(Event event, long atNanos) {
        add(event, atNanos, planned++);
    }

    /** As {@link #add}, after all others of its instant. */
    void addLast(Event event, long atNanos) {
        add(event, atNanos, LAST + planned++);
    }

    private void add(Event event, long atNanos, long order) {
        if (event.place != Event.NOT_THERE) {
            throw new IllegalStateException(event + " is planned already");
        }
        if (size == events.length) {
            events = Arrays.copyOf(events, 2 * size);
        }
        event.atNanos = atNanos;
        event.order = order;
        rise(size++, event);
    }

    /** The first one, taken out. There is one. */
    Event poll() {
        Event first = at(0);
        remove(first);
        return first;
    }

    /** Takes an event out, if it is planned. */
    void remove(Event event) {
        int place = event.place;
        if (place == Event.NOT_THERE) {
            return;
        }
        event.place = Event.NOT_THERE;
        Event last = at(--size);
        events[size] = null;
        if (last != event) {
            if (place > 0 && isBefore(last, at((place - 1) >>> 1))) {
                rise(place, last);
            } else {
                sink(place, last);
            }
        }
    }

    private void rise(int from, Event event) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            Event above = at(parent);
            if (!isBefore(event, above)) {
                break;
            }
            put(place, above);
            place = parent;
        }
        put(place, event);
    }

    private void sink(int from, Event event) {
        int place = from;
        int child = 2 * place + 1;
        while (child < size) {
            if (child + 1 < size && isBefore(at(child + 1), at(child))) {
                child++;
            }
            Event below = at(child);
            if (!isBefore(below, event)) {
                break;
            }
            put(place, below);
            place = child;
            child = 2 * place + 1;
        }
        put(place, event);
    }

    private static boolean isBefore(Event left, Event right) {
        return left.atNanos < right.atNanos || (left.atNanos == right.atNanos && left.order < right.order);
    }

    private Event at(int place) {
        Event event = events[place];
        if (event == null) {
            throw new IllegalStateException("found no event at place " + place + " of " + size);
        }
        return event;
    }

    private void put(int place, Event event) {
        events[place] = event;
        event.place = place;
    }
}
