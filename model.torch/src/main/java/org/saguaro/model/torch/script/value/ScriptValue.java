// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.value;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.torch.script.graph.Node;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.TypeName;

/** A value that an expression of the code has while the code is read. */
public sealed interface ScriptValue {

    /** None. */
    NoneValue NONE = new NoneValue();

    /** For people. */
    String describe();

    /** Known while the code is read, and equal by what it says. */
    sealed interface Constant extends ScriptValue {}

    /** An integer; element types, layouts and memory formats are integers in TorchScript, too. */
    record IntValue(long value) implements Constant {
        @Override
        public String describe() {
            return String.valueOf(value);
        }
    }

    /** A real number. */
    record FloatValue(double value) implements Constant {
        @Override
        public String describe() {
            return String.valueOf(value);
        }
    }

    /** A complex number. */
    record ComplexValue(double real, double imaginary) implements Constant {
        @Override
        public String describe() {
            return "(" + real + "+" + imaginary + "j)";
        }
    }

    /** A boolean. */
    record BoolValue(boolean value) implements Constant {
        @Override
        public String describe() {
            return value ? "True" : "False";
        }
    }

    /** A text. */
    record TextValue(String value) implements Constant {
        @Override
        public String describe() {
            return "the text \"" + (value.length() > 60 ? value.substring(0, 60) + "..." : value) + "\"";
        }
    }

    /** None. */
    record NoneValue() implements Constant {
        @Override
        public String describe() {
            return "None";
        }
    }

    /** A device. Whatever the archive says, it is where the layer runs. */
    record DeviceValue(String name) implements Constant {
        @Override
        public String describe() {
            return "the device " + name;
        }
    }

    /** A member of one of the archive's enumerations. */
    record EnumMember(String className, String name, Constant value) implements Constant {
        @Override
        public String describe() {
            return className + "." + name;
        }
    }

    /** A value of this type that is never used, because the code does not get there. */
    record Uninitialized(TypeName type) implements Constant {
        @Override
        public String describe() {
            return "a value of type " + type + " that was never set";
        }
    }

    /** A number or a truth value that only the running graph knows. */
    record ScalarNode(Node node, ScalarType type) implements ScriptValue {
        @Override
        public String describe() {
            return switch (type) {
                case INT -> "an int";
                case FLOAT -> "a float";
                case BOOL -> "a bool";
            };
        }
    }

    /** Something that only the running graph knows and that nothing can change: an optional, a text, an element type. */
    record HostNode(Node node, TypeName type) implements ScriptValue {
        @Override
        public String describe() {
            return "a value of type " + type;
        }
    }

    /** A number that became a tensor without dimensions, and mostly becomes a number again. */
    record NumberTensor(ScriptValue number) implements ScriptValue {
        @Override
        public String describe() {
            return "a Tensor";
        }
    }

    /**
     * A tuple.
     *
     * @param className of a named tuple; null for others
     */
    record TupleValue(List<ScriptValue> elements, @Nullable String className) implements ScriptValue {
        public TupleValue {
            elements = Collections.unmodifiableList(new ArrayList<>(elements));
        }

        public TupleValue(List<ScriptValue> elements) {
            this(elements, null);
        }

        @Override
        public String describe() {
            return className == null ? "a tuple of " + elements.size() : "a " + className;
        }
    }

    /**
     * A function, or a method of an object.
     *
     * @param self the object; null for a function
     * @param closure the variables around it that it sees
     */
    record FunctionValue(
            String name,
            FunctionDefinition definition,
            @Nullable ScriptValue self,
            Map<String, ScriptValue> closure) implements ScriptValue {

        public FunctionValue(String name, FunctionDefinition definition, @Nullable ScriptValue self) {
            this(name, definition, self, Map.of());
        }

        @Override
        public String describe() {
            return "the function " + name;
        }
    }

    /** An element of a container. */
    record Place(HeapObject container, ScriptValue key) {}

    /** Something with an identity, which may change. */
    abstract non-sealed class HeapObject implements ScriptValue {
        private final long serial;
        Content content;

        @Nullable
        Place place;

        boolean shared;

        HeapObject(Heap heap, Content content) {
            this.serial = heap.nextSerial();
            this.content = content;
        }

        /** Objects made later have larger numbers. */
        long serial() {
            return serial;
        }

        /** Where it was taken out of a container that only the running graph knows; null for most. */
        public @Nullable Place place() {
            return place;
        }

        /** Says where it was taken out. */
        public void place(HeapObject container, ScriptValue key) {
            place = new Place(container, key);
        }

        /**
         * Whether a container that only the running graph knows holds it, too: a change could not be seen there.
         */
        public boolean isShared() {
            return shared;
        }

        /** Says that such a container holds it. */
        public void share() {
            shared = true;
        }

        /** What it holds now. */
        public Content content() {
            return content;
        }
    }

    /** A tensor. */
    final class TensorObject extends HeapObject {
        public TensorObject(Heap heap, Node node) {
            super(heap, new Content.Remote(node));
        }

        /** Its value in the graph. */
        public Node node() {
            return ((Content.Remote) content).node();
        }

        @Override
        public String describe() {
            return "a Tensor";
        }
    }

    /** A list. */
    final class ListObject extends HeapObject {
        private final TypeName elementType;

        public ListObject(Heap heap, TypeName elementType, Content content) {
            super(heap, content);
            this.elementType = elementType;
        }

        public ListObject(Heap heap, TypeName elementType, List<ScriptValue> elements) {
            this(heap, elementType, new Content.Elements(elements));
        }

        public TypeName elementType() {
            return elementType;
        }

        public TypeName type() {
            return TypeName.of("List", elementType);
        }

        /** The elements; null if only the running graph knows them. */
        public @Nullable List<ScriptValue> elements() {
            return content instanceof Content.Elements known ? known.elements() : null;
        }

        @Override
        public String describe() {
            return "a " + type();
        }
    }

    /** A dictionary. */
    final class DictObject extends HeapObject {
        private final TypeName type;

        public DictObject(Heap heap, TypeName type, Content content) {
            super(heap, content);
            this.type = type;
        }

        public TypeName type() {
            return type;
        }

        @Override
        public String describe() {
            return "a " + type;
        }
    }

    /** A module, or an object of another class of the archive. */
    final class Instance extends HeapObject {
        private final String className;
        private final @Nullable String path;

        /**
         * @param path of a module, for instance {@code features.3}; null for other objects
         */
        public Instance(Heap heap, String className, @Nullable String path, Content.Fields fields) {
            super(heap, fields);
            this.className = className;
            this.path = path;
        }

        public String className() {
            return className;
        }

        public @Nullable String path() {
            return path;
        }

        public Content.Fields fields() {
            return (Content.Fields) content;
        }

        @Override
        public String describe() {
            return "a " + className;
        }
    }
}
