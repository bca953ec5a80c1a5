/* SPDX-License-Identifier: BSD-3-Clause */
/* Outer packets to the monitor, many with one system call. */
#ifndef AGENT_FWDSEND_H_
#define AGENT_FWDSEND_H_

#include <signal.h>
#include <stdbool.h>

#include "agent/fwdcount.h"
#include "agent/fwdout.h"
#include "base/net.h"

struct fwdsend;

struct fwdsend_conf {
	struct net_addr to;
	struct fwdcount *count;
	/* When it is not 0, an interrupted system call is not repeated. */
	const volatile sig_atomic_t *stop;
};

/**
 * fwdsend_open(conf):
 * Open what sends to conf->to (${conf} is borrowed): with CAP_NET_RAW one raw
 * socket, else a pool of UDP sockets.  Returns NULL with errno.
 */
struct fwdsend *fwdsend_open(const struct fwdsend_conf *conf);

/**
 * fwdsend_raw(s):
 * Return whether packets begin with the IP header; else with what UDP carries.
 */
bool fwdsend_raw(const struct fwdsend *s);

/**
 * fwdsend_source(s):
 * Return the address that packets are from.
 */
struct net_addr fwdsend_source(const struct fwdsend *s);

/* Its functions take a struct fwdsend. */
extern const struct fwdout_type fwdsend_type;

#endif
