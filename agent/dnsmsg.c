/* SPDX-License-Identifier: BSD-3-Clause */
/* A DNS message: its question, its code, its records that lead somewhere. */
#include "agent/dnsmsg.h"

#include <arpa/nameser.h>

#include "agent/dnsrr.h"

/* Where a walk through the records of a message is. */
struct walk {
	ns_msg h;
	const uint8_t *msg;
	size_t len;
	size_t at;         /* of the owner of the next record */
	bool opt;          /* an OPT was seen */
	unsigned int code; /* upper bits of the response code, in place */
};

static int
begin(struct walk *w, const uint8_t *msg, size_t len)
{
	*w = (struct walk){ .msg = msg, .len = len, .at = NS_HFIXEDSZ };
	if (len > DNSMSG_MAX)
		return -1;
	return ns_initparse(msg, (int)len, &w->h);
}

/* OPT is at home in the additional section, once, at the root. */
static int
take_opt(struct walk *w, ns_sect section, const ns_rr *rr)
{
	if (section != ns_s_ar || w->opt || w->msg[w->at] != 0)
		return -1;
	w->opt = true;
	w->code = rr->ttl >> 24 << 4;
	return 0;
}

/*
 * Read record ${i} of ${section}, the next one.  libresolv's functions follow
 * pointers wherever they lead, so the owner is looked at first.
 */
static int
take(struct walk *w, ns_rr *rr, ns_sect section, int i)
{
	const size_t n = dnsrr_name(w->msg, w->len, w->at);

	if (n == 0 || ns_parserr(&w->h, section, i, rr) < 0)
		return -1;
	if (section == ns_s_qd) {
		w->at += n + NS_QFIXEDSZ;
		return 0;
	}
	const struct dnsrr own = { .rdata = rr->rdata,
		.rdlength = rr->rdlength,
		.type = rr->type,
		.class = rr->rr_class };
	if (!dnsrr_ok(w->msg, w->len, &own) ||
	    (own.type == ns_t_opt && take_opt(w, section, rr) < 0))
		return -1;
	w->at = (size_t)(own.rdata - w->msg) + own.rdlength;
	return 0;
}

/* All records of a section; those that matter are kept in ${m}, if any. */
static int
take_section(struct walk *w, struct dnsmsg *m, ns_sect section)
{
	const int n = ns_msg_count(w->h, section);
	ns_rr rr;

	for (int i = 0; i < n; i++) {
		const size_t owner = w->at;

		if (take(w, &rr, section, i) < 0)
			return -1;
		if (m == NULL || (rr.type != ns_t_cname && rr.type != m->qtype))
			continue;
		m->data |= rr.type == m->qtype;
		m->rr[m->n_rrs++] =
		    (struct dnsmsg_rr){ .ttl = rr.ttl > INT32_MAX ? 0 : rr.ttl,
			    .type = rr.type,
			    .class = rr.rr_class,
			    .owner = (uint16_t)owner,
			    .rdata = (uint16_t)(rr.rdata - w->msg) };
	}
	return 0;
}

static int
take_question(struct walk *w, struct dnsmsg *m)
{
	ns_rr rr;

	if (ns_msg_count(w->h, ns_s_qd) == 0 || take(w, &rr, ns_s_qd, 0) < 0)
		return -1;
	m->qtype = rr.type;
	m->qname_len = dnsrr_unpack(m->qname, w->msg, w->len, NS_HFIXEDSZ);
	for (int i = 1; i < ns_msg_count(w->h, ns_s_qd); i++) {
		if (take(w, &rr, ns_s_qd, i) < 0)
			return -1;
	}
	return m->qname_len > 0 ? 0 : -1;
}

int
dnsmsg_get(struct dnsmsg *ret, const uint8_t *msg, size_t len)
{
	struct walk w;

	if (begin(&w, msg, len) < 0 || take_question(&w, ret) < 0)
		return -1;
	ret->msg = msg;
	ret->len = len;
	ret->opcode = (uint8_t)ns_msg_getflag(w.h, ns_f_opcode);
	ret->rcode = (uint16_t)ns_msg_getflag(w.h, ns_f_rcode);
	ret->n_rrs = 0;
	ret->data = false;
	ret->address =
	    ret->opcode != ns_o_update &&
	    (ret->qtype == DNSRR_TYPE_A || ret->qtype == DNSRR_TYPE_AAAA);
	if (!ret->address)
		return 0;
	if (take_section(&w, ret, ns_s_an) < 0 ||
	    take_section(&w, NULL, ns_s_ns) < 0 ||
	    take_section(&w, NULL, ns_s_ar) < 0)
		return -1;
	ret->rcode |= (uint16_t)w.code;
	return 0;
}

bool
dnsmsg_check(const uint8_t *msg, size_t len)
{
	struct walk w;
	ns_rr rr;

	if (begin(&w, msg, len) < 0)
		return false;
	for (int i = 0; i < ns_msg_count(w.h, ns_s_qd); i++) {
		if (take(&w, &rr, ns_s_qd, i) < 0)
			return false;
	}
	return take_section(&w, NULL, ns_s_an) == 0 &&
	       take_section(&w, NULL, ns_s_ns) == 0 &&
	       take_section(&w, NULL, ns_s_ar) == 0;
}
