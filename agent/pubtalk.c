/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said on a collector's connection, below its state and its socket. */
#include "agent/pubtalk.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "agent/pubpeer.h"
#include "base/log.h"
#include "base/proc.h"
#include "wire/frame.h"

/* Frames a second that are answered; an honest collector sends some ten. */
#define FRAMES_MAX 1000

#define ID_LEN     16 /* digits, behind '#' */

static bool
tell(struct pubpeer *p, enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t frame[CTL_MAX + FRAME_OVERHEAD];

	return pubq_tell(&p->q, frame, ctl_frame(frame, type, body, len));
}

bool
pubtalk_bye(struct pubpeer *p, enum ctl_bye why)
{
	uint8_t body[CTL_MAX];

	return tell(p, FRAME_BYE, body, pubfeed_bye(&p->feed, why, body));
}

void
pubtalk_stats(struct pubpeer *p, const struct ctl_stats *s)
{
	uint8_t body[CTL_MAX];

	(void)tell(p, FRAME_STATS, body, ctl_stats_put(body, s));
}

void
pubtalk_loss(struct pubpeer *p, const struct obs *o)
{
	uint8_t body[CTL_MAX];
	char line[LINE_MAX_LEN];

	if (p->state == SESS_OPEN) {
		(void)tell(p, FRAME_GAP, body, ctl_gap_put(body, o));
	} else if (p->state == SESS_TEXT) {
		(void)pubq_tell(&p->q, line,
		    line_put(line, o, p->share->format,
			iftab_lines(p->share->feed.id->tab)));
	}
}

static size_t
take_first(struct pubpeer *p, int *ret_why)
{
	enum sess_event ev;

	if (sess_sniff(SESS_AGENT, p->in, p->in_len, &ev) == 0)
		return 0;
	*ret_why = ev;
	if (ev == SESS_EV_ALIEN && lograte_may(&p->share->bad, proc_mono()))
		log_warnx("collector %s: it is no collector", p->name);
	return ev == SESS_EV_MAGIC ? 0 : p->in_len;
}

static void
violated(struct pubpeer *p, const char *what, int *ret_why)
{
	if (lograte_may(&p->share->bad, proc_mono()))
		log_warnx("collector %s: %s", p->name, what);
	p->share->count->peer_bad++;
	(void)pubtalk_bye(p, CTL_BYE_PROTOCOL);
	*ret_why = SESS_EV_PROTOCOL;
}

static void
refuse(struct pubpeer *p, enum ctl_bye why, const char *what, int *ret_why)
{
	if (lograte_may(&p->share->bad, proc_mono()))
		log_warnx("collector %s: refused: %s", p->name, what);
	p->share->count->peer_refused++;
	(void)pubtalk_bye(p, why);
	*ret_why = SESS_EV_REFUSED;
}

/* The id at the end of the name of a collector that has one, with its '#'. */
static const char *
id_in(const char *node)
{
	const char *id = strrchr(node, '#');

	if (id == NULL || strlen(id) != 1 + ID_LEN ||
	    strspn(id + 1, "0123456789abcdef") != ID_LEN)
		return NULL;
	return id;
}

/* Who has an id is known by it wherever it comes from. */
static void
recognise(struct pubpeer *p, const char *node)
{
	const char *id = id_in(node);
	const int host = (int)(strrchr(p->name, ':') - p->name);

	if (id != NULL) {
		snprintf(p->who, sizeof(p->who), "%s", id);
	} else {
		snprintf(
		    p->who, sizeof(p->who), "%.*s %s", host, p->name, node);
	}
}

/* From here on the stream is for this collector, too. */
static void
answer(struct pubpeer *p, const struct hello *offer, int *ret_why)
{
	uint8_t buf[HELLO_MAX];
	size_t len;

	recognise(p, offer->node);
	if (!pubfeed_begin(
		&p->feed, &p->share->feed, offer, p->who, buf, &len)) {
		refuse(p, CTL_BYE_LIMIT, "out of memory", ret_why);
		return;
	}
	(void)pubq_tell(&p->q, buf, len);
	*ret_why = SESS_EV_HELLO;
}

