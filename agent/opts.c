/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of pcapper: one row per option. */
#include "agent/opts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/optscheck.h"
#include "agent/version.h"
#include "base/local.h"
#include "base/log.h"
#include "base/net.h"

#define AT(member) offsetof(struct opts, member)

#define PORT       7073
#define PORT_NONE  (-1) /* none was named */

/* clang-format off */
static const struct opt_row opts_rows[] = {
	{ "interface", 'i', OPT_LIST, AT(iface), 0, 0, "IFACE", NULL,
	    "Interface to watch, any, or all; repeatable (eth0)", NULL },
	{ "netns", 0, OPT_LIST, AT(netns), 0, 0, "NODE[,...]", NULL,
	    "Watch other network namespaces: all, NAME, PID; repeatable",
	    NULL },
	{ "mode", 'm', OPT_STR, AT(mode), 0, 0, "MODE", NULL,
	    "src, dst, spoof, none, or a filter (src; none for files)", NULL },
	{ "mac-device", 'r', OPT_STR, AT(mac_iface), 0, 0, "IFACE", NULL,
	    "Interface whose addresses the modes use (the one watched)",
	    NULL },
	{ "read", 'R', OPT_LIST, AT(file), 0, 0, "FILE", NULL,
	    "Read a pcap or pcapng file, - standard input; repeatable", NULL },
	{ "direction", 'Q', OPT_STR, AT(direction), 0, 0, "DIR", "inout",
	    "Packets to record: in, out or inout", NULL },
	{ "buffer", 0, OPT_SIZE, AT(buffer), 64 << 10, 1L << 30, "SIZE", NULL,
	    "Capture ring of each interface (2M; with --netns 512K)", NULL },
	{ "snaplen", 0, OPT_INT, AT(snaplen), 64, 262144, "OCTETS", "192",
	    "Octets of each packet that are looked at", NULL },
	{ "decapsulate", 0, OPT_FLAG, AT(decapsulate), 0, 0, NULL, NULL,
	    "Record the packet inside a tunnel", NULL },
	{ "digest", 0, OPT_FLAG, AT(digest), 0, 0, NULL, NULL,
	    "Give records a digest that tells packets apart", NULL },
	{ "no-promisc", 0, OPT_FLAG, AT(no_promisc), 0, 0, NULL, NULL,
	    "Do not set interfaces to promiscuous mode", NULL },

	{ "dnstap", 0, OPT_LIST, AT(dnstap), 0, 0, "SOCKET", NULL,
	    "Take dnstap at a path or tcp:ADDR:PORT; repeatable", NULL },
	{ "dnstap-file", 0, OPT_LIST, AT(dnstap_file), 0, 0, "FILE", NULL,
	    "Read a dnstap file, - standard input; repeatable", NULL },
	{ "dnstap-mode", 0, OPT_STR, AT(dnstap_mode), 0, 0, "OCTAL", "660",
	    "Mode of the sockets of --dnstap", NULL },
	{ "dnstap-owner", 0, OPT_STR, AT(dnstap_owner), 0, 0, "USER[:GROUP]",
	    NULL, "Owner of the sockets of --dnstap (ours)", NULL },
	{ "dnstap-max", 0, OPT_INT, AT(dnstap_max), 1, 10000, "N", "64",
	    "Resolvers connected at a time", NULL },
	{ "dnstap-frame-max", 0, OPT_SIZE, AT(dnstap_frame_max), 512,
	    64 << 20, "SIZE", "1M", "Longest dnstap frame accepted", NULL },
	{ "dns-old", 0, OPT_FLAG, AT(dns_old), 0, 0, NULL, NULL,
	    "Record the DNS answers that dnstap_agent.py would", NULL },
	{ "dns-dedup", 0, OPT_STR, AT(dns_dedup), 0, 0, "MODE", "client",
	    "What makes DNS answers the same: client, name or off", NULL },
	{ "dns-dedup-seconds", 0, OPT_INT, AT(dns_dedup_seconds), 0, 86400,
	    "N", "1", "Record the same answer once in so long", NULL },

	{ "log", 'f', OPT_STR, AT(log), 0, 0, "FILE", "pcapper.log",
	    "Text log, appended to; - standard output", NULL },
	{ "log-format", 0, OPT_STR, AT(log_format), 0, 0, "FORMAT", "basic",
	    "Fields of a line: basic or extended", NULL },
	{ "log-always", 0, OPT_FLAG, AT(log_always), 0, 0, NULL, NULL,
	    "Write the text log also while no collector is attached", NULL },
	{ "no-log", 0, OPT_FLAG, AT(no_log), 0, 0, NULL, NULL,
	    "Write no text log", NULL },
	{ "write", 'w', OPT_STR, AT(write), 0, 0, "FILE", NULL,
	    "Write the stream to a file, - standard output", NULL },
	{ "dns-log", 0, OPT_STR, AT(dns_log), 0, 0, "FILE", NULL,
	    "Log of DNS answers, appended to; - standard output", NULL },
	{ "rotate-size", 0, OPT_SIZE, AT(rotate.size), 0, 1L << 40, "SIZE",
	    "0", "Begin another log file at this size; 0 never", NULL },
	{ "rotate-every", 0, OPT_INT, AT(rotate.every), 0, 31622400,
	    "SECONDS", "0", "Begin another log file so often; 0 never", NULL },
	{ "rotate-keep", 0, OPT_INT, AT(rotate.keep), 0, 1000000, "N", "0",
	    "Keep so many closed log files; 0 all", NULL },
	{ "rotate-gzip", 0, OPT_FLAG, AT(rotate.gzip), 0, 0, NULL, NULL,
	    "Compress closed log files", NULL },
	{ "keep", 0, OPT_STR, AT(keep), 0, 0, "DIR", NULL,
	    "Copy logs and the file of -w there at the end", NULL },

	{ "dns-json", 0, OPT_STR, AT(dns_json), 0, 0, "ADDR:PORT", NULL,
	    "Send DNS answers there as JSON datagrams; or stdout", NULL },
	{ "dns-json-interface", 0, OPT_STR, AT(dns_json_iface), 0, 0,
	    "ADDR-or-NAME", NULL, "Interface to a multicast group", NULL },
	{ "dns-json-ttl", 0, OPT_INT, AT(dns_json_ttl), 0, 255, "N", "1",
	    "TTL or hop limit to a multicast group", NULL },
	{ "dns-json-loop", 0, OPT_STR, AT(dns_json_loop), 0, 0, "yes|no",
	    "yes", "Whether this host gets what goes to a group", NULL },

	{ "port", 'p', OPT_INT, AT(port), 0, 65535, "PORT", NULL,
	    "TCP port for collectors, 0 a free one (7073)", NULL },
	{ "listen", 0, OPT_LIST, AT(listen), 0, 0, "ADDR", NULL,
	    "Listen at this address (all), or at unix:PATH; or both", NULL },
	{ "listen-mode", 0, OPT_STR, AT(listen_mode), 0, 0, "OCTAL", "600",
	    "Mode of the socket of --listen unix:PATH", NULL },
	{ "no-listen", 0, OPT_FLAG, AT(no_listen), 0, 0, NULL, NULL,
	    "Accept no connections", NULL },
	{ "dial", 0, OPT_LIST, AT(dial), 0, 0, "HOST:PORT", NULL,
	    "Connect to a collector; repeatable", NULL },
	{ "legacy-wait", 0, OPT_INT, AT(legacy_wait), 0, 60000, "MS", "500",
	    "Silence that tells an old collector; 0 serves none", NULL },
	{ "no-legacy", 0, OPT_FLAG, AT(no_legacy), 0, 0, NULL, NULL,
	    "Serve no old collectors", NULL },
	{ "queue", 0, OPT_SIZE, AT(queue), 64 << 10, 1L << 30, "SIZE", "4M",
	    "Most that waits for one collector", NULL },
	{ "spool", 0, OPT_STR, AT(spool), 0, 0, "DIR", NULL,
	    "Keep what is not acknowledged in DIR, over restarts", NULL },
	{ "spool-size", 0, OPT_SIZE, AT(spool_size), 0, 1L << 40, "SIZE", "0",
	    "Most that is kept; 0: as --queue, with --spool 128M", NULL },
	{ "spool-time", 0, OPT_INT, AT(spool_time), 0, 604800, "SECONDS",
	    "3600", "Keep it for a collector that went away for so long",
	    NULL },
	{ "max-collectors", 0, OPT_INT, AT(max_collectors), 1, 10000, "N",
	    "32", "Connections served at a time", NULL },
	{ "max-per-address", 0, OPT_INT, AT(max_per_address), 0, 10000, "N",
	    "16", "The same of one address, 0 any number", NULL },
	{ "wait-collectors", 0, OPT_INT, AT(wait_collectors), 0, 10000, "N",
	    "0", "Read files only once so many are attached", NULL },
	{ "level", 0, OPT_INT, AT(level), 1, 9, "LEVEL", "6",
	    "Compression level of the stream", NULL },
	{ "node", 0, OPT_STR, AT(node), 0, 0, "NAME", NULL,
	    "Name told to collectors ($NODE_NAME)", NULL },

	{ "allow", 0, OPT_LIST, AT(allow), 0, 0, "NETWORK", NULL,
	    "Accept connections only from there; repeatable", NULL },
	{ "tls-cert", 0, OPT_STR, AT(tls.cert), 0, 0, "FILE", NULL,
	    "Certificate of this agent, PEM: use TLS", NULL },
	{ "tls-key", 0, OPT_STR, AT(tls.key), 0, 0, "FILE", NULL,
	    "Its private key, PEM", NULL },
	{ "tls-ca", 0, OPT_STR, AT(tls.ca), 0, 0, "FILE", NULL,
	    "Who signs the certificates of collectors, PEM", NULL },
	{ "tls-name", 0, OPT_STR, AT(tls.name), 0, 0, "NAME", NULL,
	    "Name in them where --dial connects; none: any (the host)", NULL },
	{ "psk-file", 0, OPT_STR, AT(tls.psk_file), 0, 0, "FILE", NULL,
	    "Pre-shared keys, lines IDENTITY:HEXKEY: use TLS", NULL },
	{ "psk-identity", 0, OPT_STR, AT(tls.psk_identity), 0, 0, "NAME", NULL,
	    "The one that --dial uses (the first)", NULL },
	{ "require-tls", 0, OPT_FLAG, AT(require_tls), 0, 0, NULL, NULL,
	    "Turn away collectors that do not use TLS", NULL },

	{ "daemon", 0, OPT_FLAG, AT(daemon), 0, 0, NULL, NULL,
	    "Go into the background, return once capture runs", NULL },
	{ "pidfile", 0, OPT_STR, AT(pidfile), 0, 0, "FILE", NULL,
	    "Write the process number there; one agent at a time", NULL },
	{ "status", 0, OPT_FLAG, AT(status), 0, 0, NULL, NULL,
	    "Print how the agent of --pidfile is doing, and end", NULL },
	{ "doctor", 0, OPT_FLAG, AT(doctor), 0, 0, NULL, NULL,
	    "Tell why packets go missing on this host, and end", NULL },
	{ "watch", 0, OPT_INT, AT(watch), 0, 86400, "SECONDS", "0",
	    "With --doctor: tell what grew in so long; 0 totals", NULL },
	{ "json", 0, OPT_FLAG, AT(json), 0, 0, NULL, NULL,
	    "With --doctor: print JSON", NULL },
	{ "user", 0, OPT_STR, AT(user), 0, 0, "NAME", NULL,
	    "User to become once everything is open (stay)", NULL },
	{ "stats", 0, OPT_INT, AT(stats), 0, 86400, "SECONDS", "0",
	    "Print what takes how long, so often; 0 never", NULL },
	{ "quiet", 'q', OPT_FLAG, AT(quiet), 0, 0, NULL, NULL,
	    "Print warnings and errors only", NULL },
	{ "verbose", 'v', OPT_FLAG, AT(verbose), 0, 0, NULL, NULL,
	    "Print every step of every session", NULL },
	{ "ignored", 's', OPT_FLAG, AT(obsolete), 0, 0, NULL, NULL,
	    "Obsolete, has no effect", NULL },
	{ "version", 'V', OPT_FLAG, AT(version), 0, 0, NULL, NULL,
	    "Print the version and the libraries' versions", NULL },
	{ "help", 'h', OPT_FLAG, AT(help), 0, 0, NULL, NULL,
	    "Print this help", NULL },
};
/* clang-format on */

