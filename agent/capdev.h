/* SPDX-License-Identifier: BSD-3-Clause */
/* One open interface: libpcap and its ring. */
#ifndef AGENT_CAPDEV_H_
#define AGENT_CAPDEV_H_

#include <pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/cap.h"

#define CAPDEV_ANY     "any" /* all interfaces by one socket */
#define CAPDEV_ERR_MAX PCAP_ERRBUF_SIZE

/**
 * capdev_block_ms(buffer):
 * The kernel hands over a block of the TPACKET_V3 ring when it is full or this
 * old, so an idle interface wakes nobody.  A block is 256 KiB: a small ring has
 * few, and hands them over less often, for this process may be late by what is
 * left of the ring.
 */
int capdev_block_ms(size_t buffer);

/* What comes of opening. */
enum capdev_status {
	CAPDEV_OPEN,
	CAPDEV_NOT_YET, /* there is no such interface, or it is down */
	CAPDEV_BAD
};

/**
 * capdev_open(ret_p, conf, name, err):
 * Open the interface ${name} in the network namespace of the calling thread.
 * May be called in any thread; the kernel takes 10 to 30 ms for it, but no
 * longer for several at a time.  CAPDEV_BAD comes with a reason in ${err}.
 */
enum capdev_status capdev_open(pcap_t **ret_p, const struct cap_conf *conf,
    const char *name, char err[static CAPDEV_ERR_MAX]);

/**
 * capdev_prepare(p, conf, err) / capdev_filter(p, filter, err):
 * Let ${p} not block and see only one direction, if ${conf} says so; and only
 * what the pcap-filter(7) matches, from now on.  Returns 0, or -1 with a
 * reason in ${err}.
 */
int capdev_prepare(
    pcap_t *p, const struct cap_conf *conf, char err[static CAPDEV_ERR_MAX]);
int capdev_filter(
    pcap_t *p, const char *filter, char err[static CAPDEV_ERR_MAX]);

/**
 * capdev_check(conf, filter, err):
 * Return whether ${filter} is one that some interface can have, as far as the
 * loopback interface can tell; false comes with a reason in ${err}.
 */
bool capdev_check(const struct cap_conf *conf, const char *filter,
    char err[static CAPDEV_ERR_MAX]);

/**
 * capdev_index(p):
 * Return the number of the interface that ${p} is bound to: 0 for all or for
 * something that is no network interface, -1 when it is gone.
 */
int capdev_index(pcap_t *p);

/**
 * capdev_ready(p):
 * Of a ${p} that is bound to an interface: return 1 when there is something to
 * read, else 0, or -1 when the interface is gone.  One that is down or has
 * another name now is not gone, though libpcap would say so.
 */
int capdev_ready(pcap_t *p);

/**
 * capdev_dropped(p, seen):
 * Return what the ring of ${p} had no room for since the last call.  ${seen}
 * is 0 at first and the callee's to use.
 */
uint64_t capdev_dropped(pcap_t *p, uint32_t *seen);

/**
 * capdev_close(list, n):
 * Close the ${n} of ${list}, together: the kernel makes each wait.
 */
void capdev_close(pcap_t *const *list, size_t n);

#endif
