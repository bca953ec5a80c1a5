/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets to events to keys; each event once in 60 to 90 s. */
#include "collector/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "collector/flowmap.h"
#include "collector/modelnet.h"
#include "collector/recent.h"
#include "wire/obs.h"

enum {
	MODEL_ICMP = 1,
	MODEL_TCP = 6,
	MODEL_UDP = 17,
	MODEL_ICMP6 = 58,
	MODEL_UNREACHABLE = 3,  /* RFC 792 */
	MODEL_UNREACHABLE6 = 1, /* RFC 4443 */
	MODEL_FIN = 0x01,
	MODEL_SYN = 0x02,
	MODEL_RST = 0x04
};

enum model_kind { MODEL_NONE, MODEL_FLOW, MODEL_RESET, MODEL_UNREACH };

/* One event; every octet is set, since it is hashed as it lies here. */
struct model_event {
	uint8_t client[16], remote[16];
	uint16_t port[2]; /* MODEL_FLOW: the first is of interest */
	uint8_t kind;     /* enum model_kind */
	uint8_t ipver;
	uint8_t code; /* MODEL_UNREACH */
	uint8_t zero;
};

static_assert(sizeof(struct model_event) == 40, "no hidden octets");
static_assert(sizeof(struct model_event) <= RECENT_KEY_MAX, "fits");

struct model {
	const struct flowmap *map;
	struct model_conf conf;
	struct recent *recent;
	struct model_count count;
};

struct model *
model_new(const struct flowmap *map, const struct model_conf *conf,
    const struct hash_key *key)
{
	struct model *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->map = map;
	m->conf = *conf;
	if ((m->recent = recent_new(conf->recent_max, key)) == NULL) {
		free(m);
		return NULL;
	}
	return m;
}

static void
model_event(struct model_event *e, enum model_kind kind,
    const uint8_t client[static 16], const uint8_t remote[static 16])
{
	e->kind = (uint8_t)kind;
	memcpy(e->client, client, sizeof(e->client));
	memcpy(e->remote, remote, sizeof(e->remote));
}

/* An ICMP error to an own host, about a packet which that host sent. */
static enum model_kind
model_icmp(
    const struct model *m, const struct obs_pkt *p, struct model_event *ret_e)
{
	const uint8_t type =
	    p->ipver == 4 ? MODEL_UNREACHABLE : MODEL_UNREACHABLE6;

	if (p->ipver == 6 && !m->conf.icmp6)
		return MODEL_NONE;
	if ((p->has & OBS_HAS_ICMP) == 0 || p->icmp_type != type ||
	    (p->has & OBS_HAS_QUOTE) == 0 ||
	    (p->q.proto != MODEL_TCP && p->q.proto != MODEL_UDP) ||
	    !flowmap_is_own(m->map, p->ipver, p->dst))
		return MODEL_NONE;
	model_event(ret_e, MODEL_UNREACH, p->dst, p->q.dst);
	ret_e->port[0] = p->q.sport;
	ret_e->port[1] = p->q.dport;
	ret_e->code = p->icmp_code;
	return MODEL_UNREACH;
}

static enum model_kind
model_flow(
    const struct model *m, const struct obs_pkt *p, struct model_event *ret_e)
{
	struct flowmap_flow f;

	if (!flowmap_match(m->map, p, &f))
		return MODEL_NONE;
	if (f.client == FLOWMAP_SRC) {
		model_event(ret_e, MODEL_FLOW, p->src, p->dst);
	} else {
		model_event(ret_e, MODEL_FLOW, p->dst, p->src);
	}
	ret_e->port[0] = f.port;
	return MODEL_FLOW;
}

static enum model_kind
model_transport(
    const struct model *m, const struct obs_pkt *p, struct model_event *ret_e)
{
	const uint8_t flags = p->proto == MODEL_TCP ? p->tcp_flags : 0;

	if ((p->has & OBS_HAS_PORTS) == 0)
		return MODEL_NONE;
	if (flowmap_is_own(m->map, p->ipver, p->dst)) {
		if ((flags & MODEL_RST) != 0) {
			model_event(ret_e, MODEL_RESET, p->dst, p->src);
			ret_e->port[0] = p->dport;
			ret_e->port[1] = p->sport;
			return MODEL_RESET;
		}
		if (m->conf.suppress_own &&
		    flowmap_is_own(m->map, p->ipver, p->src)) {
			return MODEL_NONE;
		}
	}
	if ((flags & (MODEL_SYN | MODEL_FIN)) != 0)
		return MODEL_NONE;
	return model_flow(m, p, ret_e);
}

