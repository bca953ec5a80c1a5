/* SPDX-License-Identifier: BSD-3-Clause */
/* Payloads of the small v1 frames: STATS SYSINFO GAP ACK TIME BYE. */
#ifndef WIRE_CTL_H_
#define WIRE_CTL_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/frame.h"
#include "wire/obs.h"

#define CTL_MAX 256 /* octets of the largest of these payloads */

/* Totals since capture start; see PROTOCOL.md. */
struct ctl_stats {
	wall_t wall;       /* clock of the agent, not packet time */
	int64_t mono_ns;   /* its CLOCK_MONOTONIC */
	uint64_t next_seq; /* records numbered so far */
	uint64_t received; /* packets that passed the filter (ps_recv) */
	uint64_t kernel_drops, iface_drops;
	uint64_t filtered;  /* seen and left out on purpose, own connections */
	uint64_t not_ip;    /* frames that are no IP packet */
	uint64_t malformed; /* IP packets that contradict themselves */
	uint64_t gap_records; /* lost to this collector, all reasons */
	uint64_t queued;      /* octets waiting for this collector */
	uint64_t cpu_us;      /* CPU time of the agent's process */
	/* lost by its host in other places, since capture start */
	uint64_t host_iface;   /* packets that any interface dropped */
	uint64_t host_softnet; /* packets, the backlog of a CPU was full */
	uint64_t host_udp;     /* datagrams, the buffer of a socket was full */
};

/* A ping with up to four time stamps (RFC 5905 figure), ns, 0 = unset. */
struct ctl_time {
	uint64_t id;
	int64_t t1, t2, t3; /* sent, received by peer, answered by peer */
};

enum ctl_bye {
	CTL_BYE_END = 0,         /* end of input or shutdown; all was sent */
	CTL_BYE_UNSUPPORTED = 1, /* version or critical TLV */
	CTL_BYE_PROTOCOL = 2,    /* the peer broke the rules */
	CTL_BYE_TIMEOUT = 3,
	CTL_BYE_LIMIT = 4, /* too many peers, too fast, too large */
	CTL_BYE_AGAIN = 5  /* as END; connect at once: another stream waits */
};

/**
 * ctl_X_put(dst, x) / ctl_X_get(ret_x, body, len):
 * Write the payload of one frame type, returning its octets; and read it,
 * returning 0, or -1 when it is malformed.  Octets after the known members
 * are ignored, so that later versions can add some.
 */
size_t ctl_stats_put(uint8_t dst[static CTL_MAX], const struct ctl_stats *s);
int ctl_stats_get(struct ctl_stats *ret_s, const uint8_t *body, size_t len);
size_t ctl_sysinfo_put(uint8_t dst[static CTL_MAX], const struct obs *o);
int ctl_sysinfo_get(struct obs *ret_o, const uint8_t *body, size_t len);
size_t ctl_gap_put(uint8_t dst[static CTL_MAX], const struct obs *o);
int ctl_gap_get(struct obs *ret_o, const uint8_t *body, size_t len);
size_t ctl_ack_put(
    uint8_t dst[static CTL_MAX], uint64_t next_seq, uint64_t next_dns);
int ctl_ack_get(
    uint64_t *ret_seq, uint64_t *ret_dns, const uint8_t *body, size_t len);
size_t ctl_time_put(uint8_t dst[static CTL_MAX], const struct ctl_time *t);
int ctl_time_get(struct ctl_time *ret_t, const uint8_t *body, size_t len);
size_t ctl_bye_put(
    uint8_t dst[static CTL_MAX], enum ctl_bye why, uint64_t next_seq);
int ctl_bye_get(unsigned int *ret_why, uint64_t *ret_next_seq,
    const uint8_t *body, size_t len);

/**
 * ctl_bye_dns_put(dst, len, next_dns) / ctl_bye_dns_get(body, len):
 * Add to a BYE of ${len} octets the number of the next DNS record, returning
 * its octets; and return it from a valid BYE, 0 when it has none.
 */
size_t ctl_bye_dns_put(
    uint8_t dst[static CTL_MAX], size_t len, uint64_t next_dns);
uint64_t ctl_bye_dns_get(const uint8_t *body, size_t len);

/**
 * ctl_frame(dst, type, body, len):
 * Write one of these payloads as a whole frame to ${dst}.  Returns its octets.
 */
size_t ctl_frame(uint8_t dst[static CTL_MAX + FRAME_OVERHEAD],
    enum frame_type type, const uint8_t *body, size_t len);

#endif