static size_t
take_hello(struct pubpeer *p, int *ret_why)
{
	struct hello offer;
	const int n = hello_get(&offer, p->in, p->in_len);

	if (n == 0)
		return 0;
	if (n == -2) {
		refuse(p, CTL_BYE_UNSUPPORTED, "unknown version or extension",
		    ret_why);
	} else if (n < 0) {
		violated(p, "malformed HELLO", ret_why);
	} else if (offer.from_agent) {
		violated(p, "HELLO of an agent", ret_why);
	} else {
		answer(p, &offer, ret_why);
	}
	return n < 0 ? p->in_len : (size_t)n;
}

static const char *
take_ack(struct pubpeer *p, const struct frame *f)
{
	uint64_t seq, dns;

	if (ctl_ack_get(&seq, &dns, f->body, f->len) < 0)
		return "malformed ACK";
	if (!pubfeed_acked(&p->feed, seq, dns))
		return "ACK of records that were never sent";
	return NULL;
}

static const char *
take_time(struct pubpeer *p, const struct frame *f)
{
	uint8_t body[CTL_MAX];
	struct ctl_time t;

	if (ctl_time_get(&t, f->body, f->len) < 0)
		return "malformed TIME";
	t.t2 = proc_wall().ns;
	t.t3 = t.t2;
	(void)tell(p, FRAME_TIME, body, ctl_time_put(body, &t));
	return NULL;
}

static const char *
take_bye(struct pubpeer *p, const struct frame *f, int *ret_why)
{
	unsigned int why;
	uint64_t seq;

	if (ctl_bye_get(&why, &seq, f->body, f->len) < 0)
		return "malformed BYE";
	p->leaving = why != CTL_BYE_AGAIN;
	*ret_why = SESS_EV_BYE;
	return NULL;
}

static const char *
judge(struct pubpeer *p, const struct frame *f, int *ret_why)
{
	switch (f->type) {
	case FRAME_ACK:
		return take_ack(p, f);
	case FRAME_TIME:
		return take_time(p, f);
	case FRAME_BYE:
		return take_bye(p, f, ret_why);
	case FRAME_EXT:
		return NULL;
	default:
		return "a frame that no collector sends";
	}
}

static size_t
take_frame(struct pubpeer *p, int *ret_why)
{
	const char *wrong = "frame too long or damaged";
	struct frame f;
	const int n =
	    frame_get(&f, p->in, p->in_len, sizeof(p->in) - FRAME_OVERHEAD);

	if (n == 0)
		return 0;
	if (n > 0 && ++p->asked > FRAMES_MAX) {
		wrong = "too many frames in a second";
	} else if (n > 0) {
		wrong = judge(p, &f, ret_why);
	}
	if (wrong != NULL)
		violated(p, wrong, ret_why);
	return n < 0 ? p->in_len : (size_t)n;
}

/* All was said; what it has stored still counts. */
static size_t
take_last(struct pubpeer *p)
{
	struct frame f;
	const int n =
	    frame_get(&f, p->in, p->in_len, sizeof(p->in) - FRAME_OVERHEAD);

	if (n > 0 && f.type == FRAME_ACK && p->feed.spool != NULL)
		(void)take_ack(p, &f);
	return n < 0 ? p->in_len : (size_t)n;
}

size_t
pubtalk_take(struct pubpeer *p, int *ret_why)
{
	*ret_why = PUBTALK_NOTHING;
	switch (p->state) {
	case SESS_WAIT:
		return take_first(p, ret_why);
	case SESS_HELLO:
		return take_hello(p, ret_why);
	case SESS_OPEN:
		return take_frame(p, ret_why);
	case SESS_ENDING:
		return take_last(p);
	case SESS_LEGACY:
	case SESS_TEXT:
	case SESS_CLOSED:
		break;
	}
	return p->in_len;
}