static enum model_kind
model_classify(
    const struct model *m, const struct obs *o, struct model_event *ret_e)
{
	const struct obs_pkt *p = &o->pkt;

	memset(ret_e, 0, sizeof(*ret_e));
	if (o->kind != OBS_PKT || p->frag == OBS_FRAG_LATER)
		return MODEL_NONE;
	if (!flowmap_covers(m->map, p->ipver))
		return MODEL_NONE;
	ret_e->ipver = p->ipver;
	if (p->proto == (p->ipver == 4 ? MODEL_ICMP : MODEL_ICMP6))
		return model_icmp(m, p, ret_e);
	if (p->proto == MODEL_TCP || p->proto == MODEL_UDP)
		return model_transport(m, p, ret_e);
	return MODEL_NONE;
}

/* Keys are built piece by piece; the longest possible one fits. */
static void
model_text(struct model_key *k, const char *text)
{
	const size_t len = strlen(text);

	memcpy(&k->text[k->len], text, len);
	k->len = (uint8_t)(k->len + len);
}

static void
model_addr(struct model_key *k, uint8_t ipver, const uint8_t *addr)
{
	k->len =
	    (uint8_t)(k->len + modelnet_addr(&k->text[k->len], ipver, addr));
}

static void
model_dec(struct model_key *k, unsigned int v)
{
	char digit[5];
	size_t n = 0;

	do {
		digit[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	while (n > 0)
		k->text[k->len++] = digit[--n];
}

static void
model_pair(
    struct model_key *k, uint8_t ipver, const uint8_t *a, const uint8_t *b)
{
	k->len = 0;
	model_addr(k, ipver, a);
	model_text(k, ";");
	model_addr(k, ipver, b);
	model_text(k, ";");
}

static size_t
model_client_key(const struct model_event *e, struct model_key *k)
{
	k->len = 0;
	model_text(k, "client;");
	model_addr(k, e->ipver, e->client);
	return 1;
}

/* The client's key, and those behind it. */
static size_t
model_keys(const struct model_event *e, const struct obs_pkt *p,
    struct model_key ret_key[static MODEL_KEYS])
{
	struct model_key *k = &ret_key[1];

	model_client_key(e, ret_key);
	model_pair(k, e->ipver, e->client, e->remote);
	model_dec(k, e->port[0]);
	if (e->kind == MODEL_FLOW) {
		model_text(k, ";flow");
		model_pair(&ret_key[2], e->ipver, p->src, p->dst);
		model_text(&ret_key[2], "peer");
		model_pair(&ret_key[3], e->ipver, p->dst, p->src);
		model_text(&ret_key[3], "peer");
		return 4;
	}
	model_text(k, ":");
	model_dec(k, e->port[1]);
	model_text(k, ";");
	if (e->kind == MODEL_UNREACH) {
		model_dec(k, e->code);
		model_text(k, ";icmp");
	} else {
		model_text(k, "rst");
	}
	return 2;
}

size_t
model_put(struct model *m, const struct obs *o,
    struct model_key ret_key[static MODEL_KEYS])
{
	struct model_event e;

	if (model_classify(m, o, &e) == MODEL_NONE) {
		m->count.ignored++;
		return 0;
	}
	if (recent_seen(m->recent, &e, sizeof(e), o->time)) {
		m->count.recent++;
		return 0;
	}
	m->count.events++;
	if (e.kind == MODEL_FLOW && flowmap_is_ignored(m->map, &o->pkt)) {
		m->count.silenced++;
		return model_client_key(&e, ret_key);
	}
	return model_keys(&e, &o->pkt, ret_key);
}

const struct model_count *
model_count(const struct model *m)
{
	return &m->count;
}

struct recent *
model_recent(struct model *m)
{
	return m->recent;
}

uint64_t
model_forced(const struct model *m)
{
	return recent_forced(m->recent);
}

void
model_free(struct model *m)
{
	if (m == NULL)
		return;
	recent_free(m->recent);
	free(m);
}
