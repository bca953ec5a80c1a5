/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of pcapper. */
#ifndef AGENT_OPTS_H_
#define AGENT_OPTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/cap.h"
#include "agent/dnschan.h"
#include "agent/publisten.h"
#include "base/opt.h"
#include "base/rotate.h"
#include "base/tlsctx.h"
#include "wire/line.h"

#define OPTS_EXIT_USAGE 2 /* exit status after a mistake on the command line */

struct opts {
	/* what is read */
	struct opt_list iface;
	struct opt_list netns;
	struct opt_list file;
	const char *mode;
	const char *mac_iface;
	const char *direction;
	long buffer;
	long snaplen;
	bool decapsulate;
	bool digest;
	bool no_promisc;

	/* the text log and the stream file */
	const char *log;
	const char *log_format;
	bool log_always;
	bool no_log;
	const char *write;
	const char *dns_log;
	struct rotate rotate; /* of both logs */
	const char *keep;     /* where copies of all files go at the end */

	/* the JSON datagrams of DNS answers */
	const char *dns_json;
	const char *dns_json_iface;
	long dns_json_ttl;
	const char *dns_json_loop;

	/* dnstap */
	struct opt_list dnstap;
	struct opt_list dnstap_file;
	const char *dnstap_mode;
	const char *dnstap_owner;
	long dnstap_max;
	long dnstap_frame_max;
	bool dns_old;
	const char *dns_dedup;
	long dns_dedup_seconds;

	/* collectors */
	struct opt_list listen;
	const char *listen_mode;
	long port;
	bool no_listen;
	struct opt_list dial;
	long legacy_wait;
	bool no_legacy;
	long queue;
	const char *spool;
	long spool_size;
	long spool_time;
	long max_collectors;
	long max_per_address;
	long wait_collectors;
	long level;
	const char *node;
	struct tlsctx_conf tls;
	bool require_tls;
	struct opt_list allow;

	/* the process */
	bool daemon;
	const char *pidfile;
	bool status;
	bool doctor;
	long watch;
	bool json;
	const char *user;
	long stats;
	bool quiet;
	bool verbose;
	bool obsolete;
	bool help;
	bool version;

	/* what opts_parse made of the above */
	mode_t socket_mode;
	enum cap_dir dir;
	enum line_format format;
	bool dns_json_looped;
};

#define OPTS_SPOOL_DISK (128L << 20) /* --spool-size, with --spool */

enum opts_verdict {
	OPTS_RUN,  /* go on */
	OPTS_DONE, /* help or version was printed: exit 0 */
	OPTS_BAD   /* a message was printed: exit OPTS_EXIT_USAGE */
};

/**
 * opts_parse(ret_o, argc, argv):
 * Read the command line.  Call opts_done(ret_o) whatever the verdict is.
 */
enum opts_verdict opts_parse(struct opts *ret_o, int argc, char **argv);

/**
 * opts_live(o):
 * Return whether interfaces or sockets are watched, and not files read.
 */
bool opts_live(const struct opts *o);

/**
 * opts_all(o):
 * Return whether "-i all" follows the interfaces: nothing is left to name.
 */
bool opts_all(const struct opts *o);

/**
 * opts_capture(o):
 * Return the part of ${o} that capture needs; it borrows from ${o}.
 */
struct cap_conf opts_capture(const struct opts *o);

/**
 * opts_listen(o):
 * Return where collectors may connect; it borrows from ${o}.
 */
struct publisten_conf opts_listen(const struct opts *o);

/**
 * opts_spool_size(o):
 * Return how many octets are kept until collectors have acknowledged them.
 */
size_t opts_spool_size(const struct opts *o);

/**
 * opts_dns_json(o):
 * Return the part of ${o} that the JSON datagrams need; it borrows from ${o}.
 */
struct dnschan_conf opts_dns_json(const struct opts *o);

void opts_done(struct opts *o);

#endif