static const size_t opts_n = sizeof(opts_rows) / sizeof(opts_rows[0]);

static const char *const default_iface[] = { "eth0" };

#define ALL "all" /* interfaces */

/*
 * A ring is made of blocks of 256 KiB.  With one alone, what comes while that
 * is read is lost.
 */
#define BUFFER       (2L << 20)
#define BUFFER_NODES (512L << 10) /* there may be hundreds */

/* Words of an option and what they stand for. */
struct word {
	const char *name;
	int value;
};

static const struct word directions[] = { { "inout", CAP_DIR_INOUT },
	{ "in", CAP_DIR_IN }, { "out", CAP_DIR_OUT }, { NULL, 0 } };

static const struct word yes_no[] = { { "yes", 1 }, { "no", 0 }, { "1", 1 },
	{ "0", 0 }, { NULL, 0 } };

static const struct word formats[] = { { "basic", LINE_BASIC },
	{ "extended", LINE_EXTENDED }, { NULL, 0 } };

/* Set ${ret_value} to that of ${text} in ${w}, or say which words there are. */
static int
find_word(
    int *ret_value, const struct word *w, const char *option, const char *text)
{
	for (; w->name != NULL; w++) {
		if (strcmp(w->name, text) == 0) {
			*ret_value = w->value;
			return 0;
		}
	}
	log_errorx("--%s: unknown word \"%s\"", option, text);
	return -1;
}

