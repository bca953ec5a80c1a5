/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may connect: allow-list, TLS, and a word about those who may not. */
#include "base/gate.h"

#include "base/log.h"
#include "base/proc.h"

int
gate_open(struct gate *g, const struct gate_conf *conf)
{
	const char *why = tlsctx_wrong(&conf->tls);
	const bool used = tlsctx_used(&conf->tls);

	*g = (struct gate){ .conf = *conf,
		.said_allow = { .what = "addresses that are not allowed",
		    .max = GATE_LINES },
		.said_plain = { .what = "peers without TLS",
		    .max = GATE_LINES },
		.said_tls = { .what = "TLS", .max = GATE_LINES } };
	if (why == NULL && conf->require_tls && !used) {
		why = "it is required, but there is neither a certificate "
		      "nor a pre-shared key";
	}
	if (why != NULL) {
		log_errorx("TLS: %s", why);
		return -1;
	}
	if (used && proc_no_core() != 0) {
		log_error("TLS: keys might get into core files");
		return -1;
	}
	if (used && (g->tls = tlsctx_new(&conf->tls)) == NULL)
		return -1;
	return 0;
}

void
gate_warn(const struct gate *g, int fd)
{
	if (g->allow.n > 0 || g->conf.require_tls || net_is_local(fd))
		return;
	log_warnx("any %s on the network may connect: see --allow and "
		  "--require-tls",
	    g->conf.peer);
}

bool
gate_admits(struct gate *g, const struct net_addr *addr)
{
	char name[NET_NAME_MAX];

	if (allow_has(&g->allow, addr))
		return true;
	++*g->conf.not_allowed;
	if (lograte_may(&g->said_allow, proc_mono())) {
		log_warnx("%s %s: refused: its address is not allowed",
		    g->conf.peer, net_name(name, addr));
	}
	return false;
}

const char *
gate_why(struct gate *g, const struct conn *c)
{
	if (c->stage == CONN_BARRED) {
		++*g->conf.no_tls;
		return "it does not use TLS";
	}
	if (conn_why(c) != NULL)
		++*g->conf.tls_failed;
	return conn_why(c);
}

bool
gate_blame(struct gate *g, const struct conn *c, const char *name)
{
	const bool plain = c->stage == CONN_BARRED;
	const char *why = gate_why(g, c);

	if (why == NULL)
		return false;
	if (lograte_may(plain ? &g->said_plain : &g->said_tls, proc_mono())) {
		log_warnx("%s %s: %s: %s", g->conf.peer, name,
		    plain ? "refused" : "TLS", why);
	}
	return true;
}

void
gate_tick(struct gate *g)
{
	lograte_tick(&g->said_allow, proc_mono());
	lograte_tick(&g->said_plain, proc_mono());
	lograte_tick(&g->said_tls, proc_mono());
}

void
gate_reload(struct gate *g)
{
	struct tlsctx *fresh;

	if (g->tls == NULL)
		return;
	if ((fresh = tlsctx_new(&g->conf.tls)) == NULL) {
		log_warnx("TLS: certificates and keys stay as they were");
		return;
	}
	tlsctx_free(g->tls);
	g->tls = fresh;
	log_info("TLS: certificates and keys were read again");
}

void
gate_done(struct gate *g)
{
	lograte_done(&g->said_allow);
	lograte_done(&g->said_plain);
	lograte_done(&g->said_tls);
	tlsctx_free(g->tls);
	allow_done(&g->allow);
	g->tls = NULL;
}
