// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.List;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.json.JsonValue;

/**
 * Reads the nodes of a graph, one after the other, and adds their layers to the block. What a node is shows in its target: an
 * operator of the dispatcher, an operator that holds graphs, or a Python function that computes sizes.
 */
final class NodeReader {

    private static final String OPERATORS = "torch.ops.";
    private static final String HIGHER_ORDER = "torch.ops.higher_order.";

    private final ReadContext context;
    private final Scope scope;
    private final OperatorReader operators;
    private final SymbolicReader sizes;
    private final ControlReader control;

    NodeReader(ReadContext context, Scope scope) {
        this.context = context;
        this.scope = scope;
        ArgumentReader arguments = new ArgumentReader(scope);
        this.operators = new OperatorReader(context.schemas(), scope, arguments);
        this.sizes = new SymbolicReader(scope, arguments);
        this.control = new ControlReader(context, scope, arguments);
    }

    /** Reads a list of nodes. */
    void readAll(JsonValue nodes) throws ModelFormatException {
        List<JsonValue> listed = nodes.elements();
        for (int i = 0; i < listed.size(); i++) {
            read(listed.get(i), i);
        }
    }

    private void read(JsonValue listed, int position) throws ModelFormatException {
        String target = listed.field("target").text();
        String name = scope.layerName(name(listed, position));
        JsonValue node = listed.named("node " + name + " (" + target + ")");
        context.layerName(name, node);
        if (target.startsWith(HIGHER_ORDER)) {
            control.read(node, name, target.substring(HIGHER_ORDER.length()));
        } else if (sizes.knows(target)) {
            sizes.read(node, name, target);
        } else if (target.startsWith(OPERATORS)) {
            operators.read(node, name, target.substring(OPERATORS.length()));
        } else {
            throw node.refuse(
                    "the Python function " + target,
                    "an operator (torch.ops.aten.*) or arithmetic on sizes (_operator.*, math.*, torch.sym_*)",
                    "decompose the model before saving it (exported.run_decompositions())");
        }
    }

    /** Torch 2.8 and earlier did not write the node's name; it is mostly that of the value it makes. */
    private static String name(JsonValue node, int position) throws ModelFormatException {
        JsonValue given = node.optional("name");
        if (given != null) {
            return given.text();
        }
        List<JsonValue> outputs = node.field("outputs").elements();
        if (outputs.size() == 1) {
            JsonValue tensor = outputs.get(0).optional("as_tensor");
            if (tensor != null) {
                return tensor.field("name").text();
            }
        }
        return "node_" + position;
    }

    /** The module that ran a node; empty for the model itself. */
    static String modulePath(JsonValue node) throws ModelFormatException {
        JsonValue metadata = node.optional("metadata");
        JsonValue stack = metadata == null ? null : metadata.optional("nn_module_stack");
        return stack == null ? "" : ModulePath.innermost(stack.text());
    }
}
