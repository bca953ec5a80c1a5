/* SPDX-License-Identifier: BSD-3-Clause */
/* The text line of a DNS answer: time client qtype rcode question ... */
#include "wire/dnsline.h"

#include <arpa/inet.h>
#include <string.h>

#include "wire/line.h"
#include "wire/text.h"

#define UP   "up"
#define DOWN "down"

/* RFC 6895 section 2.3; what is missing is written RCODE<number>. */
static const char *const rcode_word[] = { "NOERROR", "FORMERR", "SERVFAIL",
	"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
	"NOTAUTH", "NOTZONE", "DSOTYPENI", [16] = "BADVERS", "BADKEY",
	"BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC", "BADCOOKIE" };

#define RCODES (sizeof(rcode_word) / sizeof(rcode_word[0]))

/* ---- to text ---- */

size_t
dnsline_room(const struct obs *o)
{
	if (o->kind != OBS_DNS)
		return LINE_MAX_LEN;
	return DNSLINE_REST_MAX + (size_t)o->dns.n_names * DNSLINE_NAME_MAX +
	       (size_t)o->dns.n_addrs * DNSLINE_ADDR_MAX;
}

static char *
put_text(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

static char *
put_addr(char *p, bool v6, const uint8_t *addr)
{
	return v6 ? text_v6(p, addr) : text_v4(p, addr);
}

/* As dnsname_text, but that commas, which stand between names, are escaped. */
static char *
put_name(char *p, const uint8_t *name)
{
	char text[DNSNAME_TEXT_MAX];
	const char *end = dnsname_text(text, name);

	for (const char *c = text; c < end; c++) {
		if (*c == ',')
			*p++ = '\\';
		*p++ = *c;
	}
	return p;
}

/* A resolver's name without blanks, and never a bare "-". */
static char *
put_resolver(char *p, const char *text)
{
	if (text[0] == '\0') {
		*p++ = '-';
	} else if (strcmp(text, "-") == 0) {
		p = put_text(p, "\\-");
	} else {
		for (; *text != '\0'; text++) {
			if (*text == ' ') {
				p = put_text(p, "\\032");
				continue;
			}
			if (*text == '\\')
				*p++ = '\\';
			*p++ = *text;
		}
	}
	return p;
}

static char *
put_types(char *p, const struct obs_dns *d)
{
	if (d->qtype == 1) {
		*p++ = 'A';
	} else if (d->qtype == 28) {
		p = put_text(p, "AAAA");
	} else {
		p = text_u64(put_text(p, "TYPE"), d->qtype);
	}
	*p++ = ' ';
	if (d->rcode < RCODES && rcode_word[d->rcode] != NULL)
		return put_text(p, rcode_word[d->rcode]);
	return text_u64(put_text(p, "RCODE"), d->rcode);
}

/* The question, and the chain from it. */
static char *
put_names(char *p, const struct obs_dns *d)
{
	const uint8_t *name = d->names;

	p = put_name(p, name);
	*p++ = ' ';
	if (d->n_names == 1)
		*p++ = '-';
	for (unsigned int i = 1; i < d->n_names; i++) {
		name += dnsname_get(name, DNSNAME_MAX);
		if (i > 1)
			*p++ = ',';
		p = put_name(p, name);
	}
	return p;
}

static char *
put_addrs(char *p, const struct obs_dns *d)
{
	if (d->n_addrs == 0)
		*p++ = '-';
	for (unsigned int i = 0; i < d->n_addrs; i++) {
		if (i > 0)
			*p++ = ',';
		p = put_addr(p, d->qtype == 28, d->addrs[i].addr);
		*p++ = '/';
		p = text_u64(p, d->addrs[i].ttl);
	}
	return p;
}

static char *
put_answer(char *p, const struct obs *o)
{
	const struct obs_dns *d = &o->dns;

	p = text_time(p, o->time);
	*p++ = ' ';
	if (d->ipver == 0) {
		*p++ = '-';
	} else {
		p = put_addr(p, d->ipver == 6, d->client);
	}
	*p++ = ' ';
	p = put_types(p, d);
	*p++ = ' ';
	p = put_names(p, d);
	*p++ = ' ';
	p = put_addrs(p, d);
	*p++ = ' ';
	p = put_resolver(p, d->resolver);
	*p++ = ' ';
	p = text_u64(p, d->conn);
	*p++ = '\n';
	return p;
}

/* #time:up:connection:resolver */
static char *
put_state(char *p, const struct obs *o, const char *word)
{
	*p++ = '#';
	p = text_time(p, o->time);
	*p++ = ':';
	p = put_text(p, word);
	*p++ = ':';
	p = text_u64(p, o->dns.conn);
	*p++ = ':';
	p = put_resolver(p, o->dns.resolver);
	*p++ = '\n';
	return p;
}

size_t
dnsline_put(char *dst, const struct obs *o)
{
	if (o->kind == OBS_LOSS && (o->loss.reason == OBS_LOSS_DNSTAP ||
				       o->loss.reason == OBS_LOSS_DNS_QUEUE))
		return line_put(dst, o, LINE_BASIC, NULL);
	if (o->kind != OBS_DNS)
		return 0;
	switch ((enum obs_dns_what)o->dns.what) {
	case OBS_DNS_ANSWER:
		return (size_t)(put_answer(dst, o) - dst);
	case OBS_DNS_UP:
		return (size_t)(put_state(dst, o, UP) - dst);
	case OBS_DNS_DOWN:
		return (size_t)(put_state(dst, o, DOWN) - dst);
	case OBS_DNS_ALIVE:
		break;
	}
	return 0;
}

/* ---- from text ---- */

/* The rest of a line; what is wrong leaves nothing of it. */
struct reader {
	const char *p, *end;
	bool bad;
};

struct word {
	const char *p;
	size_t len;
};

/*
 * The octets up to the next ${stop} that no backslash hides, or all; steps
 * over the ${stop}.
 */
static struct word
get_word(struct reader *r, char stop)
{
	struct word w = { .p = r->p };

	while (r->p < r->end && *r->p != stop)
		r->p += *r->p == '\\' && r->p + 1 < r->end ? 2 : 1;
	w.len = (size_t)(r->p - w.p);
	if (r->p < r->end)
		r->p++;
	if (w.len == 0)
		r->bad = true;
	return w;
}

static bool
is_word(const struct word *w, const char *text)
{
	return w->len == strlen(text) && memcmp(w->p, text, w->len) == 0;
}

/* A decimal number up to ${max}, without leading zeros. */
static uint64_t
number(struct reader *r, struct word w, uint64_t max)
{
	uint64_t v = 0;

	if (w.len == 0 || (w.len > 1 && w.p[0] == '0'))
		r->bad = true;
	for (size_t i = 0; i < w.len && !r->bad; i++) {
		const unsigned int digit = (unsigned char)w.p[i] - '0';

		if (digit > 9 || v > (max - digit) / 10) {
			r->bad = true;
			return 0;
		}
		v = 10 * v + digit;
	}
	return v;
}

/* Seconds, a dot, six digits, as text_time has them. */
static wall_t
get_time(struct reader *r, char stop)
{
	struct word w = get_word(r, stop);
	const bool minus = w.len > 0 && w.p[0] == '-';
	const uint64_t most = INT64_MAX / MONO_NS_PER_S;
	uint64_t sec, us = 0;
	size_t i;

	if (w.len < 8 + (size_t)minus || w.p[w.len - 7] != '.') {
		r->bad = true;
		return (wall_t){ 0 };
	}
	sec = number(r, (struct word){ w.p + minus, w.len - 7 - minus }, most);
	for (i = w.len - 6; i < w.len; i++) {
		if (w.p[i] < '0' || w.p[i] > '9')
			r->bad = true;
		us = 10 * us + (uint64_t)(w.p[i] - '0');
	}
	us += sec * 1000000;
	/* The very first microsecond began before the first nanosecond. */
	if (us > INT64_MAX / 1000)
		us = INT64_MAX / 1000;
	return (wall_t){ (minus ? -(int64_t)us : (int64_t)us) * 1000 };
}

/* Returns the IP version, 0 when it is no address. */
static unsigned int
get_addr(struct word w, uint8_t ret_addr[static 16])
{
	char text[INET6_ADDRSTRLEN];
	const bool v6 = memchr(w.p, ':', w.len) != NULL;

	if (w.len >= sizeof(text))
		return 0;
	memcpy(text, w.p, w.len);
	text[w.len] = '\0';
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, ret_addr) != 1)
		return 0;
	return v6 ? 6 : 4;
}

