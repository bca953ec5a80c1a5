/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of capture-fwd: one row per option. */
#include "agent/fwdopts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fwdargs.h"
#include "agent/fwdencap.h"
#include "agent/fwdfrag.h"
#include "base/log.h"
#include "base/opt.h"

#define HELP_COLUMN 22
#define SNAPLEN     65536
#define TEXT_OF(n)  #n
#define TEXT(n)     TEXT_OF(n)
#define SRC_MAC     "0C:55:21:83:13:6D"
#define DST_MAC     "0C:55:21:83:13:6E"
#define RATE_MAX    1e9 /* packets/s */
#define AT(member)  offsetof(struct fwdopts, member)

static const char *
set_vni(void *settings, const char *value)
{
	struct fwdopts *o = settings;
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(value, &end, 0);
	if (value[0] < '0' || value[0] > '9' || *end != '\0')
		return "is no number";
	if (errno != 0 || v > FWDENCAP_VNI_MAX)
		return "is out of range (0 to 16777215)";
	o->vni = (uint32_t)v;
	return NULL;
}

/* Six numbers of one or two hexadecimal digits, with colons between. */
static const char *
read_mac(uint8_t ret[static 6], const char *value)
{
	uint8_t mac[6];

	for (int i = 0; i < 6; i++) {
		const size_t n = strspn(value, "0123456789abcdefABCDEF");

		if (n < 1 || n > 2 || value[n] != (i < 5 ? ':' : '\0'))
			return "is no MAC address";
		mac[i] = (uint8_t)strtoul(value, NULL, 16);
		value += n + 1;
	}
	memcpy(ret, mac, sizeof(mac));
	return NULL;
}

static const char *
set_src_mac(void *settings, const char *value)
{
	return read_mac(((struct fwdopts *)settings)->src_mac, value);
}

static const char *
set_dst_mac(void *settings, const char *value)
{
	return read_mac(((struct fwdopts *)settings)->dst_mac, value);
}

static const char *
set_delay(void *settings, const char *value)
{
	struct fwdopts *o = settings;

	return fwdargs_duration(&o->delay, value) == 0
		   ? NULL
		   : "is no duration such as 1ms, 10us or 1.5s";
}

static const char *
set_rate(void *settings, const char *value)
{
	struct fwdopts *o = settings;
	char *end;
	double v = strtod(value, &end);

	if (end == value || *end != '\0' || !isfinite(v))
		return "is no number";
	if (v < 0 || v > RATE_MAX)
		return "is out of range (0 to 1000000000)";
	o->rate = v;
	return NULL;
}

