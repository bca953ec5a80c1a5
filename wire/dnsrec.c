/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS records to blocks: the payload of a DNS frame, PROTOCOL.md section 5.7. */
#include "wire/dnsrec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/dnsname.h"
#include "wire/dnstab.h"
#include "wire/frame.h"
#include "wire/zpack.h"

#define FULL        32768 /* octets of columns that end a block */
#define WBITS       14    /* a block is inflated whole, so any window will do */
#define HEAD_MAX    64    /* octets of a payload before its columns */
#define LENS_MAX    32    /* octets of the columns' lengths */
#define TEXT_MAX    128   /* octets of a new client and a new resolver */
#define REST_MAX    64    /* octets of a record without names and addresses */
#define NAME_OCTETS 5     /* of DNSREC_NAME, a name */
#define APART_MIN   8     /* records that pay for code tables of their own */
#define ADDR_OCTETS 21    /* of an address and its TTL */

struct col {
	uint8_t *data;
	size_t len, room;
};

/* Where records come from; state observations have one of their own. */
struct source {
	uint32_t conn;
	char resolver[OBS_DNS_RESOLVER_MAX];
};

struct dnsrec {
	int64_t tick; /* ns */
	size_t max;   /* octets of columns in a frame */
	unsigned int most;
	unsigned int count;
	wall_t base;
	uint64_t last; /* tick of the record before */
	struct source source[2];
	struct col col[DNSREC_COLS];
	struct dnstab *names, *clients, *resolvers;
	int level;
	struct zpack *z; /* NULL when blocks are stored */
	uint8_t *frame;
	size_t room; /* of .frame */
};

static int64_t
tick_of(unsigned int exp)
{
	int64_t tick = 1;

	while (exp-- > 0)
		tick *= 10;
	return tick;
}

/* As packets have it: floored, but for the one tick that would overflow. */
static uint64_t
to_tick(wall_t time, int64_t tick)
{
	const int64_t q = time.ns / tick;

	return (uint64_t)(q - (time.ns % tick < 0 && q > INT64_MIN / tick));
}

static void
clear(struct dnsrec *d)
{
	d->count = 0;
	memset(d->source, 0, sizeof(d->source));
	for (unsigned int c = 0; c < DNSREC_COLS; c++)
		d->col[c].len = 0;
	dnstab_clear(d->names);
	dnstab_clear(d->clients);
	dnstab_clear(d->resolvers);
}

struct dnsrec *
dnsrec_new(const struct hello_params *par, int level)
{
	const bool deflate = par->codec == HELLO_CODEC_DEFLATE;
	struct dnsrec *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->tick = tick_of(par->tick_exp);
	/* What cannot be compressed grows a little. */
	d->max = par->frame_max - par->frame_max / 128 - HEAD_MAX;
	d->most = par->block;
	d->level = level;
	d->names = dnstab_new(DNSREC_NAMES_MAX - 1);
	d->clients = dnstab_new(DNSREC_CLIENTS_MAX);
	d->resolvers = dnstab_new(DNSREC_RESOLVERS_MAX);
	if (deflate)
		d->z = zpack_new(level, WBITS);
	if (d->names == NULL || d->clients == NULL || d->resolvers == NULL ||
	    (deflate && d->z == NULL)) {
		dnsrec_free(d);
		errno = ENOMEM;
		return NULL;
	}
	clear(d);
	return d;
}

/* Names in the form of wire/obs.h.  Returns their octets, 0 when not. */
static size_t
names_len(const struct obs_dns *r)
{
	size_t at = 0;

	for (unsigned int i = 0; i < r->n_names; i++) {
		const size_t n = dnsname_get(&r->names[at], DNSNAME_MAX);
		uint8_t low[DNSNAME_MAX];

		if (n == 0)
			return 0;
		memcpy(low, &r->names[at], n);
		dnsname_lower(low);
		if (memcmp(low, &r->names[at], n) != 0)
			return 0;
		at += n;
	}
	return at;
}

