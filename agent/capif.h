/* SPDX-License-Identifier: BSD-3-Clause */
/* An interface to capture from: which one it is, its name, filter and drops. */
#ifndef AGENT_CAPIF_H_
#define AGENT_CAPIF_H_

#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/cap.h"
#include "agent/capdev.h"
#include "agent/ifwatch.h"
#include "agent/pkt.h"

#define CAPIF_NAME_MAX 64 /* of what libpcap opens, with the final 0 */

typedef void capif_emit_fn(void *arg, const struct pkt_frame *f);

/* What the interfaces of one network namespace share. */
struct capif_env {
	const struct cap_conf *conf;
	struct ifwatch *watch; /* interfaces and addresses */
	int ns;                /* descriptor of the namespace, -1: our own */
	const char *node;      /* its name, "" for our own */
	struct iftab *tab;
	capif_emit_fn *emit;
	void *arg;
};

/* To be read only, outside of capif.c. */
struct capif {
	const struct capif_env *env;
	char name[CAPIF_NAME_MAX];
	int index;     /* of the only interface that it may be; 0: by name */
	pcap_t *pcap;  /* NULL while it is not open */
	bool hopeless; /* of that number only: no use to try again */
	int linktype;
	/* the callee's own */
	int bound; /* the number of what is open, as capdev_index */
	uint16_t hwtype;
	bool told; /* why it is not open */
	char *filter;
	enum capdev_status status; /* from capif_prepare to capif_finish */
	pcap_t *fresh;
	char err[CAPDEV_ERR_MAX];
	uint32_t seen_ring;
	uint64_t seen_iface;
	uint64_t ring, iface; /* drops not yet told */
};

/**
 * capif_init(ret_c, env, name, index):
 * Name the interface ${name} of ${env} (borrowed).  With the number ${index}
 * that ${env} has of it, it is that one, whatever its name becomes, and never
 * another one of the name; 0: the one of this name, whenever there is one.
 */
void capif_init(struct capif *ret_c, const struct capif_env *env,
    const char *name, int index);

/**
 * capif_prepare(c) / capif_finish(c):
 * Open it in two steps, of which the first is slow and may be done in any
 * thread.  The second returns 1 when it is open, 0 when there is no such
 * interface yet or it is down, -1 when it cannot be, after a message: one only
 * until it was open.
 */
void capif_prepare(struct capif *c);
int capif_finish(struct capif *c);

/**
 * capif_update(c):
 * Something of what ${env} points to has changed, and all that waited in the
 * ring was read: take over the name, make the filter again.  Returns NULL, or
 * why it has to be opened again.
 */
const char *capif_update(struct capif *c);

/**
 * capif_lose(c):
 * Close what is open.
 */
void capif_lose(struct capif *c);

/**
 * capif_gone(c):
 * Return whether the interface of the number .index is gone for good, or is
 * not one that "all" means any more.  Without that number it never is.
 */
bool capif_gone(const struct capif *c);

/**
 * capif_wanted(i):
 * Return whether ${i} is one of those that "all" means: neither a loopback
 * interface nor one of CORE's control network.
 */
bool capif_wanted(const struct ifwatch_if *i);

/**
 * capif_number(c):
 * Return the index in the table of it as it is now.
 */
uint16_t capif_number(const struct capif *c);

/**
 * capif_drops(c, ret_ring, ret_iface):
 * Add to both what was dropped since the last call, by a full ring and by
 * the interface or its driver, as far as ifwatch_poll has asked for that.
 */
void capif_drops(struct capif *c, uint64_t *ret_ring, uint64_t *ret_iface);

/**
 * capif_warn(c, fmt, ...):
 * Print a warning about it, with its node's name.
 */
void capif_warn(const struct capif *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void capif_done(struct capif *c);

#endif
