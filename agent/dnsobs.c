/* SPDX-License-Identifier: BSD-3-Clause */
/* From a dnstap frame to an observation, or to the reason why not. */
#include "agent/dnsobs.h"

#include <stdlib.h>
#include <string.h>

#include "agent/dnschain.h"
#include "agent/dnsmsg.h"
#include "agent/dnstap.h"

enum { NOERROR = 0, NXDOMAIN = 3 }; /* RFC 1035 section 4.1.1 */

struct dnsobs {
	bool old;
	enum dnsdup_mode mode;
	struct dnsdup *dup;
	struct dnschain *chain;
	struct dnsmsg msg;
	char resolver[OBS_DNS_RESOLVER_MAX];
};

struct dnsobs *
dnsobs_new(const struct dnsobs_conf *conf)
{
	struct dnsobs *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->old = conf->old;
	d->mode = conf->dup;
	d->dup = dnsdup_new(conf->dup, conf->dup_ns, &conf->key);
	d->chain = dnschain_new(&conf->key);
	if (d->dup == NULL || d->chain == NULL) {
		dnsobs_free(d);
		return NULL;
	}
	return d;
}

static void
set_resolver(struct dnsobs *d, const struct dnstap_bytes *id)
{
	size_t n = id->len;

	if (n >= sizeof(d->resolver))
		n = sizeof(d->resolver) - 1;
	for (size_t i = 0; i < n; i++) {
		const uint8_t c = id->p[i];

		d->resolver[i] = (char)(c > ' ' && c <= '~' ? c : '?');
	}
	d->resolver[n] = '\0';
}

static void
set_client(struct obs_dns *o, const struct dnstap_bytes *client)
{
	if (client->p == NULL)
		return;
	o->ipver = client->len == 4 ? 4 : 6;
	memcpy(o->client, client->p, client->len);
}

/* Judge the message that was read into ${d}->msg. */
static enum dnsobs_verdict
judge(struct dnsobs *d, struct obs *ret)
{
	const struct dnsmsg *m = &d->msg;
	struct obs_dns *o = &ret->dns;
	enum dnschain_end end;

	if (!m->address)
		return DNSOBS_NOT_ADDRESS_TYPE;
	o->qtype = m->qtype;
	o->rcode = m->rcode;
	dnschain_question(d->chain, o, m);
	if (!d->old && o->ipver == 0)
		return DNSOBS_NO_CLIENT;
	if (m->rcode == NXDOMAIN)
		return DNSOBS_ANSWER;
	if (!d->old && m->rcode != NOERROR)
		return DNSOBS_RCODE;
	if (!m->data)
		return DNSOBS_NO_DATA;
	if (d->mode == DNSDUP_NAME && dnsdup_seen(d->dup, ret->time, o))
		return DNSOBS_DUPLICATE;
	end = dnschain_walk(d->chain, o, m);
	if (end == DNSCHAIN_TOO_LARGE)
		return DNSOBS_TOO_LARGE;
	if (end == DNSCHAIN_NOWHERE && m->rcode == NOERROR)
		return DNSOBS_NO_ADDRESS;
	/* Other addresses are another answer: flows will go to them. */
	if (d->mode == DNSDUP_CLIENT && dnsdup_seen(d->dup, ret->time, o))
		return DNSOBS_DUPLICATE;
	return DNSOBS_ANSWER;
}

enum dnsobs_verdict
dnsobs_take(struct dnsobs *d, struct obs *ret, const uint8_t *frame, size_t len,
    wall_t arrival)
{
	struct dnstap tap;

	d->resolver[0] = '\0';
	*ret = (struct obs){ .kind = OBS_DNS,
		.time = arrival,
		.dns = { .what = OBS_DNS_ANSWER, .resolver = d->resolver } };
	if (dnstap_get(&tap, frame, len) < 0)
		return DNSOBS_MALFORMED;
	if (tap.has_time)
		ret->time = tap.time;
	set_resolver(d, &tap.identity);
	if (tap.type != DNSTAP_CLIENT_RESPONSE)
		return DNSOBS_OTHER_TYPE;
	set_client(&ret->dns, &tap.client);
	if (tap.query.p != NULL && !dnsmsg_check(tap.query.p, tap.query.len))
		return DNSOBS_MALFORMED;
	if (tap.response.p == NULL)
		return DNSOBS_NO_MESSAGE;
	if (dnsmsg_get(&d->msg, tap.response.p, tap.response.len) < 0)
		return DNSOBS_MALFORMED;
	return judge(d, ret);
}

void
dnsobs_free(struct dnsobs *d)
{
	if (d == NULL)
		return;
	free(d->dup);
	free(d->chain);
	free(d);
}
