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

	*g = (struct gate){ .conf = *conf };
	if (why == NULL && conf->require_tls && !used)
		why = "it is required, but there is neither a certificate "
		      "nor a pre-shared key";
	if (why != NULL) {
		log_errorx("TLS: %s", why);
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

	if (allow_has(&g->allow, (const struct sockaddr *)&addr->ss))
		return true;
	++*g->conf.not_allowed;
	seldom_warnx(&g->said_allow, proc_mono(),
	    "%s %s: refused: its address is not allowed", g->conf.peer,
	    net_name(name, addr));
	return false;
}

bool
gate_blame(struct gate *g, const struct conn *c, const char *name)
{
	const char *why = conn_why(c);

	if (c->stage == CONN_BARRED) {
		++*g->conf.no_tls;
		seldom_warnx(&g->said_plain, proc_mono(),
		    "%s %s: refused: it does not use TLS", g->conf.peer, name);
		return true;
	}
	if (why == NULL)
		return false;
	++*g->conf.tls_failed;
	seldom_warnx(&g->said_tls, proc_mono(), "%s %s: TLS: %s", g->conf.peer,
	    name, why);
	return true;
}

void
gate_done(struct gate *g)
{
	tlsctx_free(g->tls);
	allow_done(&g->allow);
	g->tls = NULL;
}
