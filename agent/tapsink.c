/* SPDX-License-Identifier: BSD-3-Clause */
/* What all dnstap sources lead to: frames in, observations out, counted. */
#include "agent/tapsink.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/proc.h"

#define WARN_MAX      20 /* warnings a minute */
#define MOVES_MAX     60 /* connections told of, the same */
#define WARN_TEXT_MAX 256

static const struct {
	size_t offset;
	const char *text; /* of what is lost with it; NULL: nothing is */
} verdicts[] = {
#define ROW(name) offsetof(struct count, name)
	[DNSOBS_ANSWER] = { ROW(dns_answers), NULL },
	[DNSOBS_MALFORMED] = { ROW(dns_malformed), "is malformed" },
	[DNSOBS_OTHER_TYPE] = { ROW(dns_other_types), NULL },
	[DNSOBS_NO_MESSAGE] = { ROW(dns_no_message),
	    "has no response_message: see the resolver's settings" },
	[DNSOBS_NOT_ADDRESS_TYPE] = { ROW(dns_not_address_type), NULL },
	[DNSOBS_NO_CLIENT] = { ROW(dns_no_client), NULL },
	[DNSOBS_RCODE] = { ROW(dns_rcode), NULL },
	[DNSOBS_NO_DATA] = { ROW(dns_no_data), NULL },
	[DNSOBS_DUPLICATE] = { ROW(dns_duplicate), NULL },
	[DNSOBS_NO_ADDRESS] = { ROW(dns_no_address), NULL },
	[DNSOBS_TOO_LARGE] = { ROW(dns_too_large), "holds too much" },
#undef ROW
};

int
tapsink_open(struct tapsink *s, const struct dnsobs_conf *conf)
{
	s->bad = (struct lograte){ .what = "dnstap", .max = WARN_MAX };
	s->moves =
	    (struct lograte){ .what = "dnstap connections", .max = MOVES_MAX };
	s->dns = dnsobs_new(conf);
	return s->dns == NULL ? -1 : 0;
}

static void
put_state(struct tapsink *s, enum obs_dns_what what, uint32_t conn,
    const char *resolver, wall_t now)
{
	const struct obs o = { .kind = OBS_DNS,
		.time = now,
		.dns = { .what = (uint8_t)what,
		    .conn = conn,
		    .resolver = resolver } };

	s->emit(s->arg, &o);
}

/* Before anything that comes later. */
static void
put_loss(struct tapsink *s, wall_t now)
{
	const struct obs o = { .kind = OBS_LOSS,
		.time = now,
		.loss = { .reason = OBS_LOSS_DNSTAP, .count = s->lost } };

	if (s->lost > 0)
		s->emit(s->arg, &o);
	s->lost = 0;
}

static void
up(struct tapsink *s, struct tapsink_source *src, const char *resolver,
    wall_t now)
{
	src->conn = ++s->conns;
	s->n_up++;
	put_state(s, OBS_DNS_UP, src->conn, resolver, now);
}

void
tapsink_up(struct tapsink *s, struct tapsink_source *src, wall_t now)
{
	up(s, src, "", now);
}

void
tapsink_down(struct tapsink *s, struct tapsink_source *src, wall_t now)
{
	put_loss(s, now);
	if (src->conn == 0)
		return;
	put_state(s, OBS_DNS_DOWN, src->conn, "", now);
	s->n_up--;
	src->conn = 0;
}

static void
hint(struct tapsink *s, struct tapsink_source *src)
{
	if (src->hinted)
		return;
	src->hinted = true;
	tapsink_warn(s,
	    "%s: PERFORMANCE HINT: Change your Dnstap config to restrict it "
	    "to client response only.",
	    src->name);
}

wall_t
tapsink_frame(struct tapsink *s, struct tapsink_source *src,
    const uint8_t *frame, size_t len, wall_t arrival)
{
	struct obs o;
	const enum dnsobs_verdict v =
	    dnsobs_take(s->dns, &o, frame, len, arrival);

	uint64_t *n = (void *)((char *)s->count + verdicts[v].offset);

	src->frames++;
	s->count->dns_frames++;
	++*n;
	if (src->conn == 0 && v != DNSOBS_MALFORMED)
		up(s, src, o.dns.resolver, o.time);
	if (verdicts[v].text != NULL) {
		s->lost++;
		tapsink_warn(s, "%s: frame %llu %s", src->name,
		    (unsigned long long)src->frames, verdicts[v].text);
	} else if (v == DNSOBS_OTHER_TYPE) {
		hint(s, src);
	} else if (v == DNSOBS_ANSWER) {
		put_loss(s, o.time);
		o.dns.conn = src->conn;
		s->emit(s->arg, &o);
	}
	return o.time;
}

void
tapsink_lose(struct tapsink *s)
{
	s->lost++;
}

void
tapsink_alive(struct tapsink *s, wall_t now)
{
	lograte_tick(&s->bad, proc_mono());
	lograte_tick(&s->moves, proc_mono());
	put_loss(s, now);
	if (s->n_up > 0)
		put_state(s, OBS_DNS_ALIVE, 0, "", now);
}

void
tapsink_warn(struct tapsink *s, const char *fmt, ...)
{
	char text[WARN_TEXT_MAX];
	va_list ap;

	if (!lograte_may(&s->bad, proc_mono()))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_warnx("dnstap %s", text);
}

void
tapsink_info(struct tapsink *s, const char *fmt, ...)
{
	char text[WARN_TEXT_MAX];
	va_list ap;

	if (!lograte_may(&s->moves, proc_mono()))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_info("dnstap %s", text);
}

void
tapsink_close(struct tapsink *s)
{
	lograte_done(&s->bad);
	lograte_done(&s->moves);
	dnsobs_free(s->dns);
}
