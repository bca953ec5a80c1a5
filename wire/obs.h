/* SPDX-License-Identifier: BSD-3-Clause */
/* The observation: the one type that crosses every arrow of the design. */
#ifndef WIRE_OBS_H_
#define WIRE_OBS_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/mono.h"

enum obs_kind {
	OBS_PKT,  /* one IP packet */
	OBS_HOST, /* load of the observing host, once a second */
	OBS_LOSS  /* records or packets that are missing, with the reason */
};

/* What a packet was to the host that saw it. */
enum obs_role {
	OBS_ROLE_UNKNOWN = 0,
	OBS_ROLE_ORIGINATED = 1, /* source is one of the host's addresses */
	OBS_ROLE_DELIVERED = 2, /* destination is, or is a group or broadcast */
	OBS_ROLE_FORWARDED = 3, /* neither is, and it crosses the host's MAC */
	OBS_ROLE_OVERHEARD = 4, /* addressed to somebody else's MAC */
	OBS_ROLE_MAX = 4
};

enum obs_frag {
	OBS_FRAG_NONE = 0,  /* a whole packet */
	OBS_FRAG_FIRST = 1, /* fragment with offset 0 */
	OBS_FRAG_LATER = 2, /* fragment with another offset */
	OBS_FRAG_MAX = 2
};

/* Bits of obs_pkt.has: which of the optional members mean something. */
enum {
	OBS_HAS_PORTS =
	    0x01,            /* sport, dport (read, or of the first fragment) */
	OBS_HAS_ICMP = 0x02, /* icmp_type, icmp_code */
	OBS_HAS_MGEN = 0x04, /* mgen_flow: an MGEN message, or a part of one */
	OBS_HAS_MSG = 0x08,  /* mgen_seq, mgen_tx: its header is in here */
	OBS_HAS_QUOTE = 0x10,  /* q: the flow that an ICMP error quotes */
	OBS_HAS_DIGEST = 0x20, /* digest */
	OBS_HAS_ALL = 0x3f
};

/* The flow quoted by an ICMP error: same IP version as the packet. */
struct obs_quote {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint16_t sport, dport;    /* 0 when the quote is too short */
	uint8_t proto;
};

/*
 * One IP packet.  Members that do not apply are 0, so that equal packets are
 * equal octet by octet.  The first part, up to .len, is the flow key.
 */
struct obs_pkt {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint16_t sport, dport;    /* 0 unless OBS_HAS_PORTS */
	uint32_t mgen_flow;       /* 0 unless OBS_HAS_MGEN */
	uint16_t vlan;            /* 0 untagged, else 0x8000 | outer VID */
	uint8_t ipver;            /* 4 or 6 */
	uint8_t proto;            /* after IPv6 extension headers */
	uint8_t icmp_type, icmp_code;
	uint8_t iface; /* index into the stream's list of interfaces */
	uint8_t role;  /* enum obs_role */

	uint32_t len;      /* octets of the IP packet, headers included */
	uint8_t tcp_flags; /* CWR ECE URG ACK PSH RST SYN FIN, RFC 9293 */
	uint8_t ttl;       /* or hop limit */
	uint8_t tos;       /* or traffic class */
	uint8_t frag;      /* enum obs_frag */
	uint8_t has;       /* OBS_HAS_* */
	uint32_t mgen_seq;
	wall_t mgen_tx; /* microseconds at best */
	uint32_t digest;
	struct obs_quote q;
};

/* Which members of an obs_host mean something. */
enum { OBS_HOST_CPU = 0x01, OBS_HOST_MEM = 0x02, OBS_HOST_ALL = 0x03 };

/* Load of the host during the second that ends at the record's time. */
struct obs_host {
	uint8_t has;       /* OBS_HOST_* */
	uint32_t cpu_busy; /* per CPU, clock ticks of 1/100 s, 0..100 */
	uint64_t mem_used; /* KiB: total - free - buffers - caches */
};

/*
 * Why something is missing.  Below OBS_LOSS_UNSEEN the missing things were
 * records and own sequence numbers; from there on they were packets that
 * never became records.
 */
enum obs_loss_reason {
	OBS_LOSS_QUEUE = 1,       /* a collector was slow, its queue full */
	OBS_LOSS_LATE = 2,        /* sent before this collector joined */
	OBS_LOSS_UNENCODABLE = 3, /* the record does not fit the format */
	OBS_LOSS_SPOOL = 4,       /* dropped from the spool */
	OBS_LOSS_UNSEEN = 16,
	OBS_LOSS_KERNEL = 16,    /* capture ring full (ps_drop) */
	OBS_LOSS_INTERFACE = 17, /* interface or driver (ps_ifdrop) */
	OBS_LOSS_MAX = 31
};

struct obs_loss {
	uint32_t reason; /* enum obs_loss_reason, unknown values kept */
	uint64_t first;  /* sequence of the first one, 0 when never numbered */
	uint64_t count;
};

struct obs {
	enum obs_kind kind;
	wall_t time;
	union {
		struct obs_pkt pkt;
		struct obs_host host;
		struct obs_loss loss;
	};
};

#endif
