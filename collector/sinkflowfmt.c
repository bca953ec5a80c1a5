/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of flows as text, CSV and JSON. */
#include "collector/sinkflowfmt.h"

#include <string.h>

#include "collector/modelnet.h"
#include "collector/sinkfmt.h"
#include "wire/dnsname.h"

/* The three forms have the same fields in the same order. */
enum form { TEXT, CSV, JSON };

static const char *const field_name[] = { "first", "last", "start", "part",
	"end", "proto", "client", "client_port", "server", "server_port",
	"service", "packets_out", "bytes_out", "packets_in", "bytes_in",
	"flags_out", "flags_in", "verdict", "names", "past", "gap", "name",
	"chain", "points" };

const char sinkflowfmt_csv_head[] =
    "first,last,start,part,end,proto,client,client_port,server,server_port,"
    "service,packets_out,bytes_out,packets_in,bytes_in,flags_out,flags_in,"
    "verdict,names,past,gap,name,chain,points\n";

const char sinkflowfmt_text_head[] =
    "# first last start part end proto client client_port server server_port "
    "service packets_out bytes_out packets_in bytes_in flags_out flags_in "
    "verdict names past gap name chain points\n";

struct writer {
	char *p;
	enum form form;
	unsigned int n; /* fields begun */
	enum conf_time time_format;
};

/* Begin the next field.  Text and CSV have every one, JSON what applies. */
static void
field(struct writer *w)
{
	if (w->form == JSON) {
		*w->p++ = w->n == 0 ? '{' : ',';
		*w->p++ = '"';
		w->p = sinkfmt_text(w->p, field_name[w->n]);
		w->p = sinkfmt_text(w->p, "\":");
	} else if (w->n > 0) {
		*w->p++ = w->form == CSV ? ',' : ' ';
	}
	w->n++;
}

static void
no_field(struct writer *w)
{
	if (w->form == JSON) {
		w->n++;
		return;
	}
	field(w);
	if (w->form == TEXT)
		*w->p++ = '-';
}

static void
num(struct writer *w, bool applies, uint64_t v)
{
	if (!applies) {
		no_field(w);
		return;
	}
	field(w);
	w->p = sinkfmt_u64(w->p, v);
}

static void
word(struct writer *w, const char *text)
{
	field(w);
	if (w->form == JSON)
		*w->p++ = '"';
	w->p = sinkfmt_text(w->p, text);
	if (w->form == JSON)
		*w->p++ = '"';
}

static void
when(struct writer *w, wall_t t)
{
	const bool quoted = w->form == JSON && w->time_format == CONF_TIME_ISO;

	field(w);
	if (quoted)
		*w->p++ = '"';
	w->p = sinkfmt_time(w->p, t, w->time_format);
	if (quoted)
		*w->p++ = '"';
}

/* A span of time in seconds. */
static void
span(struct writer *w, bool applies, int64_t ns)
{
	if (!applies) {
		no_field(w);
		return;
	}
	field(w);
	if (ns < 0) {
		*w->p++ = '-';
		ns = -ns;
	}
	w->p = sinkfmt_usec(w->p, (wall_t){ ns });
}

static void
end(struct writer *w, const struct flow *f, unsigned int which)
{
	const bool ports = f->key.port[0] != 0 || f->key.port[1] != 0;
	char addr[MODELNET_ADDR_MAX + 1];

	*sinkfmt_addr(addr, f->key.ipver, f->key.addr[which]) = '\0';
	word(w, addr);
	num(w, ports, f->key.port[which]);
}

/* ---- names --------------------------------------------------------------- */

/*
 * Octets of a name: printable ones, without blanks.  In text and CSV commas
 * stand between names, so those within one are escaped, as in the DNS log.
 */
static char *
put_octets(char *p, const char *text, size_t len, enum form form)
{
	for (size_t i = 0; i < len; i++) {
		if (form == JSON && (text[i] == '"' || text[i] == '\\'))
			*p++ = '\\';
		if (form == CSV && text[i] == '"')
			*p++ = '"';
		if (form != JSON && text[i] == ',')
			*p++ = '\\';
		*p++ = text[i];
	}
	return p;
}

static void
put_name(struct writer *w, const uint8_t *name)
{
	char text[DNSNAME_TEXT_MAX];
	const char *stop = dnsname_text(text, name);

	w->p = put_octets(w->p, text, (size_t)(stop - text), w->form);
}

/* The question, then all names with commas between, or as an array. */
static void
names(struct writer *w, const struct dnschain *chain)
{
	const char *quote = w->form == TEXT ? "" : "\"";
	const char *between = w->form == JSON ? "\",\"" : ",";
	const uint8_t *name = chain->names;

	field(w);
	w->p = sinkfmt_text(w->p, quote);
	put_name(w, name);
	w->p = sinkfmt_text(w->p, quote);
	field(w);
	w->p = sinkfmt_text(w->p, w->form == JSON ? "[\"" : quote);
	for (unsigned int i = 0; i < chain->n; i++) {
		if (i > 0)
			w->p = sinkfmt_text(w->p, between);
		put_name(w, name);
		name += dnsname_get(name, DNSNAME_MAX);
	}
	w->p = sinkfmt_text(w->p, w->form == JSON ? "\"]" : quote);
}

