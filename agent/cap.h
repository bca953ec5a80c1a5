/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture: packets of interfaces or files in, observations out. */
#ifndef AGENT_CAP_H_
#define AGENT_CAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/count.h"
#include "agent/iftab.h"
#include "wire/obs.h"

struct ev_loop;
struct meterlog;
struct sockaddr;

enum cap_dir { CAP_DIR_INOUT, CAP_DIR_IN, CAP_DIR_OUT };

struct cap_conf {
	const char *const *iface; /* live: names, "any" among them */
	size_t n_ifaces;
	bool all;                 /* or every interface, as they come and go */
	const char *const *netns; /* lists of other network namespaces */
	size_t n_netns;
	const char *const *file; /* or files to read, "-" standard input */
	size_t n_files;
	size_t buffer;         /* octets of ring per interface */
	int snaplen;           /* octets of each packet looked at */
	const char *mode;      /* src dst spoof none, or a filter */
	const char *mac_iface; /* whose addresses the modes use; NULL: own */
	enum cap_dir dir;
	bool promisc;
	bool decapsulate; /* record the inner packet of a tunnel */
	bool digest;      /* give records a digest */
};

/* Every record, in the order of time for files. */
typedef void cap_fn(void *arg, const struct obs *o);

struct cap;

/**
 * cap_live(conf):
 * Return whether ${conf} is about interfaces.
 */
bool cap_live(const struct cap_conf *conf);

/**
 * cap_open(conf, tab, count, emit, arg):
 * Open all sources of ${conf} (borrowed until cap_close), wait for an
 * interface that was named and is not there yet, set filters.  Tells of them
 * in ${tab}, and counts in ${count}.  Returns NULL after a message.
 */
struct cap *cap_open(const struct cap_conf *conf, struct iftab *tab,
    struct count *count, cap_fn *emit, void *arg);

/**
 * cap_own_port(c, port) / cap_own_peer(c, sa):
 * Leave out, and count, packets of connections to the local TCP port
 * ${port} of this host, and of connections to the remote address ${sa}.
 */
void cap_own_port(struct cap *c, uint16_t port);
void cap_own_peer(struct cap *c, const struct sockaddr *sa);

/**
 * cap_start(c, loop, meters):
 * Live sources: call emit from ${loop} as packets arrive.  ${meters}
 * (agent/timing.h) may be NULL.
 */
void cap_start(struct cap *c, struct ev_loop *loop, struct meterlog *meters);

/**
 * cap_sweep(c):
 * Live sources: hand over what has come, should a descriptor ever not tell of
 * a block.  To be called at least every three seconds.
 */
void cap_sweep(struct cap *c);

/**
 * cap_drain(c):
 * Live sources, at the end: hand over all packets up to now and stop.  Takes
 * 0.12 to 0.42 s, as the kernel holds back the last ones so long: the smaller
 * the ring, the longer.
 */
void cap_drain(struct cap *c);

/**
 * cap_read(c, max, before):
 * Files: hand up to ${max} packets to emit; see capfile_read.  Without files
 * it returns 0.
 */
int cap_read(struct cap *c, unsigned int max, wall_t before);

/**
 * cap_poll_drops(c):
 * Bring the drop counters of live sources up to date.  Returns how many
 * packets were dropped since the last call (ring and interface together go
 * to ${ret_ring} and ${ret_iface}).
 */
uint64_t cap_poll_drops(struct cap *c, uint64_t *ret_ring, uint64_t *ret_iface);

void cap_close(struct cap *c);

#endif
