// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.tenant;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is configured of a tenant.
 *
 * @param name its name
 * @param weight the share it is to get, relative to that of others
 * @param bound requests in flight; more are refused
 */
public record TenantRule(String name, double weight, int bound) {

    private static final String FORM = "name:weight:bound, for instance camera:2.5:16";

    public TenantRule {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a tenant needs a name");
        }
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new IllegalArgumentException("the weight of tenant " + name + " must be positive, found " + weight);
        }
        if (bound < 1) {
            throw new IllegalArgumentException("the bound of tenant " + name + " must be at least 1, found " + bound);
        }
    }

    /**
     * Reads rules written as {@code name:weight:bound}; blank entries are left out.
     *
     * @throws IllegalArgumentException if one has another form, or two have one name; the message names the entry
     */
    public static List<TenantRule> parse(List<String> entries) {
        List<TenantRule> rules = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String entry : entries) {
            if (!entry.isBlank()) {
                TenantRule rule = parse(entry.strip());
                if (!names.add(rule.name())) {
                    throw new IllegalArgumentException("tenants: two entries are for '" + rule.name()
                            + "', the second one is '" + entry.strip() + "'; keep one");
                }
                rules.add(rule);
            }
        }
        return rules;
    }

    private static TenantRule parse(String entry) {
        // From the end: a name may contain colons.
        int second = entry.lastIndexOf(':');
        int first = entry.lastIndexOf(':', second - 1);
        if (first < 0) {
            throw new IllegalArgumentException("tenants: found '" + entry + "', expected " + FORM);
        }
        try {
            return new TenantRule(
                    entry.substring(0, first).strip(),
                    Double.parseDouble(entry.substring(first + 1, second)),
                    Integer.parseInt(entry.substring(second + 1).strip()));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "tenants: found '" + entry + "', in which weight or bound is no number; expected " + FORM, e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "tenants: found '" + entry + "': " + e.getMessage() + "; expected " + FORM, e);
        }
    }
}