/* ---- observation points -------------------------------------------------- */

/* A name of somebody else's choice, in one word without '/', ',' and ':'. */
static char *
put_label(char *p, const char *text)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < SINKFMT_NAME_MAX && text[i] != '\0'; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c > ' ' && c < 0x7f && strchr("/,:\"\\", c) == NULL) {
			*p++ = (char)c;
			continue;
		}
		p = sinkfmt_text(p, "\\x");
		*p++ = digit[c >> 4];
		*p++ = digit[c & 0xf];
	}
	return p;
}

static char *
put_count(char *p, const struct flow *f, const struct flow_point *at)
{
	p = sinkfmt_u64(p, at->packets[f->client]);
	*p++ = '/';
	return sinkfmt_u64(p, at->packets[!f->client]);
}

/* AGENT/INTERFACE:PACKETS_OUT/PACKETS_IN,... */
static void
points(struct writer *w, const struct flow *f)
{
	char name[LINE_IFNAME_MAX];
	const struct flow_point *at;

	field(w);
	if (w->form == CSV)
		*w->p++ = '"';
	for (at = f->points; at != NULL; at = at->next) {
		if (at != f->points)
			*w->p++ = ',';
		w->p = put_label(w->p, at->src->name);
		*w->p++ = '/';
		w->p = put_label(w->p, sinkfmt_iface(name, at->src, at->iface));
		*w->p++ = ':';
		w->p = put_count(w->p, f, at);
	}
	if (w->form == CSV)
		*w->p++ = '"';
}

static void
json_points(struct writer *w, const struct flow *f)
{
	char name[LINE_IFNAME_MAX];
	const struct flow_point *at;
	char *p;

	field(w);
	p = w->p;
	*p++ = '[';
	for (at = f->points; at != NULL; at = at->next) {
		if (at != f->points)
			*p++ = ',';
		p = sinkfmt_text(p, "{\"agent\":");
		p = sinkfmt_json(p, at->src->name, SINKFMT_NAME_MAX);
		p = sinkfmt_text(p, ",\"iface\":");
		p = sinkfmt_json(p, sinkfmt_iface(name, at->src, at->iface),
		    LINE_IFNAME_MAX);
		p = sinkfmt_text(p, ",\"packets_out\":");
		p = sinkfmt_u64(p, at->packets[f->client]);
		p = sinkfmt_text(p, ",\"bytes_out\":");
		p = sinkfmt_u64(p, at->bytes[f->client]);
		p = sinkfmt_text(p, ",\"packets_in\":");
		p = sinkfmt_u64(p, at->packets[!f->client]);
		p = sinkfmt_text(p, ",\"bytes_in\":");
		p = sinkfmt_u64(p, at->bytes[!f->client]);
		*p++ = '}';
	}
	*p++ = ']';
	w->p = p;
}

/* ---- the record ---------------------------------------------------------- */

static void
counts(struct writer *w, const struct flow *f)
{
	uint64_t bytes;

	num(w, true, flowcache_total(f, f->client, &bytes));
	num(w, true, bytes);
	num(w, true, flowcache_total(f, !f->client, &bytes));
	num(w, true, bytes);
}

static void
verdict(struct writer *w, const struct flow *f)
{
	static const char *const text[] = { "unknown", "none", "own",
		"ambiguous", "expired", "other" };

	word(w, text[f->verdict]);
	num(w, f->verdict == FLOW_AMBIGUOUS, f->names);
	span(w, f->verdict == FLOW_EXPIRED, f->past_ns);
	span(w, f->chain != NULL, f->start.ns - f->lookup.ns);
	if (f->chain != NULL) {
		names(w, f->chain);
	} else {
		no_field(w);
		no_field(w);
	}
}

static size_t
record(char *p, enum form form, const struct flow *f, enum flow_end why,
    enum conf_time time_format)
{
	static const char *const end_text[] = { "idle", "closed", "active",
		"forced", "input" };
	const bool tcp = f->key.proto == 6;
	struct writer w = { .p = p, .form = form, .time_format = time_format };

	when(&w, f->first);
	when(&w, f->last);
	when(&w, f->start);
	num(&w, true, f->part);
	word(&w, end_text[why]);
	num(&w, true, f->key.proto);
	end(&w, f, f->client);
	end(&w, f, !f->client);
	num(&w, f->service != 0, f->service);
	counts(&w, f);
	num(&w, tcp, f->tcp_flags[f->client]);
	num(&w, tcp, f->tcp_flags[!f->client]);
	verdict(&w, f);
	if (form == JSON) {
		json_points(&w, f);
		*w.p++ = '}';
	} else {
		points(&w, f);
	}
	*w.p++ = '\n';
	return (size_t)(w.p - p);
}

size_t
sinkflowfmt_text(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format)
{
	return record(p, TEXT, f, why, time_format);
}

size_t
sinkflowfmt_csv(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format)
{
	return record(p, CSV, f, why, time_format);
}

size_t
sinkflowfmt_json(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format)
{
	return record(p, JSON, f, why, time_format);
}
