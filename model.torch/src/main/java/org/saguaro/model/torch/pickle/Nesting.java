// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.pickle;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks that what came out of a pickle can be walked: not too deep, and in circles only through {@link PickledObject}s, which
 * have an identity by which a walker can tell that it has been there.
 */
final class Nesting {

    /** Python's own limit of recursion, which bounds what it can write. */
    private static final int MAX_DEPTH = 1000;

    private static final String EXPECTED =
            "lists, tuples and dictionaries nested at most " + MAX_DEPTH + " deep, none of which holds itself";

    /** A container that is being walked. */
    private static final class Frame {
        final Object container;
        final Iterator<?> rest;
        int height;

        Frame(Object container, Iterator<?> rest) {
            this.container = container;
            this.rest = rest;
        }
    }

    private static final int OPEN = -1;

    /** Height of what was walked, {@link #OPEN} while it is walked. */
    private final IdentityHashMap<Object, Integer> heights = new IdentityHashMap<>();

    private final Deque<Frame> path = new ArrayDeque<>();

    private Nesting() {}

    static void check(@Nullable Object root) throws PickleRefusal {
        new Nesting().walk(root);
    }

    private void walk(@Nullable Object root) throws PickleRefusal {
        enter(root);
        while (!path.isEmpty()) {
            Frame top = path.element();
            if (top.rest.hasNext()) {
                enter(top.rest.next());
                continue;
            }
            path.pop();
            heights.put(top.container, top.height);
            raise(top.height);
        }
    }

    private void enter(@Nullable Object value) throws PickleRefusal {
        Iterator<?> contents = contents(value);
        if (value == null || contents == null) {
            return;
        }
        Integer height = heights.putIfAbsent(value, OPEN);
        if (height == null) {
            if (path.size() >= MAX_DEPTH) {
                throw new PickleRefusal("values nested more than " + MAX_DEPTH + " deep", EXPECTED);
            }
            path.push(new Frame(value, contents));
        } else if (height == OPEN) {
            requireObjectOnCircle(value);
        } else {
            raise(height);
        }
    }

    /** The container on top holds something of that height. */
    private void raise(int height) throws PickleRefusal {
        Frame top = path.peek();
        if (top != null) {
            top.height = Math.max(top.height, height + 1);
            if (top.height > MAX_DEPTH) {
                throw new PickleRefusal("values nested more than " + MAX_DEPTH + " deep", EXPECTED);
            }
        }
    }

    private void requireObjectOnCircle(Object again) throws PickleRefusal {
        for (Frame frame : path) {
            if (frame.container instanceof PickledObject) {
                return;
            }
            if (frame.container == again) {
                break;
            }
        }
        throw new PickleRefusal("a container that holds itself", EXPECTED);
    }

    /** What a container holds; null for other values. Keys of dictionaries are never containers. */
    private static @Nullable Iterator<?> contents(@Nullable Object value) {
        if (value instanceof Tuple tuple) {
            return tuple.elements().iterator();
        } else if (value instanceof List<?> list) {
            return list.iterator();
        } else if (value instanceof Map<?, ?> map) {
            return map.values().iterator();
        } else if (value instanceof PickledObject object) {
            return singleton(object.state());
        } else if (value instanceof PickledEnum member) {
            return singleton(member.value());
        }
        return null;
    }

    private static Iterator<?> singleton(@Nullable Object value) {
        return new Tuple(Collections.singletonList(value)).elements().iterator();
    }
}
