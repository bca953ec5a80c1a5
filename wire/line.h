/* SPDX-License-Identifier: BSD-3-Clause */
/* The text line: sec.usec:src:sport:dst:dport:length:flowid:proto */
#ifndef WIRE_LINE_H_
#define WIRE_LINE_H_

#include <stddef.h>

#include "wire/obs.h"

#define LINE_MAX_LEN    320  /* octets line_put may write at most */
#define LINE_READ_MAX   1024 /* longest line that line_get reads */
#define LINE_IFNAME_MAX 16   /* IFNAMSIZ, with the final 0 */
#define LINE_NODE_MAX   64   /* octets of a node's name and the final 0 */

enum line_format {
	LINE_BASIC,   /* the eight fields that never change */
	LINE_EXTENDED /* and :tcpflags:iface:role:mgen-seq:mgen-tx[:node] */
};

struct hello_iface;

/* Interfaces by obs_pkt.iface; an index beyond .n prints as its number. */
struct line_ifaces {
	unsigned int n;
	const struct hello_iface *iface;
};

/* Where a line says that its packet was seen; "" is not said. */
struct line_place {
	char ifname[LINE_IFNAME_MAX];
	char node[LINE_NODE_MAX];
};

/**
 * line_put(dst, o, format, ifs):
 * Write ${o} with its newlines to ${dst}, no final 0.  A host observation is
 * up to two lines (CPU, memory), a loss one that starts with '#'.  ${ifs} is
 * only read for LINE_EXTENDED and may then be NULL.  Returns the octets
 * written, 1 to LINE_MAX_LEN; 0 for a DNS observation, which has its own log.
 */
size_t line_put(char dst[static LINE_MAX_LEN], const struct obs *o,
    enum line_format format, const struct line_ifaces *ifs);

/**
 * line_get(ret_o, ret_at, buf, len):
 * Read one line, basic or extended, from the ${len} octets at ${buf}.
 * Fields after the known ones are ignored.  ${ret_at} becomes the interface
 * and its node, as far as the line has them.  Returns the octets used,
 * newline included; 0 when there is no newline yet; -1 when the line is
 * malformed or longer than LINE_READ_MAX; for a comment ('#' and not a loss) the
 * octets used, with ret_o->kind == OBS_LOSS and a count of 0.
 */
int line_get(
    struct obs *ret_o, struct line_place *ret_at, const char *buf, size_t len);

#endif
