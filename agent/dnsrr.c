/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and data of resource records, checked before they are used. */
#include "agent/dnsrr.h"

#include <arpa/nameser.h>

#define POINTERS_MAX 127 /* one before each label is more than enough */

size_t
dnsrr_name(const uint8_t *msg, size_t len, size_t at)
{
	size_t begin = at; /* of the part that is being read */
	size_t total = 0;  /* octets without compression */
	size_t used = 0;   /* at the place itself, known at the first pointer */
	size_t seen = 0;   /* octets that were looked at, some maybe twice */
	unsigned int pointers = 0;
	const size_t first = at;

	while (at < len) {
		const uint8_t n = msg[at];

		if ((n & NS_CMPRSFLGS) == NS_CMPRSFLGS) {
			/* glibc takes so many for a loop: so do we. */
			seen += 2;
			if (at + 2 > len || ++pointers > POINTERS_MAX ||
			    seen >= len)
				return 0;
			if (used == 0)
				used = at + 2 - first;
			at = (size_t)(n & 0x3f) << 8 | msg[at + 1];
			if (at >= begin)
				return 0;
			begin = at;
			continue;
		}
		total += n + 1u;
		if ((n & NS_CMPRSFLGS) != 0 || total > DNSNAME_MAX)
			return 0;
		at += n + 1u;
		seen += n + 1u;
		if (n == 0)
			return used > 0 ? used : at - first;
	}
	return 0;
}

size_t
dnsrr_unpack(
    uint8_t dst[static DNSNAME_MAX], const uint8_t *msg, size_t len, size_t at)
{
	if (dnsrr_name(msg, len, at) == 0 ||
	    ns_name_unpack(msg, msg + len, msg + at, dst, DNSNAME_MAX) < 0)
		return 0;
	dnsname_lower(dst);
	return dnsname_get(dst, DNSNAME_MAX);
}

/* Data that are fixed octets, names, and fixed octets. */
struct form {
	uint16_t type;
	uint8_t before, names, after;
};

static const struct form forms[] = { { ns_t_ns, 0, 1, 0 },
	{ ns_t_cname, 0, 1, 0 }, { ns_t_soa, 0, 2, 20 }, { ns_t_ptr, 0, 1, 0 },
	{ ns_t_mx, 2, 1, 0 }, { ns_t_srv, 6, 1, 0 }, { ns_t_dname, 0, 1, 0 } };

static bool
has_form(const uint8_t *msg, size_t len, const struct dnsrr *rr,
    const struct form *f)
{
	size_t at = (size_t)(rr->rdata - msg);
	const size_t end = at + rr->rdlength;

	at += f->before;
	for (unsigned int i = 0; i < f->names; i++) {
		const size_t n = dnsrr_name(msg, len, at);

		if (n == 0)
			return false;
		at += n;
	}
	return at + f->after == end;
}

/* Character strings, at least one, RFC 1035 section 3.3.14. */
static bool
are_strings(const uint8_t *p, size_t len)
{
	size_t at = 0;

	while (at < len)
		at += p[at] + 1u;
	return len > 0 && at == len;
}

bool
dnsrr_ok(const uint8_t *msg, size_t len, const struct dnsrr *rr)
{
	const bool in = rr->class == DNSRR_CLASS_IN;

	if (rr->type == DNSRR_TYPE_A)
		return !in || rr->rdlength == 4;
	if (rr->type == DNSRR_TYPE_AAAA)
		return !in || rr->rdlength == 16;
	if (rr->type == ns_t_txt)
		return are_strings(rr->rdata, rr->rdlength);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].type == rr->type)
			return has_form(msg, len, rr, &forms[i]);
	}
	return true;
}
