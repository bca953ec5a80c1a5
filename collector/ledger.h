/* SPDX-License-Identifier: BSD-3-Clause */
/* The account of one agent: what came, what did not, and why. */
#ifndef COLLECTOR_LEDGER_H_
#define COLLECTOR_LEDGER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/position.h"
#include "wire/ctl.h"
#include "wire/obs.h"

/* One row per counter: the struct, the dump and the manual follow from it. */
#define LEDGER_LIST(X)                                                         \
	X(records, "Packet records received and passed on")                    \
	X(host_records, "Host load records received and passed on")            \
	X(duplicates, "Records received again after a reconnection, dropped")  \
	X(dns_records, "DNS records received and passed on")                   \
	X(dns_duplicates, "DNS records received again, dropped")               \
	X(dns_late, "DNS records made before this collector joined")           \
	X(dns_lost, "DNS records lost on the way")                             \
	X(times_off, "Records over a day from the clock of their stream")      \
	X(times_kept, "Records whose times could not be put right")            \
	X(lost_queue, "Records lost: this collector was slow")                 \
	X(lost_late, "Records made before this collector joined")              \
	X(lost_unencodable, "Records lost: they did not fit the format")       \
	X(lost_spool, "Records lost: the agent's spool was full")              \
	X(lost_other, "Records lost for a reason this version does not know")  \
	X(lost_unexplained, "Records missing without any word from the agent") \
	X(drop_kernel, "Packets the agent's kernel dropped, as loss records")  \
	X(drop_interface, "Packets its interfaces dropped, as loss records")   \
	X(drop_dnstap, "Answers the agent could not read, as loss records")    \
	X(drop_other, "Packets lost before the agent, for an unknown reason")  \
	X(agent_received, "Packets that passed the agent's filter (STATS)")    \
	X(agent_kernel_drops, "Packets the agent's kernel dropped (STATS)")    \
	X(agent_iface_drops, "Packets its interfaces dropped (STATS)")         \
	X(host_iface, "Packets any interface of its host dropped (STATS)")     \
	X(host_softnet, "Packets dropped, a CPU's backlog was full (STATS)")   \
	X(host_udp, "Datagrams that found a full UDP socket there (STATS)")    \
	X(agent_filtered, "Packets the agent left out on purpose (STATS)")     \
	X(agent_not_ip, "Frames without an IP packet (STATS)")                 \
	X(agent_malformed, "IP packets that contradict themselves (STATS)")    \
	X(agent_gap_records, "Records the agent says we lost (STATS)")         \
	X(throttled_ms, "Milliseconds without reading, for rate-max")          \
	X(octets, "Octets received")                                           \
	X(sessions, "Conversations that reached records")                      \
	X(dials_failed, "Attempts to connect that failed")                     \
	X(bad_sessions, "Conversations ended because the agent broke a rule")  \
	X(bad_lines, "Lines of a text log that could not be read")

struct ledger_counts {
#define LEDGER_MEMBER(name, help) uint64_t name;
	LEDGER_LIST(LEDGER_MEMBER)
#undef LEDGER_MEMBER
};

struct ledger_row {
	const char *name;
	size_t offset; /* of the uint64_t in struct ledger_counts */
	const char *help;
};

extern const struct ledger_row ledger_rows[];
extern const size_t ledger_n_rows;

struct ledger {
	struct ledger_counts c;
	uint64_t next; /* sequence number after the last one accounted for */
	uint64_t next_dns;     /* the same of DNS records */
	bool plain;            /* the stream has no numbers of its own */
	bool ended;            /* the stream told its end */
	bool joined;           /* a first packet of this stream has come */
	bool joined_dns;       /* a first DNS record has */
	bool replay;           /* the stream may repeat what is known already */
	wall_t side;           /* time of the last record without a number */
	wall_t mark;           /* .side when the replay began */
	struct ctl_stats told; /* last STATS of this stream */
};

/* What a conversation that begins has to do with the one before it. */
enum ledger_begin {
	LEDGER_ANEW,    /* another stream: its numbers start anew */
	LEDGER_RESUMED, /* the same stream: it may repeat itself */
	LEDGER_PLAIN    /* old records, text: no numbers, nothing to compare */
};

/**
 * ledger_stream(l, how):
 * A conversation begins.
 */
void ledger_stream(struct ledger *l, enum ledger_begin how);

/**
 * ledger_start(l, seq, dns):
 * The stream is for us from the packet ${seq} and the DNS record ${dns} on;
 * what comes with a smaller number is not.
 */
void ledger_start(struct ledger *l, uint64_t seq, uint64_t dns);

/**
 * ledger_skip(l, o, next):
 * The observations up to the one of the kind of ${o} before the number
 * ${next} were left out because nobody wants them: they are not missing.
 */
void ledger_skip(struct ledger *l, const struct obs *o, uint64_t next);

/**
 * ledger_place(l, ret_p):
 * Set ${ret_p} to how far ${l} is; its id is set to 0.
 */
void ledger_place(const struct ledger *l, struct position *ret_p);

/**
 * ledger_restore(l, p):
 * Let ${l} be as far as ${p}; ledger_stream should follow.
 */
void ledger_restore(struct ledger *l, const struct position *p);

/**
 * ledger_packets(l, first, n):
 * Account for ${n} packets numbered from ${first}.  Returns how many of them,
 * from the front, are repetitions: they must not be passed on.
 */
size_t ledger_packets(struct ledger *l, uint64_t first, size_t n);

/**
 * ledger_host(l, first, o):
 * Account for the host observation ${o} that came before packet ${first}.
 * Returns false when it is a repetition.
 */
bool ledger_host(struct ledger *l, uint64_t first, const struct obs *o);

/**
 * ledger_dns(l, first, n, time, ret_gap):
 * Account for ${n} DNS records numbered from ${first}, the first one of
 * ${time}.  Returns how many of them, from the front, are repetitions.  Sets
 * ${ret_gap} to the loss before them, to be passed on first; its count is 0
 * when there is none.
 */
size_t ledger_dns(struct ledger *l, uint64_t first, size_t n, wall_t time,
    struct obs *ret_gap);

/**
 * ledger_loss(l, first, o, ret_o):
 * Account for the loss observation ${o} that came before packet ${first}.
 * Returns false when all of it is known, else true with ${ret_o} set to the
 * part that is new.
 */
bool ledger_loss(
    struct ledger *l, uint64_t first, const struct obs *o, struct obs *ret_o);

/**
 * ledger_stats(l, s):
 * Account for the totals that the agent tells.
 */
void ledger_stats(struct ledger *l, const struct ctl_stats *s);

/**
 * ledger_bye(l, next):
 * The stream ended, its next record would have had the number ${next}.
 */
void ledger_bye(struct ledger *l, uint64_t next);

/**
 * ledger_add(sum, c):
 * Add every counter of ${c} to ${sum}.
 */
void ledger_add(struct ledger_counts *sum, const struct ledger_counts *c);

/**
 * ledger_print(c, prefix, all, fp):
 * Print "${prefix}.counter value", one a line; those that are 0 only when
 * ${all} is true, or for "records".
 */
void ledger_print(
    const struct ledger_counts *c, const char *prefix, bool all, FILE *fp);

#endif
