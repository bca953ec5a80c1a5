/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may be an agent: the settings of file and command line together. */
#include "collector/access.h"

#include <inttypes.h>

#include "base/log.h"

static void
prefer(const char **which, const char *other)
{
	if (*which == NULL)
		*which = other;
}

static struct tlsctx_conf
merge(struct tlsctx_conf t, const struct tlsctx_conf *c)
{
	prefer(&t.cert, c->cert);
	prefer(&t.key, c->key);
	prefer(&t.ca, c->ca);
	prefer(&t.psk_file, c->psk_file);
	prefer(&t.psk_identity, c->psk_identity);
	prefer(&t.name, c->name);
	return t;
}

static int
add(struct access *a, const char *text)
{
	const char *why = allow_add(&a->gate.allow, text);

	if (why == NULL)
		return 0;
	log_errorx("--allow: %s %s", text, why);
	return -1;
}

int
access_open(struct access *a, const struct opts *o, const struct conf *c)
{
	const struct gate_conf conf = { .tls = merge(o->tls, &c->tls),
		.require_tls = o->require_tls || c->require_tls,
		.peer = "agent",
		.not_allowed = &a->not_allowed,
		.no_tls = &a->no_tls,
		.tls_failed = &a->tls_failed };
	char text[ALLOW_TEXT_MAX];

	*a = (struct access){ .not_allowed = 0 };
	if (gate_open(&a->gate, &conf) != 0)
		return -1;
	for (size_t i = 0; i < c->allow.n; i++) {
		if (add(a, allow_text(text, &c->allow.net[i])) != 0)
			return -1;
	}
	for (size_t i = 0; i < o->allow.n; i++) {
		if (add(a, o->allow.item[i]) != 0)
			return -1;
	}
	return 0;
}

void
access_print(const struct access *a, FILE *fp)
{
	fprintf(fp, "peers.not_allowed %" PRIu64 "\n", a->not_allowed);
	fprintf(fp, "peers.no_tls %" PRIu64 "\n", a->no_tls);
	fprintf(fp, "peers.tls_failed %" PRIu64 "\n", a->tls_failed);
}

void
access_done(struct access *a)
{
	gate_done(&a->gate);
}
