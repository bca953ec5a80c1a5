/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of a network namespace and its addresses, kept up to date. */
#ifndef AGENT_IFWATCH_H_
#define AGENT_IFWATCH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/ifmsg.h"
#include "agent/pktown.h"

#define IFWATCH_MAX 4096 /* interfaces; those after them are not seen */

struct ev_loop;
struct ifwatch;

struct ifwatch_if {
	int index;
	char name[IFMSG_NAME_MAX];
	bool up, loopback, has_mac, has_v4;
	uint16_t hwtype;
	uint8_t mac[6];
	uint8_t v4[4];   /* the first IPv4 address */
	uint64_t missed; /* packets that it or its driver dropped */
};

/* Something of the tables has changed. */
typedef void ifwatch_fn(void *arg);

/**
 * ifwatch_open():
 * Read the interfaces and addresses of the network namespace that the calling
 * thread is in, and ask the kernel to tell changes.  From then on it does not
 * matter which one the thread is in.  All are used by one thread.  NULL with
 * errno on failure.
 */
struct ifwatch *ifwatch_open(void);

/**
 * ifwatch_start(w, loop, fn, arg):
 * Follow changes from ${loop}, and call ${fn} after each, or after several
 * that come together.  All is read anew then, so no change is missed when
 * there were too many to tell.
 */
void ifwatch_start(
    struct ifwatch *w, struct ev_loop *loop, ifwatch_fn *fn, void *arg);

/**
 * ifwatch_refresh(w):
 * Read all anew, now.  Returns 0, or -1 with errno; then all stays.
 */
int ifwatch_refresh(struct ifwatch *w);

/**
 * ifwatch_own(w):
 * Return the addresses; the pointer stays valid and the table current.
 */
const struct pktown *ifwatch_own(const struct ifwatch *w);

/**
 * ifwatch_at(w, i):
 * Return interface ${i}, counted from 0, NULL behind the last one.  Valid
 * until the next change.
 */
const struct ifwatch_if *ifwatch_at(const struct ifwatch *w, size_t i);

/**
 * ifwatch_index(w, index) / ifwatch_name(w, name):
 * Return the interface of this number, of this name; NULL: there is none.
 */
const struct ifwatch_if *ifwatch_index(const struct ifwatch *w, int index);
const struct ifwatch_if *ifwatch_name(
    const struct ifwatch *w, const char *name);

/**
 * ifwatch_poll(w):
 * Bring .missed of all interfaces up to date.  Returns 0, or -1 with errno.
 */
int ifwatch_poll(struct ifwatch *w);

/**
 * ifwatch_stop(w):
 * Leave the loop.
 */
void ifwatch_stop(struct ifwatch *w);
void ifwatch_close(struct ifwatch *w);

#endif
