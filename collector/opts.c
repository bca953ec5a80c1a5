/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of recollect. */
#include "collector/opts.h"

#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jail.h"
#include "base/log.h"
#include "collector/replayopts.h"

#define OPT(long_name, letter_, type_, member, ...)                        \
	{                                                                  \
		.name = (long_name), .letter = (letter_), .type = (type_), \
		.offset = offsetof(struct opts, member), __VA_ARGS__       \
	}

static const struct opt_row opts_rows[] = {
	OPT("config", 'c', OPT_STR, conf, .arg = "FILE",
	    .help = "Read agents and settings from FILE"),
	OPT("output", 'o', OPT_LIST, output, .arg = "SPEC",
	    .help = "Write to out, text[:PATH], csv[:PATH], json[:PATH], "
		    "dns[:PATH], flows:FORM[:PATH], mgen:FORM[:PATH], "
		    "mgenlog:DIR, hops:FORM[:PATH], redis or none"),
	OPT("mgen-log", 0, OPT_STR, mgen_log, .arg = "DIR",
	    .help = "Write MGEN's own log of each node there, NODE.drc"),
	OPT("read", 'R', OPT_LIST, read, .arg = "FILE",
	    .help = "Read a stored stream or text log in place of agents"),
	OPT("agent", 0, OPT_LIST, agent, .arg = "HOST[:PORT]",
	    .help = "Dial this agent too; or unix:PATH"),
	OPT("core", 0, OPT_STR, core, .arg = "SESSION",
	    .help = "Dial every agent of this session of CORE, a number or "
		    "directory"),
	OPT("listen", 0, OPT_LIST, listen, .arg = "[ADDR]:PORT",
	    .help = "Accept agents that dial"),
	OPT("once", 0, OPT_FLAG, once,
	    .help = "End when every agent has ended"),
	OPT("latency", 0, OPT_INT, latency_ms, .arg = "MS", .min = 10,
	    .max = 60000, .def = "1000",
	    .help = "Longest time a record may wait in an agent"),
	OPT("tick", 0, OPT_STR, tick, .arg = "UNIT", .def = "us",
	    .help = "Precision of times: ns, us or ms"),
	OPT("block", 0, OPT_INT, block, .arg = "N", .min = 1, .max = 8192,
	    .def = "512", .help = "Most records in a block"),
	OPT("fields", 0, OPT_STR, fields, .arg = "LIST", .def = "default",
	    .help = "Optional fields to ask for, separated by commas"),
	OPT("digest-range", 0, OPT_INT, digest_range, .arg = "N", .min = 0,
	    .max = 1000000, .def = "0",
	    .help = "Ask for the digests of one packet in N"),
	OPT("no-legacy", 0, OPT_FLAG, no_legacy,
	    .help = "Refuse agents that send old records"),
	OPT("apply-clock", 0, OPT_FLAG, apply_clock,
	    .help = "Put the times of records right, as far as clocks are "
		    "known"),
	OPT("allow", 0, OPT_LIST, allow, .arg = "NETWORK",
	    .help = "Accept agents only from there"),
	OPT("tls-cert", 0, OPT_STR, tls.cert, .arg = "FILE",
	    .help = "Certificate of the collector, PEM: use TLS"),
	OPT("tls-key", 0, OPT_STR, tls.key, .arg = "FILE",
	    .help = "Its private key, PEM"),
	OPT("tls-ca", 0, OPT_STR, tls.ca, .arg = "FILE",
	    .help = "Who signs the certificates of agents, PEM"),
	OPT("tls-name", 0, OPT_STR, tls.name, .arg = "NAME",
	    .help = "Name in them where we dial; none: any (the host)"),
	OPT("psk-file", 0, OPT_STR, tls.psk_file, .arg = "FILE",
	    .help = "Pre-shared keys, lines IDENTITY:HEXKEY: use TLS"),
	OPT("psk-identity", 0, OPT_STR, tls.psk_identity, .arg = "NAME",
	    .help = "The one that is used where we dial (the first)"),
	OPT("require-tls", 0, OPT_FLAG, require_tls,
	    .help = "Turn away agents that do not use TLS"),
	OPT("stats", 0, OPT_INT, stats, .arg = "SECONDS", .min = 0,
	    .max = 86400, .def = "0",
	    .help = "Print what takes how long, so often"),
	OPT("summary", 0, OPT_FLAG, summary,
	    .help = "At the end, print a table of nodes and traffic"),
	OPT("state", 0, OPT_STR, state, .arg = "DIR",
	    .help = "Remember there what the outputs have"),
	OPT("user", 0, OPT_STR, user, .arg = "NAME",
	    .help = "User to become once everything is open (stay)"),
	OPT("print", 'n', OPT_FLAG, print,
	    .help = "Print the effective configuration and exit"),
	OPT("verbose", 'v', OPT_FLAG, verbose,
	    .help = "Also tell what goes well"),
	OPT("version", 'V', OPT_FLAG, version,
	    .help = "Print the versions and exit"),
	OPT("help", 'h', OPT_FLAG, help, .help = "Print this and exit"),
};
static const size_t opts_n_rows = sizeof(opts_rows) / sizeof(opts_rows[0]);

struct name {
	const char *name;
	uint32_t value;
};

static const struct name ticks[] = { { "ns", 0 }, { "us", 3 }, { "ms", 6 } };

