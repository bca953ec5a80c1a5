/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines as MGEN 5 logs them: times of the day in UTC, NAME>VALUE. */
#include "collector/sinkmgenlogfmt.h"

#include <string.h>

#include "collector/sinkfmt.h"

enum { PROTO_TCP = 6, DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

static char *
digits2(char *p, int64_t v)
{
	*p++ = (char)('0' + v / 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* HH:MM:SS.uuuuuu, cut. */
static char *
time_of_day(char *p, wall_t t)
{
	const int64_t day = DAY_S * MONO_NS_PER_S;
	const int64_t ns = (t.ns % day + day) % day;
	const int64_t s = ns / MONO_NS_PER_S;
	const int64_t us = ns % MONO_NS_PER_S / MONO_NS_PER_US;

	p = digits2(p, s / HOUR_S);
	*p++ = ':';
	p = digits2(p, s / MINUTE_S % 60);
	*p++ = ':';
	p = digits2(p, s % 60);
	*p++ = '.';
	p = digits2(p, us / 10000);
	p = digits2(p, us / 100 % 100);
	return digits2(p, us % 100);
}

static char *
number(char *p, const char *name, uint64_t v)
{
	return sinkfmt_u64(sinkfmt_text(p, name), v);
}

static char *
end(char *p, const char *name, uint8_t ipver, const uint8_t *addr,
    uint16_t port)
{
	p = sinkfmt_addr(sinkfmt_text(p, name), ipver, addr);
	return number(p, "/", port);
}

size_t
sinkmgenlogfmt_line(char *p, const struct mgenline *l)
{
	const struct mgentab_key *k = &l->key;
	const bool sent = l->what == MGENLINE_SEND;
	const char *from = p;

	p = time_of_day(p, l->time);
	p = sinkfmt_text(p, sent ? " SEND proto>" : " RECV proto>");
	p = sinkfmt_text(p, k->proto == PROTO_TCP ? "TCP" : "UDP");
	p = number(p, " flow>", k->flow);
	p = number(p, " seq>", l->seq);
	if (sent) {
		p = number(p, " srcPort>", k->sport);
	} else {
		p = end(p, " src>", k->ipver, k->src, k->sport);
	}
	p = end(p, " dst>", k->ipver, k->dst, k->dport);
	if (!sent)
		p = time_of_day(sinkfmt_text(p, " sent>"), l->tx);
	p = number(p, " size>", l->size);
	if (!sent) {
		/* what MGEN says without a GPS */
		p = sinkfmt_text(
		    p, " gps>INVALID,999.000000,999.000000,4294966297");
	}
	if (l->flags != 0)
		p = number(p, " flags>0x0", l->flags);
	p = sinkfmt_text(p, " \n");
	return (size_t)(p - from);
}