/* clang-format off */
static const struct opt_row rows[] = {
	{ "i", 0, OPT_STR, AT(iface), 0, 0, "IF", NULL,
	    "Take the packets of this interface, or any", NULL },
	{ "r", 0, OPT_STR, AT(read), 0, 0, "FILE", NULL,
	    "Take those of a pcap or pcapng file, - standard input", NULL },
	{ "w", 0, OPT_STR, AT(write), 0, 0, "FILE", NULL,
	    "Write to a pcap file, - standard output; send nothing", NULL },
	{ "s", 0, OPT_INT, AT(snaplen), 1, 262144, "N", TEXT(SNAPLEN),
	    "Octets of each packet of -i", NULL },
	{ "promisc", 0, OPT_FLAG, AT(promisc), 0, 0, "BOOL", "true",
	    "Set the interface to promiscuous mode", NULL },
	{ "buffer", 0, OPT_SIZE, AT(buffer), 1 << 20, 1L << 30, "SIZE", "32M",
	    "Capture ring of the interface", NULL },

	{ "encap", 0, OPT_STR, AT(encap), 0, 0, "KIND", "vxlan",
	    "vxlan or geneve", NULL },
	{ "vni", 0, OPT_CALL, 0, 0, 0, "N", "4242",
	    "Virtual network identifier, 24 bits", set_vni },
	{ "destIp", 0, OPT_STR, AT(dest_ip), 0, 0, "ADDR", "127.0.0.1",
	    "Where the monitor is: IPv4, IPv6 or a name", NULL },
	{ "destPort", 0, OPT_INT, AT(dest_port), 0, 65535, "PORT", "0",
	    "Its UDP port; 0: 4789 for vxlan, 6081 for geneve", NULL },
	{ "srcIp", 0, OPT_STR, AT(src_ip), 0, 0, "ADDR", NULL,
	    "With -w: outer source (127.0.0.1 or ::1)", NULL },
	{ "srcMac", 0, OPT_CALL, 0, 0, 0, "MAC", SRC_MAC,
	    "With -w: outer source", set_src_mac },
	{ "destMac", 0, OPT_CALL, 0, 0, 0, "MAC", DST_MAC,
	    "With -w: outer destination", set_dst_mac },
	{ "dltRaw", 0, OPT_FLAG, AT(dlt_raw), 0, 0, "BOOL", "false",
	    "With -w: no outer Ethernet header", NULL },
	{ "mtu", 0, OPT_INT, AT(mtu), 0, 65535, "N", "0",
	    "Longest outer IP packet; 0: as the path allows", NULL },
	{ "oversize", 0, OPT_STR, AT(oversize), 0, 0, "HOW", "fragment",
	    "What becomes of longer ones: fragment or drop", NULL },

	{ "delay", 0, OPT_CALL, 0, 0, 0, "DUR", "0",
	    "With -r: fixed gap between packets, 0: their own", set_delay },
	{ "p", 0, OPT_CALL, 0, 0, 0, "RATE", "0",
	    "With -r: packets a second", set_rate },
	{ "fullSpeed", 0, OPT_FLAG, AT(full_speed), 0, 0, "BOOL", "false",
	    "With -r: no gaps", NULL },

	{ "user", 0, OPT_STR, AT(user), 0, 0, "NAME", NULL,
	    "Become this user once everything is open", NULL },
	{ "debug", 0, OPT_FLAG, AT(debug), 0, 0, "BOOL", "false",
	    "Say what is opened and how", NULL },
	{ "V", 0, OPT_FLAG, AT(version), 0, 0, NULL, NULL,
	    "Print the version", NULL },
	{ "h", 0, OPT_FLAG, AT(help), 0, 0, NULL, NULL,
	    "Print this help", NULL },
	{ "help", 0, OPT_FLAG, AT(help), 0, 0, NULL, NULL,
	    "Print this help", NULL },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
print_help(void)
{
	printf("usage: capture-fwd -i IF | -r FILE [option ...] [filter ...]\n"
	       "Mirror packets in VXLAN or GENEVE to a monitor, or to a "
	       "file.\n\n");
	for (size_t i = 0; i < ROWS; i++) {
		const struct opt_row *r = &rows[i];
		int w = printf("  -%s", r->name);

		if (r->arg != NULL) {
			w +=
			    printf(r->type == OPT_FLAG ? "=%s" : " %s", r->arg);
		}
		printf("%*s%s", w < HELP_COLUMN ? HELP_COLUMN - w : 1, "",
		    r->help);
		if (r->def != NULL)
			printf(" (%s)", r->def);
		printf("\n");
	}
}

/* Set the option that was just read. */
static int
take(struct fwdopts *o, struct fwdargs *a)
{
	const struct opt_row *row = opt_find(rows, ROWS, a->name);
	const char *value = a->value;
	char err[OPT_ERR_MAX];
	bool yes;

	if (row == NULL) {
		log_errorx("there is no option -%s", a->name);
		return -1;
	}
	if (row->type == OPT_FLAG && value != NULL) {
		if (fwdargs_bool(&yes, value) < 0) {
			log_errorx(
			    "option -%s: \"%s\" is neither true nor false",
			    a->name, value);
			return -1;
		}
		value = yes ? "true" : "false";
	}
	if (row->type != OPT_FLAG && (value = fwdargs_value(a)) == NULL) {
		log_errorx("option -%s needs a value", a->name);
		return -1;
	}
	if (opt_set(rows, ROWS, o, a->name, value, err) != 0) {
		log_errorx("option -%s", err);
		return -1;
	}
	return 0;
}

/* The rest of the words is the filter, with blanks between them. */
static char *
join(char **word, int n)
{
	size_t len = 1;
	char *text;
	char *p;

	for (int i = 0; i < n; i++)
		len += strlen(word[i]) + 1;
	if ((p = text = calloc(1, len)) == NULL)
		return NULL;
	for (int i = 0; i < n; i++) {
		if (i > 0)
			*p++ = ' ';
		p = stpcpy(p, word[i]);
	}
	return text;
}

/* Which of two words it is; -1 for neither. */
static int
choose(bool *ret, const char *text, const char *no, const char *yes)
{
	*ret = strcmp(text, yes) == 0;
	return *ret || strcmp(text, no) == 0 ? 0 : -1;
}

static bool
is_mac(const uint8_t mac[static 6], const char *text)
{
	uint8_t other[6];

	return read_mac(other, text) == NULL &&
	       memcmp(mac, other, sizeof(other)) == 0;
}

/* What is of no use here: not an error, as scripts have it. */
static void
warn(const struct fwdopts *o)
{
	const bool paced = o->delay > 0 || o->rate > 0 || o->full_speed;

	if (o->read == NULL && paced)
		log_warnx("-delay, -p and -fullSpeed are for -r: ignored");
	if (o->read != NULL && o->write != NULL && paced && !o->full_speed)
		log_warnx("-w is without gaps: -delay and -p are ignored");
	if (o->read != NULL && (o->snaplen != SNAPLEN || !o->promisc))
		log_warnx("-s and -promisc are for -i: ignored");
	if (o->write == NULL && (o->dlt_raw || o->src_ip != NULL))
		log_warnx("-srcIp and -dltRaw are for -w: ignored");
	if (o->write == NULL &&
	    !(is_mac(o->src_mac, SRC_MAC) && is_mac(o->dst_mac, DST_MAC)))
		log_warnx("-srcMac and -destMac are for -w: ignored");
	if (o->read != NULL && o->iface != NULL)
		log_warnx("-r wins over -i");
}

static const char *
check(struct fwdopts *o)
{
	if (o->iface == NULL && o->read == NULL)
		return "one of -i and -r is needed";
	if (choose(&o->geneve, o->encap, "vxlan", "geneve") < 0)
		return "-encap is vxlan or geneve";
	if (choose(&o->drop_oversize, o->oversize, "fragment", "drop") < 0)
		return "-oversize is fragment or drop";
	if (o->delay > 0 && o->rate > 0)
		return "-delay and -p exclude each other";
	if (o->full_speed && (o->delay > 0 || o->rate > 0))
		return "-fullSpeed excludes -delay and -p";
	if (o->mtu > 0 && o->mtu < FWDFRAG_MTU_MIN)
		return "-mtu is 576 at least, or 0";
	if (o->dest_port == 0) {
		o->dest_port =
		    o->geneve ? FWDENCAP_GENEVE_PORT : FWDENCAP_VXLAN_PORT;
	}
	return NULL;
}

enum fwdopts_verdict
fwdopts_parse(struct fwdopts *ret_o, int argc, char **argv)
{
	struct fwdargs a = { .argv = argv, .argc = argc, .at = 1 };
	enum fwdargs_verdict v;
	const char *why;

	*ret_o = (struct fwdopts){ 0 };
	opt_defaults(rows, ROWS, ret_o);
	while ((v = fwdargs_next(&a)) == FWDARGS_OPTION) {
		if (take(ret_o, &a) < 0)
			return FWDOPTS_BAD;
	}
	if (v == FWDARGS_BAD) {
		log_errorx("\"%s\" is no option", argv[a.at - 1]);
		return FWDOPTS_BAD;
	}
	if (ret_o->help)
		print_help();
	if (ret_o->help || ret_o->version)
		return FWDOPTS_DONE;
	if ((ret_o->filter = join(argv + a.at, argc - a.at)) == NULL) {
		log_error("command line");
		return FWDOPTS_BAD;
	}
	if ((why = check(ret_o)) != NULL) {
		log_errorx("%s", why);
		return FWDOPTS_BAD;
	}
	warn(ret_o);
	return FWDOPTS_RUN;
}

void
fwdopts_done(struct fwdopts *o)
{
	opt_done(rows, ROWS, o);
	free(o->filter);
	o->filter = NULL;
}
