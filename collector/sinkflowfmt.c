/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of flows as text, CSV and JSON. */
#include "collector/sinkflowfmt.h"

#include <string.h>

#include "collector/sinkfmt.h"
#include "wire/dnsname.h"

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

/* A span of time in seconds. */
static void
span(struct sinkrow *w, bool applies, int64_t ns)
{
	if (!applies) {
		sinkrow_none(w);
		return;
	}
	sinkrow_field(w);
	if (ns < 0) {
		*w->p++ = '-';
		ns = -ns;
	}
	w->p = sinkfmt_usec(w->p, (wall_t){ ns });
}

/* ---- names --------------------------------------------------------------- */

/*
 * Octets of a name: printable ones, without blanks.  In text and CSV commas
 * stand between names, so those within one are escaped, as in the DNS log.
 */
static char *
put_octets(char *p, const char *text, size_t len, enum sinkrow_form form)
{
	for (size_t i = 0; i < len; i++) {
		if (form == SINKROW_JSON && (text[i] == '"' || text[i] == '\\'))
			*p++ = '\\';
		if (form == SINKROW_CSV && text[i] == '"')
			*p++ = '"';
		if (form != SINKROW_JSON && text[i] == ',')
			*p++ = '\\';
		*p++ = text[i];
	}
	return p;
}

static void
put_name(struct sinkrow *w, const uint8_t *name)
{
	char text[DNSNAME_TEXT_MAX];
	const char *stop = dnsname_text(text, name);

	w->p = put_octets(w->p, text, (size_t)(stop - text), w->form);
}

/* The question, then all names with commas between, or as an array. */
static void
names(struct sinkrow *w, const struct dnschain *chain)
{
	const char *quote = w->form == SINKROW_TEXT ? "" : "\"";
	const char *between = w->form == SINKROW_JSON ? "\",\"" : ",";
	const uint8_t *name = chain->names;

	sinkrow_field(w);
	w->p = sinkfmt_text(w->p, quote);
	put_name(w, name);
	w->p = sinkfmt_text(w->p, quote);
	sinkrow_field(w);
	w->p = sinkfmt_text(w->p, w->form == SINKROW_JSON ? "[\"" : quote);
	for (unsigned int i = 0; i < chain->n; i++) {
		if (i > 0)
			w->p = sinkfmt_text(w->p, between);
		put_name(w, name);
		name += dnsname_get(name, DNSNAME_MAX);
	}
	w->p = sinkfmt_text(w->p, w->form == SINKROW_JSON ? "\"]" : quote);
}

/* ---- observation points -------------------------------------------------- */

/* A name of somebody else's choice, in one word without '/', ',' and ':'. */
static char *
put_label(char *p, const char *text)
{
	return sinkfmt_label(p, text, SINKFMT_NAME_MAX, "/,:\"\\");
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
points(struct sinkrow *w, const struct flow *f)
{
	char name[LINE_IFNAME_MAX];
	const struct flow_point *at;

	sinkrow_field(w);
	if (w->form == SINKROW_CSV)
		*w->p++ = '"';
	for (at = f->points; at != NULL; at = at->next) {
		if (at != f->points)
			*w->p++ = ',';
		w->p = put_label(w->p, sinksrc_node(at->src, at->iface));
		*w->p++ = '/';
		w->p = put_label(w->p, sinkfmt_iface(name, at->src, at->iface));
		*w->p++ = ':';
		w->p = put_count(w->p, f, at);
	}
	if (w->form == SINKROW_CSV)
		*w->p++ = '"';
}

static void
json_points(struct sinkrow *w, const struct flow *f)
{
	char name[LINE_IFNAME_MAX];
	const struct flow_point *at;
	char *p;

	sinkrow_field(w);
	p = w->p;
	*p++ = '[';
	for (at = f->points; at != NULL; at = at->next) {
		if (at != f->points)
			*p++ = ',';
		p = sinkfmt_text(p, "{\"agent\":");
		p = sinkfmt_json(
		    p, sinksrc_node(at->src, at->iface), SINKFMT_NAME_MAX);
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
counts(struct sinkrow *w, const struct flow *f)
{
	uint64_t bytes;

	sinkrow_num(w, true, flowcache_total(f, f->client, &bytes));
	sinkrow_num(w, true, bytes);
	sinkrow_num(w, true, flowcache_total(f, !f->client, &bytes));
	sinkrow_num(w, true, bytes);
}

static void
verdict(struct sinkrow *w, const struct flow *f)
{
	static const char *const text[] = { "unknown", "none", "own",
		"ambiguous", "expired", "other" };

	sinkrow_word(w, text[f->verdict]);
	sinkrow_num(w, f->verdict == FLOW_AMBIGUOUS, f->names);
	span(w, f->verdict == FLOW_EXPIRED, f->past_ns);
	span(w, f->chain != NULL, f->start.ns - f->lookup.ns);
	if (f->chain != NULL) {
		names(w, f->chain);
	} else {
		sinkrow_skip(w, 2);
	}
}

size_t
sinkflowfmt_line(char *p, enum sinkrow_form form, const struct flow *f,
    enum flow_end why, enum conf_time time_format)
{
	static const char *const end_text[] = { "idle", "closed", "active",
		"forced", "input" };
	const struct flow_key *k = &f->key;
	const bool tcp = k->proto == 6;
	struct sinkrow w = { .p = p,
		.form = form,
		.time_format = time_format,
		.name = field_name };

	sinkrow_time(&w, f->first);
	sinkrow_time(&w, f->last);
	sinkrow_time(&w, f->start);
	sinkrow_num(&w, true, f->part);
	sinkrow_word(&w, end_text[why]);
	sinkrow_num(&w, true, f->key.proto);
	sinkrow_ends(&w, k->ipver, k->addr[f->client], k->port[f->client],
	    k->addr[!f->client], k->port[!f->client]);
	sinkrow_num(&w, f->service != 0, f->service);
	counts(&w, f);
	sinkrow_num(&w, tcp, f->tcp_flags[f->client]);
	sinkrow_num(&w, tcp, f->tcp_flags[!f->client]);
	verdict(&w, f);
	if (form == SINKROW_JSON) {
		json_points(&w, f);
	} else {
		points(&w, f);
	}
	return sinkrow_finish(&w, p);
}
