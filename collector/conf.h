/* SPDX-License-Identifier: BSD-3-Clause */
/* collector.conf: the old lines, and the INI sections after them. */
#ifndef COLLECTOR_CONF_H_
#define COLLECTOR_CONF_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/allow.h"
#include "base/net.h"
#include "base/opt.h"
#include "base/rotate.h"
#include "base/tlsctx.h"
#include "wire/line.h"

#define CONF_PORT       7073  /* of agents, where a host line names none */
#define CONF_LINE_MAX   1024  /* octets of one line */
#define CONF_AGENTS_MAX 65535 /* host lines, and their largest number */

struct class;
struct flowmap;
struct modelnet;
struct modelskip;
struct rotjob;

/* A host line: an agent to dial. */
struct conf_agent {
	unsigned int number; /* 1..CONF_AGENTS_MAX, no two alike */
	struct net_hostport hp;
};

/* How long keys live: what answers say counts too, or not. */
enum conf_expire { CONF_EXPIRE_GRACE, CONF_EXPIRE_TTL };

enum conf_time { CONF_TIME_EPOCH, CONF_TIME_ISO };

struct conf {
	/* the old lines */
	struct conf_agent *agent; /* in the order of the file */
	size_t n_agents;
	struct class *class; /* traffic ids */

	/* [agents] */
	struct opt_list listen; /* net_parse texts: accept agents there */
	long retry_min_ms, retry_max_ms; /* back-off of a dialled agent */
	long agents_max; /* connections at once, dialled and accepted */
	long agents_max_per_address; /* of those that dial in; 0: any */
	long rate_max;      /* records a second from each, 0: any number */
	long digest_range;  /* digests of one packet in so many */
	struct allow allow; /* where agents that dial may be */
	bool apply_clock;   /* put times of records right; of live ones */

	/* [tls] */
	struct tlsctx_conf tls;
	bool require_tls;

	/* [dns] */
	struct opt_list dns_listen; /* ADDR:PORT of JSON datagrams */
	const char *dns_iface;      /* for groups among them */
	long dns_buffer;            /* octets to receive, each */

	/* [output] */
	struct opt_list output; /* what -o takes, used when there is no -o */
	enum line_format text_format;
	bool text_nodes;            /* and the name of the node behind that */
	enum conf_time time_format; /* of csv and json */
	long stats;           /* seconds between lines of the meters, 0: none */
	struct rotate rotate; /* of files */
	struct rotjob *job;   /* for closed ones; NULL: nothing to do */

	/* [state] */
	const char *state_dir; /* NULL: nothing is remembered */
	bool state_fsync;

	/* [redis] */
	const char *redis_server, *redis_socket; /* the socket wins, if set */
	long redis_port, redis_database;
	const char *redis_user, *redis_password, *redis_password_file;
	char *redis_secret;   /* the password, wherever it came from */
	long redis_ttl_grace; /* seconds */
	enum conf_expire redis_expire;
	long redis_pending; /* updates kept while Redis is away */
	long redis_connect_ms, redis_reply_ms; /* time-outs */
	long redis_drain_ms; /* at the end: wait for Redis without progress */

	/* [flows] */
	struct flowmap *flowmap; /* own networks, enumeration, mapping */
	bool suppress_own;       /* [flows] suppress-own-network */
	bool icmp6;              /* [flows] icmpv6 */
	long recent_max;         /* keys remembered at once */
	long idle_s, active_s;   /* timeouts of flow records */
	long flows_max;          /* under way at once */

	/* [hops] */
	long hops_window_ms; /* between the first and last place of a packet */
	long hops_packets;   /* waited for at once */

	/* [correlate] */
	struct modelnet *covered; /* networks that ask covered resolvers only */
	size_t n_covered;
	bool all_resolvers;
	long reorder_ms, reorder_max; /* how late records may be, how many */
	long skew_ms;    /* of clocks, between a lookup and its flow */
	long lag_ms;     /* of dnstap */
	long grace_s;    /* past TTL */
	long lookback_s; /* how long lookups are remembered */
	long names_max, clients_max;

	/* [dns] */
	struct modelskip *skip; /* questions to ignore */
	bool skip_substring;    /* ignore-match = substring */
};

/**
 * conf_read(path):
 * Return the configuration in the file ${path}, or the defaults when ${path}
 * is NULL.  Returns NULL after a message that names file and line.
 */
struct conf *conf_read(const char *path);

/**
 * conf_digest_max(c):
 * Return the largest digest that is asked for.
 */
uint32_t conf_digest_max(const struct conf *c);

/**
 * conf_print(c, fp):
 * Print the effective configuration in a form that conf_read reads, except
 * that passwords are masked.
 */
void conf_print(const struct conf *c, FILE *fp);

/**
 * conf_free(c):
 * Free ${c}; NULL is fine.
 */
void conf_free(struct conf *c);

#endif
