// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

/** The scheduling heuristics of the publication. */
enum Heuristic {
    RR("rr", false),
    EFT("eft", true),
    /** CEDR's, which compares finishes and not, as the paper of 1989, starts. */
    ETF("etf_cedr", true),
    HEFT_RT("heft_rt", true);

    private final String policy;
    private final boolean costAware;

    Heuristic(String policy, boolean costAware) {
        this.policy = policy;
        this.costAware = costAware;
    }

    /** Name of our policy. */
    String policy() {
        return policy;
    }

    /** Whether it goes by what tasks take. */
    boolean isCostAware() {
        return costAware;
    }
}
