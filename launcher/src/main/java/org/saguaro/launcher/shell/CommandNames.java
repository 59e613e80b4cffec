// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** The commands that Gogo has found. */
final class CommandNames {

    private CommandNames() {}

    /** Names of commands, with and without scope as typed, that begin so. */
    static List<String> starting(String prefix, BundleContext context) {
        Set<String> names = new TreeSet<>();
        try {
            ServiceReference<?>[] references =
                    context.getAllServiceReferences(null, "(&(osgi.command.scope=*)(osgi.command.function=*))");
            for (ServiceReference<?> reference : references == null ? new ServiceReference<?>[0] : references) {
                String scope = String.valueOf(reference.getProperty("osgi.command.scope"));
                for (String function : functions(reference.getProperty("osgi.command.function"))) {
                    names.add(prefix.contains(":") ? scope + ":" + function : function);
                }
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        return names.stream().filter(name -> name.startsWith(prefix)).toList();
    }

    private static List<String> functions(Object property) {
        return property instanceof Object[] many
                ? Arrays.stream(many).map(String::valueOf).toList()
                : List.of(String.valueOf(property));
    }
}
