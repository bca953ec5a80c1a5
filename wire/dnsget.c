/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks to DNS records: the inverse of dnsrec, for hostile input. */
#include "wire/dnsget.h"

#include <string.h>

#define LABELS_MAX 127 /* of a name */

int
dnsget_open(struct dnsget *g, const struct dnsget_in *in)
{
	struct rd r = rd_init(in->body, in->len);
	uint64_t len[DNSREC_COLS];
	int64_t q = in->base.ns / in->tick;

	q -= in->base.ns % in->tick < 0 && q > INT64_MIN / in->tick;
	g->tick = in->tick;
	g->last = (uint64_t)q;
	g->left = in->count;
	g->n_names = 1;
	g->n_clients = g->n_resolvers = 0;
	memset(g->source, 0, sizeof(g->source));
	for (unsigned int c = 0; c + 1 < DNSREC_COLS; c++)
		len[c] = rd_var(&r);
	for (unsigned int c = 0; c + 1 < DNSREC_COLS; c++) {
		const uint8_t *p = rd_take(&r, len[c]);

		if (r.bad)
			return -1;
		g->col[c] = rd_init(p, len[c]);
	}
	g->col[DNSREC_COLS - 1] = r;
	return 0;
}

/* A varint of column ${c} that must not be over ${max}. */
static uint64_t
get_var(struct dnsget *g, enum dnsrec_col c, uint64_t max)
{
	const uint64_t v = rd_var(&g->col[c]);

	if (v <= max)
		return v;
	g->col[c].bad = true;
	return 0;
}

/* The next string of the text, from its length on; NULL when there is none. */
static const uint8_t *
get_string(struct dnsget *g, unsigned int max)
{
	struct rd *r = &g->col[DNSREC_TEXT];
	const uint8_t *p = r->p;
	const unsigned int len = rd_u8(r);

	if (len == 0 || len > max)
		r->bad = true;
	rd_skip(r, len);
	return r->bad ? NULL : p;
}

/*
 * A string by reference: one of the ${n} in ${tab}, or a new one.  Returns
 * NULL for none; what is wrong marks a column.
 */
static const uint8_t *
get_ref(
    struct dnsget *g, const uint8_t **tab, unsigned int *n, unsigned int max)
{
	const uint64_t ref =
	    get_var(g, DNSREC_WHO, DNSREC_REF + (uint64_t)*n - 1);
	const uint8_t *s;

	if (ref == DNSREC_REF_NONE)
		return NULL;
	if (ref >= DNSREC_REF)
		return tab[ref - DNSREC_REF];
	s = get_string(g, OBS_DNS_RESOLVER_MAX - 1);
	if (s != NULL && *n < max)
		tab[(*n)++] = s;
	return s;
}

static int
get_client(struct dnsget *g, struct obs_dns *d)
{
	const uint8_t *s =
	    get_ref(g, g->client, &g->n_clients, DNSREC_CLIENTS_MAX);

	if (s == NULL)
		return 0;
	if (s[0] != 4 && s[0] != 16)
		return -1;
	d->ipver = s[0] == 4 ? 4 : 6;
	memcpy(d->client, s + 1, s[0]);
	return 0;
}

static int
get_source(struct dnsget *g, struct dnsget_source *ret_s)
{
	const uint8_t *s;

	ret_s->conn = (uint32_t)get_var(g, DNSREC_WHO, UINT32_MAX);
	memset(ret_s->resolver, 0, sizeof(ret_s->resolver));
	s = get_ref(g, g->resolver, &g->n_resolvers, DNSREC_RESOLVERS_MAX);
	if (s == NULL)
		return 0;
	for (unsigned int i = 1; i <= s[0]; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e)
			return -1;
	}
	memcpy(ret_s->resolver, s + 1, s[0]);
	return 0;
}

/* The labels of a name's own, numbered from the last one on. */
static int
get_labels(struct dnsget *g, unsigned int n, unsigned int rest)
{
	const uint8_t *label[LABELS_MAX];

	for (unsigned int i = 0; i < n; i++) {
		label[i] = get_string(g, DNSNAME_LABEL);
		if (label[i] == NULL)
			return -1;
		for (unsigned int k = 1; k <= label[i][0]; k++) {
			if (label[i][k] >= 'A' && label[i][k] <= 'Z')
				return -1;
		}
	}
	while (n-- > 0 && g->n_names < DNSREC_NAMES_MAX) {
		g->name[g->n_names] = (struct dnsget_name){ label[n], rest };
		rest = g->n_names++;
	}
	return 0;
}