static const struct name fields[] = {
	{ "default", HELLO_FIELD_DEFAULT },
	{ "all", HELLO_FIELD_ALL },
	{ "none", 0 },
	{ "tcp-flags", HELLO_FIELD_TCP_FLAGS },
	{ "ttl", HELLO_FIELD_TTL },
	{ "tos", HELLO_FIELD_TOS },
	{ "vlan", HELLO_FIELD_VLAN },
	{ "iface", HELLO_FIELD_IFACE },
	{ "role", HELLO_FIELD_ROLE },
	{ "frag", HELLO_FIELD_FRAG },
	{ "icmp", HELLO_FIELD_ICMP },
	{ "quote", HELLO_FIELD_QUOTE },
	{ "mgen", HELLO_FIELD_MSG },
	{ "digest", HELLO_FIELD_DIGEST },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Find the name that the ${len} octets at ${text} spell, NULL if none. */
static const struct name *
find(const struct name *names, size_t n, const char *text, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, text, len) == 0)
			return &names[i];
	}
	return NULL;
}

static int
read_fields(uint32_t *ret_mask, const char *text)
{
	uint32_t mask = 0;

	for (;;) {
		const size_t len = strcspn(text, ",");
		const struct name *f = find(fields, COUNT(fields), text, len);

		if (f == NULL) {
			log_errorx(
			    "--fields: unknown field %.*s", (int)len, text);
			return -1;
		}
		mask |= f->value;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	*ret_mask = mask;
	return 0;
}

/* Which options exclude each other. */
static int
check(const struct opts *o)
{
	if (o->read.n == 0 ||
	    (o->agent.n == 0 && o->listen.n == 0 && o->core == NULL &&
		!o->once && !o->apply_clock && o->state == NULL))
		return 0;
	log_errorx("--read takes the place of agents: not with --agent, "
		   "--core, --listen, --once, --apply-clock or --state");
	return -1;
}

static int
parse_live(struct opts *o, int argc, char **argv)
{
	const int at = opt_args(opts_rows, opts_n_rows, o, argc, argv);

	if (at < 0)
		return -1;
	if (at < argc) {
		log_errorx("unexpected argument: %s", argv[at]);
		return -1;
	}
	return check(o);
}

int
opts_parse(struct opts *ret_o, int argc, char **argv)
{
	const bool replay = argc > 1 && strcmp(argv[1], "replay") == 0;

	*ret_o =
	    (struct opts){ .since = { INT64_MIN }, .until = { INT64_MAX } };
	opt_defaults(opts_rows, opts_n_rows, ret_o);
	if ((replay ? replayopts_parse(ret_o, argc - 1, argv + 1)
		    : parse_live(ret_o, argc, argv)) != 0)
		return -1;
	if (ret_o->conf == NULL && access(OPTS_CONF, F_OK) == 0 &&
	    (ret_o->conf = strdup(OPTS_CONF)) == NULL) {
		log_error("%s", OPTS_CONF);
		return -1;
	}
	return 0;
}

/* The host's name, cut so that the id of this collector fits behind it. */
static void
put_node(char dst[static HELLO_NAME_MAX], const char *id)
{
	char host[HELLO_NAME_MAX] = "";
	const size_t len = id == NULL ? 0 : strlen(id) + 1;

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	snprintf(dst, HELLO_NAME_MAX, "%.*s%s%s",
	    (int)(HELLO_NAME_MAX - 1 - len), host, id == NULL ? "" : "#",
	    id == NULL ? "" : id);
}

int
opts_offer(struct hello *ret_h, const struct opts *o, const char *id)
{
	const struct name *tick =
	    find(ticks, COUNT(ticks), o->tick, strlen(o->tick));
	struct hello h;

	hello_default(&h, false);
	h.par.caps = HELLO_CAP_ALL;
	if (tick == NULL) {
		log_errorx("--tick: not ns, us or ms: %s", o->tick);
		return -1;
	}
	if (read_fields(&h.par.fields, o->fields) != 0)
		return -1;
	h.par.tick_exp = (uint8_t)tick->value;
	h.par.latency_ms = (uint16_t)o->latency_ms;
	h.par.block = (uint16_t)o->block;
	put_node(h.node, id);
	*ret_h = h;
	return 0;
}

void
opts_help(FILE *fp)
{
	fprintf(fp, "usage: recollect [options]\n"
		    "       recollect replay [options] FILE...\n");
	opt_help(opts_rows, opts_n_rows, fp);
}

void
opts_version(FILE *fp)
{
	fprintf(fp, "recollect %s, libev %d.%d, %s\n", VERSION,
	    ev_version_major(), ev_version_minor(), jail_version());
}

void
opts_print(const struct opts *o, FILE *fp)
{
	char *text = NULL;
	size_t len;
	FILE *mem = open_memstream(&text, &len);

	if (mem == NULL)
		return;
	opt_print(opts_rows, opts_n_rows, o, mem);
	fclose(mem);
	for (char *p = text; *p != '\0';) {
		const size_t n = strcspn(p, "\n");

		fprintf(fp, "# %.*s\n", (int)n, p);
		p += n + (p[n] == '\n');
	}
	free(text);
}

void
opts_done(struct opts *o)
{
	replayopts_done(o);
	opt_done(opts_rows, opts_n_rows, o);
}