static bool
is_text(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		if (n + 1 == OBS_DNS_RESOLVER_MAX || s[n] < 0x20 || s[n] > 0x7e)
			return false;
	}
	return true;
}

bool
dnsrec_valid(const struct obs_dns *r)
{
	if (r->what > OBS_DNS_WHAT_MAX || !is_text(r->resolver))
		return false;
	if (r->what != OBS_DNS_ANSWER) {
		return r->ipver == 0 && r->qtype == 0 && r->rcode == 0 &&
		       r->n_names == 0 && r->n_addrs == 0;
	}
	if (r->ipver != 0 && r->ipver != 4 && r->ipver != 6)
		return false;
	if (r->n_addrs > OBS_DNS_ADDRS_MAX ||
	    (r->n_addrs > 0 && r->qtype != 1 && r->qtype != 28))
		return false;
	return r->n_names >= 1 && r->n_names <= OBS_DNS_NAMES_MAX &&
	       names_len(r) > 0;
}

static bool
reserve(struct col *c, size_t more)
{
	const size_t room = c->len + more;
	uint8_t *p;

	if (room <= c->room)
		return true;
	if ((p = realloc(c->data, room + room / 2)) == NULL)
		return false;
	c->data = p;
	c->room = room + room / 2;
	return true;
}

static bool
reserve_all(struct dnsrec *d, const struct obs_dns *r, size_t names)
{
	const size_t addrs = r->n_addrs;

	for (unsigned int c = 0; c < DNSREC_COLS; c++) {
		if (!reserve(&d->col[c], REST_MAX))
			return false;
	}
	return reserve(
		   &d->col[DNSREC_NAME], (size_t)r->n_names * NAME_OCTETS) &&
	       reserve(&d->col[DNSREC_TEXT], names + TEXT_MAX) &&
	       reserve(&d->col[DNSREC_TTL], addrs * 5 + 5) &&
	       reserve(&d->col[DNSREC_ADDR], addrs * 16);
}

static void
put_var(struct dnsrec *d, enum dnsrec_col at, uint64_t v)
{
	struct col *c = &d->col[at];
	struct wr w = wr_init(c->data + c->len, c->room - c->len);

	wr_var(&w, v);
	c->len = (size_t)(w.p - c->data);
}

static void
put_mem(struct dnsrec *d, enum dnsrec_col at, const void *data, size_t len)
{
	struct col *c = &d->col[at];

	memcpy(c->data + c->len, data, len);
	c->len += len;
}

/* A client or resolver: its number, or the string of ${len} octets itself. */
static void
put_ref(struct dnsrec *d, struct dnstab *t, const void *data, size_t len)
{
	const struct col *text = &d->col[DNSREC_TEXT];
	uint8_t string[1 + 64];
	unsigned int ref;

	string[0] = (uint8_t)len;
	memcpy(&string[1], data, len);
	ref = dnstab_find(t, text->data, 0, string);
	if (ref != DNSTAB_NONE) {
		put_var(d, DNSREC_WHO, DNSREC_REF + ref);
		return;
	}
	put_var(d, DNSREC_WHO, DNSREC_REF_NEW);
	dnstab_add(t, text->len, 0, string);
	put_mem(d, DNSREC_TEXT, string, len + 1);
}

static void
put_source(struct dnsrec *d, const struct obs_dns *r, uint8_t *head)
{
	struct source *s = &d->source[r->what == OBS_DNS_ALIVE];
	const size_t len = strlen(r->resolver);

	if (s->conn == r->conn && strcmp(s->resolver, r->resolver) == 0)
		return;
	*head |= DNSREC_SOURCE;
	s->conn = r->conn;
	memcpy(s->resolver, r->resolver, len + 1);
	put_var(d, DNSREC_WHO, r->conn);
	if (len == 0) {
		put_var(d, DNSREC_WHO, DNSREC_REF_NONE);
	} else {
		put_ref(d, d->resolvers, r->resolver, len);
	}
}