static void
get_client(struct reader *r, struct obs_dns *d)
{
	const struct word w = get_word(r, ' ');

	if (is_word(&w, "-"))
		return;
	d->ipver = (uint8_t)get_addr(w, d->client);
	if (d->ipver == 0)
		r->bad = true;
}

/* A word with a number behind it: TYPE65, RCODE17. */
static uint16_t
get_numbered(struct reader *r, struct word w, const char *prefix)
{
	const size_t n = strlen(prefix);

	if (w.len <= n || memcmp(w.p, prefix, n) != 0) {
		r->bad = true;
		return 0;
	}
	return (uint16_t)number(
	    r, (struct word){ w.p + n, w.len - n }, UINT16_MAX);
}

static void
get_types(struct reader *r, struct obs_dns *d)
{
	const struct word type = get_word(r, ' ');
	const struct word code = get_word(r, ' ');

	if (is_word(&type, "A") || is_word(&type, "AAAA")) {
		d->qtype = type.len == 1 ? 1 : 28;
	} else {
		d->qtype = get_numbered(r, type, "TYPE");
	}
	for (unsigned int i = 0; i < RCODES; i++) {
		if (rcode_word[i] != NULL && is_word(&code, rcode_word[i])) {
			d->rcode = (uint16_t)i;
			return;
		}
	}
	d->rcode = get_numbered(r, code, "RCODE");
}

static void
add_name(struct reader *r, struct obs_dns *d, struct word w, size_t *at,
    struct dnsline *mem)
{
	uint8_t *dst = &mem->names[*at];
	size_t n = 0;

