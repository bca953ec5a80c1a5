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
	OBS_LOSS, /* records or packets that are missing, with the reason */
	OBS_DNS /* one answer to a DNS client, or the state of a dnstap source */
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
 * equal octet by octet.  The first part, up to .role, is the flow key; it has
 * no padding.
 */
struct obs_pkt {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint16_t sport, dport;    /* 0 unless OBS_HAS_PORTS */
	uint32_t mgen_flow;       /* 0 unless OBS_HAS_MGEN */
	uint16_t vlan;            /* 0 untagged, else 0x8000 | outer VID */
	uint16_t iface; /* index into the stream's list of interfaces */
	uint8_t ipver;  /* 4 or 6 */
	uint8_t proto;  /* after IPv6 extension headers */
	uint8_t icmp_type, icmp_code;
	uint8_t role; /* enum obs_role */

	uint8_t tcp_flags; /* CWR ECE URG ACK PSH RST SYN FIN, RFC 9293 */
	uint8_t ttl;       /* or hop limit */
	uint8_t tos;       /* or traffic class */
	uint8_t frag;      /* enum obs_frag */
	uint8_t has;       /* OBS_HAS_* */
	uint32_t len;      /* octets of the IP packet, headers included */
	uint32_t mgen_seq;
	wall_t mgen_tx; /* microseconds at best */
	uint32_t digest;
	struct obs_quote q;
};

/**
 * obs_is_group(ipver, dst):
 * Return whether ${dst}, an address of a packet, is that of a multicast group,
 * or 255.255.255.255.
 */
static inline bool
obs_is_group(uint8_t ipver, const uint8_t dst[static 16])
{
	if (ipver == 6)
		return dst[0] == 0xff;
	return (dst[0] & 0xf0) == 0xe0 ||
	       (dst[0] & dst[1] & dst[2] & dst[3]) == 0xff;
}

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
	OBS_LOSS_DNSTAP = 18, /* dnstap frames that may have held an answer */
	/*
	 * DNS records lost on the way; .first is the DNS number of the first
	 * one.  Readers of a stream make it, it is never sent.
	 */
	OBS_LOSS_DNS_QUEUE = 19,
	OBS_LOSS_MAX = 31
};

struct obs_loss {
	uint32_t reason; /* enum obs_loss_reason, unknown values kept */
	uint64_t first;  /* number of the first one, 0 when never numbered */
	uint64_t count;
};

#define OBS_DNS_NAMES_MAX    64   /* names of a chain, the question included */
#define OBS_DNS_ADDRS_MAX    4096 /* a message of 64 KiB has no more */
#define OBS_DNS_RESOLVER_MAX 64   /* octets of a resolver's name and final 0 */

/* What an obs_dns says. */
enum obs_dns_what {
	OBS_DNS_ANSWER, /* a resolver answered a client */
	OBS_DNS_UP,     /* .conn began: from here on nothing is missed */
	OBS_DNS_DOWN,   /* .conn ended */
	OBS_DNS_ALIVE, /* all connections that are up: all until now was sent */
	OBS_DNS_WHAT_MAX = OBS_DNS_ALIVE
};

/* One address of an answer. */
struct obs_dns_addr {
	uint8_t addr[16]; /* network order; of an A record the first 4 */
	uint32_t ttl;     /* seconds: the least on the way to the address */
};

/*
 * Members that do not apply are 0.  Names have the form of RFC 1035 section
 * 3.1 without compression, ASCII letters in lower case (wire/dnsname.h).
 * What the pointers point to lives as long as the call that hands this on.
 */
struct obs_dns {
	uint8_t what;       /* enum obs_dns_what */
	uint8_t ipver;      /* of the client: 4 or 6; 0 when it is not known */
	uint8_t client[16]; /* network order; IPv4 uses the first 4 */
	uint16_t qtype;     /* 1 A, 28 AAAA */
	uint16_t rcode;     /* with the upper bits of OPT, RFC 6891 */
	uint32_t conn;      /* connection to the agent, from 1 in one run */
	uint16_t n_names, n_addrs;
	/*
	 * The question, then the target of each CNAME on the way to the
	 * addresses, back to back.
	 */
	const uint8_t *names;
	const struct obs_dns_addr *addrs; /* of the type .qtype */
	const char *resolver; /* dnstap identity, printable ASCII; "" none */
};

struct obs {
	enum obs_kind kind;
	wall_t time;
	union {
		struct obs_pkt pkt;
		struct obs_host host;
		struct obs_loss loss;
		struct obs_dns dns;
	};
};

#endif
