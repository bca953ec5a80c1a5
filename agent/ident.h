/* SPDX-License-Identifier: BSD-3-Clause */
/* Who this agent is: what its HELLO says, and its interfaces' names. */
#ifndef AGENT_IDENT_H_
#define AGENT_IDENT_H_

#include <stddef.h>
#include <stdint.h>

#include "agent/iftab.h"
#include "wire/hello.h"

struct ident {
	/* All but the parameters, sequence, clocks and interfaces. */
	struct hello hello;
	struct iftab *tab; /* borrowed */
};

/**
 * ident_init(ret_id, node, tab):
 * Describe this capture: ${node} (NULL: none), the host's name, the interfaces
 * in ${tab} (borrowed, may grow), and a new random stream id.  Returns 0, or
 * -1 with errno.
 */
int ident_init(struct ident *ret_id, const char *node, struct iftab *tab);

/**
 * ident_hello(id, par, seq, dns_seq, dst):
 * Write the agent's HELLO with the parameters ${par}, ${seq} as the first
 * sequence number, ${dns_seq} as the first DNS number, and the interfaces that
 * fit (hello_fit) and clocks of this moment to ${dst}.  Returns its octets.
 */
size_t ident_hello(const struct ident *id, const struct hello_params *par,
    uint64_t seq, uint64_t dns_seq, uint8_t dst[static HELLO_MAX]);

#endif
