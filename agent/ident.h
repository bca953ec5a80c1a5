/* SPDX-License-Identifier: BSD-3-Clause */
/* Who this agent is: what its HELLO says, and its interfaces' names. */
#ifndef AGENT_IDENT_H_
#define AGENT_IDENT_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/hello.h"
#include "wire/line.h"

struct ident {
	struct hello hello; /* all but the parameters, sequence and clocks */
	struct line_ifaces ifs; /* points to .name */
	char name[HELLO_IFACE_MAX][LINE_IFNAME_MAX];
};

/**
 * ident_init(ret_id, node, iface, n):
 * Describe this capture: ${node} (NULL: none), the host's name, the ${n}
 * interfaces, and a new random stream id.  ${ret_id} must not move
 * afterwards.  Returns 0, or -1 with errno.
 */
int ident_init(struct ident *ret_id, const char *node,
    const struct hello_iface *iface, unsigned int n);

/**
 * ident_hello(id, par, seq, dns_seq, dst):
 * Write the agent's HELLO with the parameters ${par}, ${seq} as the first
 * sequence number, ${dns_seq} as the first DNS number, and the clocks of this
 * moment to ${dst}.  Returns its octets.
 */
size_t ident_hello(const struct ident *id, const struct hello_params *par,
    uint64_t seq, uint64_t dns_seq, uint8_t dst[static HELLO_MAX]);

#endif