/* Write a name to ${dst}.  Returns its octets, 0 when it is wrong. */
static size_t
get_name(struct dnsget *g, uint8_t dst[static DNSNAME_MAX])
{
	const uint8_t *own = g->col[DNSREC_TEXT].p;
	const unsigned int n =
	    (unsigned int)get_var(g, DNSREC_NAME, LABELS_MAX);
	unsigned int rest =
	    (unsigned int)get_var(g, DNSREC_NAME, g->n_names - 1);
	size_t at;

	if (g->col[DNSREC_NAME].bad || get_labels(g, n, rest) != 0)
		return 0;
	at = (size_t)(g->col[DNSREC_TEXT].p - own);
	if (at >= DNSNAME_MAX)
		return 0;
	if (at > 0)
		memcpy(dst, own, at);
	for (; rest != 0; rest = g->name[rest].rest) {
		const uint8_t *label = g->name[rest].label;

		if (at + label[0] + 1 >= DNSNAME_MAX)
			return 0;
		memcpy(dst + at, label, label[0] + 1u);
		at += label[0] + 1u;
	}
	dst[at++] = 0;
	return at;
}

static int
get_addrs(struct dnsget *g, unsigned int head, unsigned int n)
{
	const unsigned int size = head & DNSREC_AAAA ? 16 : 4;
	uint32_t ttl = 0;

	if (n > 0 && (head & DNSREC_OTHER))
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		const uint8_t *p = rd_take(&g->col[DNSREC_ADDR], size);

		if (p == NULL)
			return -1;
		if (i == 0 || (head & DNSREC_TTLS))
			ttl = (uint32_t)get_var(g, DNSREC_TTL, UINT32_MAX);
		g->addr[i] = (struct obs_dns_addr){ .ttl = ttl };
		memcpy(g->addr[i].addr, p, size);
	}
	return n < 2 && (head & DNSREC_TTLS) ? -1 : 0;
}

static int
get_answer(struct dnsget *g, unsigned int head, struct obs_dns *d)
{
	size_t at = 0;

	d->n_names = (uint16_t)get_var(g, DNSREC_NUM, OBS_DNS_NAMES_MAX);
	d->n_addrs = (uint16_t)get_var(g, DNSREC_NUM, OBS_DNS_ADDRS_MAX);
	if (d->n_names == 0 || get_client(g, d) != 0)
		return -1;
	if (head & DNSREC_OTHER) {
		d->qtype = (uint16_t)get_var(g, DNSREC_WHO, UINT16_MAX);
	} else {
		d->qtype = head & DNSREC_AAAA ? 28 : 1;
	}
	if (head & DNSREC_RCODE)
		d->rcode = (uint16_t)get_var(g, DNSREC_WHO, UINT16_MAX);
	for (unsigned int i = 0; i < d->n_names; i++) {
		const size_t n = get_name(g, g->names + at);

		if (n == 0)
			return -1;
		at += n;
	}
	d->names = g->names;
	d->addrs = g->addr;
	return get_addrs(g, head, d->n_addrs);
}

static int
get_time(struct dnsget *g, wall_t *ret_t)
{
	int64_t at;

	g->last += (uint64_t)unzigzag(rd_var(&g->col[DNSREC_TIME]));
	at = (int64_t)g->last;
	if (at > INT64_MAX / g->tick || at < INT64_MIN / g->tick)
		return -1;
	ret_t->ns = at * g->tick;
	return 0;
}

/* A block ends with its columns, all of them. */
static int
end(const struct dnsget *g)
{
	for (unsigned int c = 0; c < DNSREC_COLS; c++) {
		if (rd_left(&g->col[c]) > 0)
			return -1;
	}
	return 0;
}

/* Bits that have no meaning, or none for this kind of record. */
static bool
is_head(unsigned int head)
{
	const unsigned int of_state = DNSREC_WHAT | DNSREC_SOURCE;

	if ((head & DNSREC_WHAT) != OBS_DNS_ANSWER)
		return (head & ~of_state) == 0;
	return (head & DNSREC_UNUSED) == 0 &&
	       (head & DNSREC_QTYPE) != DNSREC_QTYPE;
}

int
dnsget_next(struct dnsget *g, struct obs *ret_o)
{
	struct obs_dns *d = &ret_o->dns;
	struct dnsget_source *s;
	unsigned int head;
	bool bad = false;

	if (g->left == 0)
		return end(g);
	g->left--;
	*ret_o = (struct obs){ .kind = OBS_DNS };
	head = rd_u8(&g->col[DNSREC_HEAD]);
	d->what = head & DNSREC_WHAT;
	s = &g->source[d->what == OBS_DNS_ALIVE];
	if (!is_head(head) || get_time(g, &ret_o->time) != 0 ||
	    (d->what == OBS_DNS_ANSWER && get_answer(g, head, d) != 0) ||
	    ((head & DNSREC_SOURCE) && get_source(g, s) != 0))
		return -1;
	d->conn = s->conn;
	d->resolver = s->resolver;
	for (unsigned int c = 0; c < DNSREC_COLS; c++)
		bad |= g->col[c].bad;
	return bad ? -1 : 1;
}
