/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of capture-fwd: one row per option. */
#ifndef AGENT_FWDOPTS_H_
#define AGENT_FWDOPTS_H_

#include <stdbool.h>
#include <stdint.h>

#define FWDOPTS_EXIT_USAGE 2 /* exit status after a mistake */

struct fwdopts {
	const char *iface, *read, *write;
	long snaplen, buffer;
	bool promisc;
	const char *encap;
	bool geneve;
	uint32_t vni;
	const char *dest_ip;
	long dest_port; /* that of the encapsulation, unless given */
	const char *src_ip;
	uint8_t src_mac[6], dst_mac[6];
	int64_t delay; /* ns; 0: the file's own times */
	double rate;   /* packets/s; 0: not given */
	bool full_speed;
	long mtu; /* 0: that of the path */
	const char *oversize;
	bool drop_oversize;
	bool dlt_raw;
	const char *user;
	bool debug, help, version;
	char *filter; /* "" for none; owned */
};

enum fwdopts_verdict {
	FWDOPTS_RUN,
	FWDOPTS_DONE, /* the help was printed, or version is set */
	FWDOPTS_BAD   /* a message was printed: exit FWDOPTS_EXIT_USAGE */
};

/**
 * fwdopts_parse(ret_o, argc, argv):
 * Read the command line.  Call fwdopts_done in any case.
 */
enum fwdopts_verdict fwdopts_parse(
    struct fwdopts *ret_o, int argc, char **argv);
void fwdopts_done(struct fwdopts *o);

#endif
