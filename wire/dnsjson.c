/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers as the JSON datagrams of the old DNS agents, octet by octet. */
#include "wire/dnsjson.h"

#include <string.h>

#include "wire/text.h"

enum { A = 1, AAAA = 28, NOERROR = 0, NXDOMAIN = 3 };

/* By number, RFC 6895 section 2.3, with the names that the old agents use. */
static const char *const rcode_name[] = { "NOERROR", "FORMERR", "SERVFAIL",
	"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
	"NOTAUTH", "NOTZONE", "DSOTYPENI", NULL, NULL, NULL, NULL, "BADVERS",
	"BADKEY", "BADTIME", "BADMODE", "BADNAME", "BADALG", "BADTRUNC",
	"BADCOOKIE" };

static char *
put_text(char *p, const char *text)
{
	return stpcpy(p, text);
}

/* Of what JSON escapes, the text of a name has only these two. */
static char *
put_name(char *p, const uint8_t *name)
{
	char text[DNSNAME_TEXT_MAX];
	const char *end = dnsname_text(text, name);

	*p++ = '"';
	for (const char *s = text; s < end; s++) {
		if (*s == '\\' || *s == '"')
			*p++ = '\\';
		*p++ = *s;
	}
	*p++ = '"';
	return p;
}

/* Whether the longest run of zeros ends where an IPv4 address begins. */
static bool
is_dotted(const uint8_t addr[static 16])
{
	static const uint8_t zero[12] = { 0 };
	static const uint8_t ones[2] = { 0xff, 0xff };

	if (memcmp(addr, zero, 10) != 0)
		return false;
	return memcmp(&addr[10], ones, 2) == 0 ||
	       (memcmp(addr, zero, 12) == 0 && (addr[12] | addr[13]) != 0);
}

static char *
put_addr(char *p, uint16_t qtype, const uint8_t addr[static 16])
{
	*p++ = '"';
	if (qtype == A) {
		p = text_v4(p, addr);
	} else if (is_dotted(addr)) {
		p = put_text(p, addr[10] == 0 ? "::" : "::ffff:");
		p = text_v4(p, &addr[12]);
	} else {
		p = text_v6_hex(p, addr);
	}
	*p++ = '"';
	return p;
}

static char *
put_status(char *p, uint16_t rcode)
{
	if (rcode < sizeof(rcode_name) / sizeof(rcode_name[0]) &&
	    rcode_name[rcode] != NULL)
		return put_text(p, rcode_name[rcode]);
	return text_u64(p, rcode);
}

static char *
put_chain(char *p, const struct obs_dns *d)
{
	const uint8_t *at[OBS_DNS_NAMES_MAX] = { d->names };
	size_t n = 1;

	if (d->rcode != NXDOMAIN) {
		for (; n < d->n_names; n++) {
			at[n] = at[n - 1] + dnsname_get(at[n - 1], DNSNAME_MAX);
		}
	}
	p = put_text(p, "{\"chain\": [");
	if (d->rcode != NOERROR && d->rcode != NXDOMAIN && d->n_addrs > 0)
		p = put_text(put_addr(p, d->qtype, d->addrs[0].addr), ", ");
	while (n-- > 0)
		p = put_text(put_name(p, at[n]), n > 0 ? ", " : "], ");
	return p;
}

/* All up to the number. */
static char *
put_head(char *p, const struct obs_dns *d)
{
	p = put_chain(p, d);
	if (d->ipver != 0) {
		p = put_text(p, "\"client\": \"");
		p = d->ipver == 4 ? text_v4(p, d->client)
				  : text_v6_hex(p, d->client);
		p = put_text(p, "\", ");
	}
	p = put_text(p, "\"qtype\": \"");
	p = put_text(p, d->qtype == AAAA ? "AAAA" : "A");
	p = put_status(put_text(p, "\", \"status\": \""), d->rcode);
	return put_text(p, "\", \"id\": ");
}

size_t
dnsjson_put(const struct obs_dns *d, uint64_t id, dnsjson_fn *emit, void *arg)
{
	char text[DNSJSON_MAX];
	size_t n = 1;
	char *head;

	if (d->what != OBS_DNS_ANSWER || d->n_names == 0 ||
	    d->n_names > OBS_DNS_NAMES_MAX)
		return 0;
	if (d->rcode == NOERROR)
		n = d->n_addrs;
	head = n > 0 ? put_head(text, d) : text;
	for (size_t i = 0; i < n; i++) {
		char *p = text_u64(head, id + i);

		if (d->rcode == NOERROR) {
			p = put_text(p, ", \"address\": ");
			p = put_addr(p, d->qtype, d->addrs[i].addr);
		}
		p = put_text(p, "}\n");
		emit(arg, text, (size_t)(p - text));
	}
	return n;
}
