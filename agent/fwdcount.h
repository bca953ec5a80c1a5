/* SPDX-License-Identifier: BSD-3-Clause */
/* What became of each packet that capture-fwd read. */
#ifndef AGENT_FWDCOUNT_H_
#define AGENT_FWDCOUNT_H_

#include <stdint.h>
#include <stdio.h>

#include "base/stat.h"

#define FWDCOUNT_ERRNO_MAX 256

/* One row makes the member, the line of the totals and of the manual's table. */
#define FWDCOUNT_LIST(STAT)                                                    \
	STAT(packets_read, "Packets that the source handed over")              \
	STAT(octets_read, "Octets of them, as captured")                       \
	STAT(packets_sent, "Packets sent to the monitor")                      \
	STAT(octets_sent, "Octets of them, without the outer headers")         \
	STAT(packets_written, "Packets written to the -w file")                \
	STAT(octets_written, "Octets of them, without the outer headers")      \
	STAT(packets_own, "Packets of our own, that would go round")           \
	STAT(packets_not_carried, "Frames that are neither Ethernet nor IP")   \
	STAT(packets_too_long, "Packets too long for any outer packet")        \
	STAT(packets_over_mtu, "Packets too long for the MTU, dropped")        \
	STAT(packets_not_sent, "Packets of which sending, or writing, failed") \
	STAT(packets_cut, "Packets cut by a snap length, of all read")         \
	STAT(packets_fragmented, "Packets whose outer ones are fragments")     \
	STAT(time_steps_back, "Packets older than the one before")             \
	STAT(drop_kernel, "Packets dropped by a full capture ring")            \
	STAT(drop_iface, "Packets dropped by an interface or its driver")

struct fwdcount {
#define STAT(name, help) uint64_t name;
	FWDCOUNT_LIST(STAT)
#undef STAT
	uint64_t error[FWDCOUNT_ERRNO_MAX]; /* of sending, by errno */
};

/**
 * fwdcount_error(c, err):
 * Count the error ${err}, a value of errno, of sending.
 */
void fwdcount_error(struct fwdcount *c, int err);

/**
 * fwdcount_print(c, fp):
 * Print "name value", one a line; at the end a line "send_error.NAME value"
 * for each errno that occurred.
 */
void fwdcount_print(const struct fwdcount *c, FILE *fp);

#endif
