// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.syntax.Expression;
import org.saguaro.model.torch.script.syntax.TypeName;

/** Types and qualified names where the syntax only sees expressions: {@code annotate(List[int], [])}. */
final class TypeExpressions {

    private TypeExpressions() {}

    static TypeName type(Expression expression) throws ModelFormatException {
        if (expression instanceof Expression.Subscript subscript) {
            List<TypeName> arguments = new ArrayList<>();
            if (subscript.index() instanceof Expression.TupleDisplay tuple) {
                for (Expression element : tuple.elements()) {
                    arguments.add(type(element));
                }
            } else {
                arguments.add(type(subscript.index()));
            }
            return new TypeName(type(subscript.container()).name(), arguments);
        }
        if (expression instanceof Expression.NoneLiteral) {
            return TypeName.NONE;
        }
        String name = qualifiedName(expression);
        if (name == null) {
            throw expression.at().refuse("an expression that is no type", "a type");
        }
        return TypeName.of(name);
    }

    /** {@code a.b.c}; null if it is something else. */
    static @Nullable String qualifiedName(Expression expression) {
        if (expression instanceof Expression.Name name) {
            return name.name();
        }
        if (expression instanceof Expression.Attribute attribute) {
            String owner = qualifiedName(attribute.owner());
            return owner == null ? null : owner + "." + attribute.name();
        }
        return null;
    }

    /** The first part of {@code a.b.c}. */
    static @Nullable String root(Expression expression) {
        Expression owner = expression;
        while (owner instanceof Expression.Attribute attribute) {
            owner = attribute.owner();
        }
        return owner instanceof Expression.Name name ? name.name() : null;
    }
}