/*
 * A name is labels of its own and a name that was numbered before.  Number
 * what it adds, the shortest first, the root being 0.
 */
static size_t
put_name(struct dnsrec *d, const uint8_t *name)
{
	const struct col *text = &d->col[DNSREC_TEXT];
	uint8_t label[DNSNAME_MAX / 2]; /* where each begins */
	unsigned int rest = 0;
	unsigned int n = 0;
	size_t at = 0;
	size_t own;

	for (; name[at] != 0; at += name[at] + 1u)
		label[n++] = (uint8_t)at;
	own = at;
	while (n > 0) {
		const unsigned int i = dnstab_find(
		    d->names, text->data, rest, &name[label[n - 1]]);

		if (i == DNSTAB_NONE)
			break;
		rest = i + 1;
		own = label[--n];
	}
	put_var(d, DNSREC_NAME, n);
	put_var(d, DNSREC_NAME, rest);
	while (n > 0 && rest != DNSTAB_NONE) {
		rest = dnstab_add(d->names, text->len + label[n - 1], rest,
		    &name[label[n - 1]]);
		if (rest != DNSTAB_NONE)
			rest++;
		n--;
	}
	put_mem(d, DNSREC_TEXT, name, own);
	return at + 1;
}

static void
put_addrs(struct dnsrec *d, const struct obs_dns *r, uint8_t *head)
{
	const size_t size = r->qtype == 28 ? 16 : 4;
	unsigned int n = 0; /* that have the TTL of the first one */

	for (; n < r->n_addrs && r->addrs[n].ttl == r->addrs[0].ttl; n++)
		;
	if (n < r->n_addrs)
		*head |= DNSREC_TTLS;
	for (unsigned int i = 0; i < r->n_addrs; i++) {
		if (i == 0 || n < r->n_addrs)
			put_var(d, DNSREC_TTL, r->addrs[i].ttl);
		put_mem(d, DNSREC_ADDR, r->addrs[i].addr, size);
	}
}

static void
put_answer(struct dnsrec *d, const struct obs_dns *r, uint8_t *head)
{
	const uint8_t *name = r->names;

	put_var(d, DNSREC_NUM, r->n_names);
	put_var(d, DNSREC_NUM, r->n_addrs);
	if (r->ipver == 0) {
		put_var(d, DNSREC_WHO, DNSREC_REF_NONE);
	} else {
		put_ref(d, d->clients, r->client, r->ipver == 4 ? 4 : 16);
	}
	if (r->qtype == 28) {
		*head |= DNSREC_AAAA;
	} else if (r->qtype != 1) {
		*head |= DNSREC_OTHER;
		put_var(d, DNSREC_WHO, r->qtype);
	}
	if (r->rcode != 0) {
		*head |= DNSREC_RCODE;
		put_var(d, DNSREC_WHO, r->rcode);
	}
	for (unsigned int i = 0; i < r->n_names; i++)
		name += put_name(d, name);
	put_addrs(d, r, head);
}

static size_t
body_len(const struct dnsrec *d)
{
	size_t len = LENS_MAX;

	for (unsigned int c = 0; c < DNSREC_COLS; c++)
		len += d->col[c].len;
	return len;
}

static void
put_record(struct dnsrec *d, const struct obs *o)
{
	const uint64_t now = to_tick(o->time, d->tick);
	uint8_t head = o->dns.what;

	if (d->count == 0) {
		d->base = o->time;
		d->last = now;
	}
	put_var(d, DNSREC_TIME, zigzag((int64_t)(now - d->last)));
	d->last = now;
	if (o->dns.what == OBS_DNS_ANSWER)
		put_answer(d, &o->dns, &head);
	put_source(d, &o->dns, &head);
	put_mem(d, DNSREC_HEAD, &head, 1);
	d->count++;
}

