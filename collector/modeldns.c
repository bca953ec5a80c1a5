/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers to updates: names as text, and the keys that they are part of. */
#include "collector/modeldns.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collector/modelnet.h"
#include "collector/modelskip.h"
#include "wire/dnsname.h"

enum {
	MODELDNS_A = 1,
	MODELDNS_AAAA = 28,
	MODELDNS_NOERROR = 0,
	MODELDNS_NXDOMAIN = 3
};

/* ";NAME;", as it stands in lists. */
struct modeldns_name {
	uint16_t len;
	char text[DNSNAME_TEXT_MAX + 2];
};

struct modeldns_key {
	uint16_t len;
	char text[MODELNET_ADDR_MAX + DNSNAME_TEXT_MAX + sizeof(";;cname")];
};

static_assert(sizeof(((struct modeldns_key *)NULL)->text) +
		      sizeof(((struct modeldns_name *)NULL)->text) <=
		  MODEL_UPDATE_MAX,
    "key and value fit");

struct modeldns {
	const struct modelskip *skip;
	struct modeldns_count count;
	/* of the answer at hand */
	modeldns_fn *emit;
	void *arg;
	struct modeldns_key client; /* "client;ADDRESS" */
	struct modeldns_name name[OBS_DNS_NAMES_MAX];
};

struct modeldns *
modeldns_new(const struct modelskip *skip)
{
	struct modeldns *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->skip = skip;
	return m;
}

static void
modeldns_text(struct modeldns_key *k, const char *text, size_t len)
{
	memcpy(&k->text[k->len], text, len);
	k->len = (uint16_t)(k->len + len);
}

static void
modeldns_word(struct modeldns_key *k, const char *word)
{
	modeldns_text(k, word, strlen(word));
}

static void
modeldns_addr(struct modeldns_key *k, uint8_t ipver, const uint8_t *addr)
{
	k->len =
	    (uint16_t)(k->len + modelnet_addr(&k->text[k->len], ipver, addr));
}

/* "ADDRESS;" of the client, the beginning of every other key. */
static void
modeldns_begin(const struct modeldns *m, struct modeldns_key *k)
{
	const size_t skip = strlen("client;");

	k->len = 0;
	modeldns_text(k, &m->client.text[skip], m->client.len - skip);
	modeldns_word(k, ";");
}

static void
modeldns_add(const struct modeldns *m, const struct modeldns_key *k)
{
	const struct model_update u = { .key = k->text, .key_len = k->len };

	m->emit(m->arg, &u);
}

static void
modeldns_link(const struct modeldns *m, const struct modeldns_key *k,
    const struct modeldns_name *name, uint32_t ttl)
{
	const struct model_update u = { .key = k->text,
		.key_len = k->len,
		.value = name->text,
		.value_len = name->len,
		.ttl = ttl };

	m->emit(m->arg, &u);
}

/* Readers want the name as it is, though it may have ';' in it. */
static void
modeldns_nxdomain(struct modeldns *m)
{
	const struct modeldns_name *name = &m->name[0];
	struct modeldns_key k;

	modeldns_add(m, &m->client);
	modeldns_begin(m, &k);
	for (size_t i = 1; i + 1 < name->len; i++) {
		const char *c = &name->text[i];

		if (c[0] == '\\' && c[1] == ';')
			continue;
		modeldns_text(&k, c, 1);
	}
	modeldns_word(&k, ";nx");
	modeldns_add(m, &k);
	m->count.nxdomain++;
}

static void
modeldns_address(
    struct modeldns *m, const struct obs_dns *d, const struct obs_dns_addr *a)
{
	const size_t last = d->n_names - 1u;
	struct modeldns_key k;

	modeldns_add(m, &m->client);
	for (size_t i = 0; i < last; i++) {
		const struct modeldns_name *to = &m->name[i + 1];

		modeldns_begin(m, &k);
		modeldns_text(&k, &to->text[1], to->len - 1u);
		modeldns_word(&k, "cname");
		modeldns_link(m, &k, &m->name[i], a->ttl);
	}
	modeldns_begin(m, &k);
	modeldns_addr(&k, d->qtype == MODELDNS_A ? 4 : 6, a->addr);
	modeldns_word(&k, ";dns");
	modeldns_link(m, &k, &m->name[last], a->ttl);
	m->count.addresses++;
}

static void
modeldns_names(struct modeldns *m, const struct obs_dns *d)
{
	const uint8_t *name = d->names;

	for (size_t i = 0; i < d->n_names; i++) {
		struct modeldns_name *n = &m->name[i];
		char *p = n->text;

		*p++ = ';';
		p = dnsname_text(p, name);
		*p++ = ';';
		n->len = (uint16_t)(p - n->text);
		name += dnsname_get(name, DNSNAME_MAX);
	}
}

/* Whether ${d} is not recorded, which is counted then. */
static bool
modeldns_refuses(struct modeldns *m, const struct obs_dns *d)
{
	if (d->ipver != 4 && d->ipver != 6) {
		m->count.no_client++;
	} else if (d->qtype != MODELDNS_A && d->qtype != MODELDNS_AAAA) {
		m->count.other_type++;
	} else if (d->rcode != MODELDNS_NOERROR &&
		   d->rcode != MODELDNS_NXDOMAIN) {
		m->count.other_rcode++;
	} else if (d->rcode == MODELDNS_NOERROR && d->n_addrs == 0) {
		m->count.no_address++;
	} else {
		return false;
	}
	return true;
}

void
modeldns_put(
    struct modeldns *m, const struct obs_dns *d, modeldns_fn *emit, void *arg)
{
	if (d->what != OBS_DNS_ANSWER)
		return;
	assert(d->n_names > 0 && d->n_names <= OBS_DNS_NAMES_MAX);
	if (modeldns_refuses(m, d))
		return;
	modeldns_names(m, d);
	if (modelskip_has(
		m->skip, d->names, &m->name[0].text[1], m->name[0].len - 2u)) {
		m->count.ignored++;
		return;
	}
	m->emit = emit;
	m->arg = arg;
	m->client.len = 0;
	modeldns_word(&m->client, "client;");
	modeldns_addr(&m->client, d->ipver, d->client);
	if (d->rcode == MODELDNS_NXDOMAIN) {
		modeldns_nxdomain(m);
		return;
	}
	for (size_t i = 0; i < d->n_addrs; i++)
		modeldns_address(m, d, &d->addrs[i]);
	m->count.answers++;
}

const struct modeldns_count *
modeldns_count(const struct modeldns *m)
{
	return &m->count;
}

void
modeldns_free(struct modeldns *m)
{
	free(m);
}