static int
read_mode(mode_t *ret_mode, const char *text)
{
	if (local_mode(ret_mode, text) == 0)
		return 0;
	log_errorx("--listen-mode: \"%s\" is not octal, 0 to 777", text);
	return -1;
}

/* In a node of CORE the environment names it. */
static int
name_node(struct opts *o)
{
	const char *name = getenv("NODE_NAME");
	char why[OPT_ERR_MAX];

	if (o->node != NULL || name == NULL ||
	    opt_set(opts_rows, opts_n, o, "node", name, why) == 0)
		return 0;
	log_errorx("NODE_NAME: %s", why);
	return -1;
}

/* Options that exclude or need each other. */
static int
check(const struct opts *o)
{
	const char *why = optscheck(o);

	if (why == NULL)
		return 0;
	log_errorx("%s", why);
	return -1;
}

static void
print_help(void)
{
	printf("usage: pcapper [option ...]\n"
	       "Turn packets into records: a text log, and a stream for "
	       "collectors.\n\n");
	opt_help(opts_rows, opts_n, stdout);
}

enum opts_verdict
opts_parse(struct opts *ret_o, int argc, char **argv)
{
	struct opts *o = ret_o;
	int dir, format, looped;

	*o = (struct opts){ .port = PORT_NONE };
	opt_defaults(opts_rows, opts_n, o);
	const int first = opt_args(opts_rows, opts_n, o, argc, argv);
	if (first < 0)
		return OPTS_BAD;
	if (o->help || o->version) {
		if (o->help) {
			print_help();
		} else {
			version_print(stdout);
		}
		return OPTS_DONE;
	}
	if (first < argc) {
		log_errorx("unexpected operand \"%s\"", argv[first]);
		return OPTS_BAD;
	}
	if (find_word(&dir, directions, "direction", o->direction) < 0 ||
	    find_word(&format, formats, "log-format", o->log_format) < 0 ||
	    find_word(&looped, yes_no, "dns-json-loop", o->dns_json_loop) < 0 ||
	    read_mode(&o->socket_mode, o->listen_mode) < 0 ||
	    name_node(o) < 0 || check(o) < 0)
		return OPTS_BAD;
	o->dir = (enum cap_dir)dir;
	o->format = (enum line_format)format;
	o->dns_json_looped = looped == 1;
	if (o->obsolete)
		log_warnx("option -s is obsolete and has no effect");
	return OPTS_RUN;
}

