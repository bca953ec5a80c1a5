/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture in one network namespace: its interfaces, as they come and go. */
#ifndef AGENT_CAPNS_H_
#define AGENT_CAPNS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/cap.h"
#include "agent/capif.h"
#include "agent/count.h"
#include "agent/crew.h"
#include "agent/pktown.h"
#include "wire/hash.h"

#define CAPNS_IFACES_MAX 1024 /* of all namespaces, at a time */

struct capns;

/* What all namespaces share. */
struct capns_env {
	const struct cap_conf *conf;
	struct count *count;
	struct hash_key key;
	cap_fn *emit;
	void *arg;
	struct iftab *tab;
	size_t n_ifaces;      /* of all, at most CAPNS_IFACES_MAX */
	uint64_t ring, iface; /* drops of interfaces that are closed */
	size_t n_closing;     /* see capns_flush */
	pcap_t *closing[CREW_THREADS];
};

/**
 * capns_open(env, fd, node):
 * Follow the network namespace ${fd}, which is closed at the end; -1 is our
 * own, and ${node} its name, "" for our own.  ${env} is borrowed.  Returns NULL
 * with errno.
 */
struct capns *capns_open(struct capns_env *env, int fd, const char *node);

/**
 * capns_name(n, iface):
 * Watch the interface ${iface}, and wait for it.  Returns 0, or -1 after a
 * message.
 */
int capns_name(struct capns *n, const char *iface);

/**
 * capns_all(n):
 * Watch every interface, now and in future.
 */
void capns_all(struct capns *n);

/**
 * capns_open_new(list, n):
 * Open, together, what is new in the ${n} namespaces ${list}.
 */
void capns_open_new(struct capns *const *list, size_t n);

/**
 * capns_wait(n):
 * Open those of capns_name, waiting until they are there.  Returns 0, or -1
 * after a message.
 */
int capns_wait(struct capns *n);

/**
 * capns_rename(n, node):
 * The node has another name from now on.
 */
void capns_rename(struct capns *n, const char *node);

/**
 * capns_start(n, loop, meters):
 * Hand over records from ${loop}; what is new is opened by capns_open_new.
 */
void capns_start(
    struct capns *n, struct ev_loop *loop, struct meterlog *meters);

/**
 * capns_own(n):
 * Return the addresses of the namespace; the pointer stays valid.
 */
const struct pktown *capns_own(const struct capns *n);

/**
 * capns_read(n) / capns_halt(n) / capns_sweep(n) / capns_stop(n) /
 * capns_drops(n) / capns_close(n):
 * As those of caplive.h, for all interfaces; drops go to the environment.
 */
void capns_read(struct capns *n);
void capns_halt(struct capns *n);
void capns_sweep(struct capns *n);
void capns_stop(struct capns *n);
void capns_drops(struct capns *n);
void capns_close(struct capns *n);

/**
 * capns_flush(env):
 * Close, together, what capns_close has left open; call it after the last.
 */
void capns_flush(struct capns_env *env);

#endif