	if (d->n_names < OBS_DNS_NAMES_MAX && !r->bad)
		n = dnsname_parse(dst, w.p, w.len);
	if (n == 0) {
		r->bad = true;
		return;
	}
	dnsname_lower(dst);
	*at += n;
	d->n_names++;
}

static void
get_names(struct reader *r, struct obs_dns *d, struct dnsline *mem)
{
	size_t at = 0;
	struct word w;

	add_name(r, d, get_word(r, ' '), &at, mem);
	w = get_word(r, ' ');
	d->names = mem->names;
	if (is_word(&w, "-"))
		return;
	struct reader list = { .p = w.p, .end = w.p + w.len };

	do {
		w = get_word(&list, ',');
		add_name(r, d, w, &at, mem);
	} while (!r->bad && w.p + w.len < list.end);
}

static void
get_addrs(struct reader *r, struct obs_dns *d, struct dnsline *mem)
{
	const struct word w = get_word(r, ' ');
	struct reader list = { .p = w.p, .end = w.p + w.len };

	struct word ttl;

	d->addrs = mem->addrs;
	if (is_word(&w, "-"))
		return;
	do {
		struct obs_dns_addr *a = &mem->addrs[d->n_addrs];
		const struct word addr = get_word(&list, '/');

		ttl = get_word(&list, ',');
		if (d->n_addrs++ == OBS_DNS_ADDRS_MAX || list.bad) {
			r->bad = true;
			return;
		}
		*a = (struct obs_dns_addr){ 0 };
		if (get_addr(addr, a->addr) != (d->qtype == 28 ? 6u : 4u))
			r->bad = true;
		a->ttl = (uint32_t)number(r, ttl, UINT32_MAX);
	} while (!r->bad && ttl.p + ttl.len < list.end);
	if (d->qtype != 1 && d->qtype != 28)
		r->bad = true;
}

/* "-" is none; "\C" and "\DDD" are as in names. */
static void
get_resolver(
    struct reader *r, struct obs_dns *d, char stop, struct dnsline *mem)
{
	struct word w = get_word(r, stop);
	size_t n = 0;

	d->resolver = mem->resolver;
	mem->resolver[0] = '\0';
	if (is_word(&w, "-"))
		return;
	while (w.len > 0 && n < OBS_DNS_RESOLVER_MAX - 1) {
		size_t used = 1;
		char c = *w.p;

		if (w.len >= 4 && memcmp(w.p, "\\032", 4) == 0) {
			c = ' ';
			used = 4;
		} else if (c == '\\' && w.len > 1) {
			c = w.p[1];
			used = 2;
		}
		if (c < 0x20 || c > 0x7e)
			r->bad = true;
		mem->resolver[n++] = c;
		w.p += used;
		w.len -= used;
	}
	mem->resolver[n] = '\0';
	if (w.len > 0)
		r->bad = true;
}

static void
get_answer(struct reader *r, struct obs *o, struct dnsline *mem)
{
	struct obs_dns *d = &o->dns;

	o->time = get_time(r, ' ');
	get_client(r, d);
	get_types(r, d);
	get_names(r, d, mem);
	get_addrs(r, d, mem);
	get_resolver(r, d, ' ', mem);
	d->conn = (uint32_t)number(r, get_word(r, ' '), UINT32_MAX);
	/* Later versions may have more fields. */
}

/* Returns whether the line behind '#' tells the state of a connection. */
static bool
get_state(struct reader r, struct obs *o, struct dnsline *mem)
{
	struct word w;

	o->time = get_time(&r, ':');
	w = get_word(&r, ':');
	o->dns.what = is_word(&w, UP) ? OBS_DNS_UP : OBS_DNS_DOWN;
	if (o->dns.what == OBS_DNS_DOWN && !is_word(&w, DOWN))
		return false;
	o->dns.conn = (uint32_t)number(&r, get_word(&r, ':'), UINT32_MAX);
	get_resolver(&r, &o->dns, ' ', mem);
	return !r.bad && r.p == r.end;
}

ptrdiff_t
dnsline_get(struct obs *ret_o, struct dnsline *mem, const char *buf, size_t len)
{
	const size_t n = len < DNSLINE_MAX ? len : DNSLINE_MAX;
	const char *nl = n > 0 ? memchr(buf, '\n', n) : NULL;
	struct reader r = { .p = buf, .end = nl };
	struct obs o = { .kind = OBS_DNS };
	struct line_place at;

	if (nl == NULL)
		return n == DNSLINE_MAX ? -1 : 0;
	if (buf[0] == '#') {
		r.p++;
		if (!get_state(r, &o, mem) &&
		    line_get(&o, &at, buf, (size_t)(nl - buf) + 1) < 0)
			o = (struct obs){ .kind = OBS_LOSS };
	} else {
		get_answer(&r, &o, mem);
		if (r.bad || memchr(buf, '\0', (size_t)(nl - buf)) != NULL)
			return -1;
	}
	*ret_o = o;
	return nl - buf + 1;
}