bool
opts_all(const struct opts *o)
{
	for (size_t i = 0; i < o->iface.n; i++) {
		if (strcmp(o->iface.item[i], ALL) == 0)
			return true;
	}
	return false;
}

bool
opts_live(const struct opts *o)
{
	return o->file.n + o->dnstap_file.n == 0;
}

/* Interfaces of our own network namespace: eth0 when nothing else is wanted. */
static void
set_ifaces(struct cap_conf *c, const struct opts *o)
{
	c->all = opts_all(o);
	if (c->all)
		return;
	c->iface = o->iface.item;
	c->n_ifaces = o->iface.n;
	if (o->iface.n + o->dnstap.n + o->netns.n == 0) {
		c->iface = default_iface;
		c->n_ifaces = 1;
	}
}

static size_t
buffer(const struct opts *o)
{
	if (o->buffer > 0)
		return (size_t)o->buffer;
	return (size_t)(o->netns.n > 0 ? BUFFER_NODES : BUFFER);
}

struct cap_conf
opts_capture(const struct opts *o)
{
	const bool live = opts_live(o);
	struct cap_conf c = { .file = o->file.item,
		.n_files = o->file.n,
		.netns = o->netns.item,
		.n_netns = o->netns.n,
		.buffer = buffer(o),
		.snaplen = (int)o->snaplen,
		.mode = o->mode,
		.mac_iface = o->mac_iface,
		.dir = o->dir,
		.promisc = !o->no_promisc,
		.decapsulate = o->decapsulate,
		.digest = o->digest };

	if (live)
		set_ifaces(&c, o);
	if (c.mode == NULL)
		c.mode = live ? "src" : "none";
	return c;
}

/* A socket alone replaces TCP, unless a port is named. */
struct publisten_conf
opts_listen(const struct opts *o)
{
	struct publisten_conf c = { .tcp = !o->no_listen,
		.port = (uint16_t)(o->port == PORT_NONE ? PORT : o->port),
		.mode = o->socket_mode };

	for (size_t i = 0; i < o->listen.n; i++) {
		if (net_path(o->listen.item[i]) != NULL) {
			c.path = net_path(o->listen.item[i]);
		} else {
			c.addr = o->listen.item[i];
		}
	}
	if (c.path != NULL && c.addr == NULL && o->port == PORT_NONE)
		c.tcp = false;
	return c;
}

size_t
opts_spool_size(const struct opts *o)
{
	if (o->spool_size > 0)
		return (size_t)o->spool_size;
	return (size_t)(o->spool != NULL ? OPTS_SPOOL_DISK : o->queue);
}

struct dnschan_conf
opts_dns_json(const struct opts *o)
{
	return (struct dnschan_conf){ .to = o->dns_json,
		.iface = o->dns_json_iface,
		.ttl = (int)o->dns_json_ttl,
		.loop = o->dns_json_looped };
}

void
opts_done(struct opts *o)
{
	opt_done(opts_rows, opts_n, o);
}