/* Octets of columns that there may be once ${r} is in. */
static size_t
len_with(const struct dnsrec *d, const struct obs_dns *r, size_t names)
{
	return body_len(d) + REST_MAX + TEXT_MAX + names +
	       (size_t)r->n_names * NAME_OCTETS +
	       (size_t)r->n_addrs * ADDR_OCTETS;
}

/* Have a frame in which ${len} octets of columns fit, however compressed. */
static bool
reserve_frame(struct dnsrec *d, size_t len)
{
	const size_t room = FRAME_OVERHEAD + HEAD_MAX + 4 +
			    (d->z == NULL ? len : zpack_bound(d->z, len));

	if (room <= d->room)
		return true;
	free(d->frame);
	d->frame = malloc(room + room / 2);
	d->room = d->frame == NULL ? 0 : room + room / 2;
	return d->frame != NULL;
}

int
dnsrec_add(struct dnsrec *d, const struct obs *o)
{
	const size_t full = d->max < FULL ? d->max : FULL;
	const struct obs_dns *r = &o->dns;
	size_t names, len;

	if (!dnsrec_valid(r))
		return -1;
	names = names_len(r);
	len = len_with(d, r, names);
	if (d->count > 0 && (d->count == d->most || len > full))
		return 0;
	if (!reserve_all(d, r, names) || !reserve_frame(d, len))
		return -1;
	put_record(d, o);
	if (body_len(d) <= d->max)
		return 1;
	clear(d);
	return -1;
}

unsigned int
dnsrec_count(const struct dnsrec *d)
{
	return d->count;
}

/* Write the columns behind their lengths to ${dst}.  Returns the octets. */
static size_t
write_body(struct dnsrec *d, uint8_t *dst, size_t room)
{
	uint8_t lens[LENS_MAX];
	struct wr w = wr_init(lens, sizeof(lens));
	struct wr body = wr_init(dst, room);

	for (unsigned int c = 0; c + 1 < DNSREC_COLS; c++)
		wr_var(&w, d->col[c].len);
	if (d->z == NULL) {
		wr_mem(&body, lens, (size_t)(w.p - lens));
		for (unsigned int c = 0; c < DNSREC_COLS; c++)
			wr_mem(&body, d->col[c].data, d->col[c].len);
		return (size_t)(body.p - dst);
	}
	zpack_reset(d->z, d->level);
	zpack_start(d->z, dst, room);
	zpack_add(d->z, lens, (size_t)(w.p - lens), false);
	for (unsigned int c = 0; c < DNSREC_COLS; c++) {
		const bool apart = c >= DNSREC_NAME && c <= DNSREC_TTL &&
				   d->count >= APART_MIN;

		if (d->col[c].len > 0) {
			zpack_add(d->z, d->col[c].data, d->col[c].len, apart);
		}
	}
	return zpack_end(d->z);
}

const uint8_t *
dnsrec_finish(struct dnsrec *d, uint64_t first, size_t *ret_len)
{
	uint8_t *dst = d->frame + FRAME_OVERHEAD + HEAD_MAX;
	uint8_t head[HEAD_MAX];
	struct wr w = wr_init(head, sizeof(head));
	size_t n, used;

	wr_var(&w, first);
	wr_var(&w, d->count);
	wr_u64(&w, (uint64_t)d->base.ns);
	n = (size_t)(w.p - head);
	used = write_body(d, dst, (size_t)(d->frame + d->room - dst) - 4);
	memcpy(dst - n, head, n);
	clear(d);
	return frame_wrap(dst - n, n + used, FRAME_DNS << 4, ret_len);
}

void
dnsrec_level(struct dnsrec *d, int level)
{
	d->level = level;
}

void
dnsrec_free(struct dnsrec *d)
{
	if (d == NULL)
		return;
	for (unsigned int c = 0; c < DNSREC_COLS; c++)
		free(d->col[c].data);
	dnstab_free(d->names);
	dnstab_free(d->clients);
	dnstab_free(d->resolvers);
	zpack_free(d->z);
	free(d->frame);
	free(d);
}
