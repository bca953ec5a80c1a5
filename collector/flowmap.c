/* SPDX-License-Identifier: BSD-3-Clause */
/* Client and port of interest of a flow: networks, then rules, in order. */
#include "collector/flowmap.h"

#include <stdlib.h>
#include <string.h>

#include "collector/modelnet.h"
#include "wire/obs.h"

enum { FLOWMAP_NO_NET = -1 };

struct flowmap_entry {
	int name;
	bool own; /* the own networks stand here, not .net */
	struct modelnet net;
};

struct flowmap_end {
	struct modelnet addr;
	uint16_t port;
};

struct flowmap {
	struct modelnet own[FLOWMAP_NETS_MAX];
	size_t n_own;
	char name[FLOWMAP_NETS_MAX][FLOWMAP_NAME_MAX];
	size_t n_names;
	struct flowmap_entry net[FLOWMAP_NETS_MAX];
	size_t n_nets;
	struct flowmap_rule rule[FLOWMAP_RULES_MAX];
	size_t n_rules;
	struct flowmap_end end[FLOWMAP_ENDS_MAX];
	size_t n_ends;
};

struct flowmap *
flowmap_new(void)
{
	return calloc(1, sizeof(struct flowmap));
}

int
flowmap_own(struct flowmap *m, const struct modelnet *net)
{
	if (m->n_own == FLOWMAP_NETS_MAX)
		return -1;
	m->own[m->n_own++] = *net;
	return 0;
}

bool
flowmap_covers(const struct flowmap *m, uint8_t ipver)
{
	for (size_t i = 0; i < m->n_own; i++) {
		if (m->own[i].ipver == ipver)
			return true;
	}
	return m->n_own == 0;
}

bool
flowmap_is_own(const struct flowmap *m, uint8_t ipver, const uint8_t *addr)
{
	return modelnet_has(m->own, m->n_own, ipver, addr);
}

int
flowmap_name(struct flowmap *m, const char *name, bool add)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < m->n_names; i++) {
		if (strcmp(m->name[i], name) == 0)
			return (int)i;
	}
	if (!add || m->n_names == FLOWMAP_NETS_MAX || len >= FLOWMAP_NAME_MAX)
		return -1;
	memcpy(m->name[m->n_names], name, len + 1);
	return (int)m->n_names++;
}

int
flowmap_net(struct flowmap *m, int name, const struct modelnet *net)
{
	struct flowmap_entry *e;

	if (m->n_nets == FLOWMAP_NETS_MAX)
		return -1;
	e = &m->net[m->n_nets++];
	e->name = name;
	e->own = net == NULL;
	if (net != NULL)
		e->net = *net;
	return 0;
}

int
flowmap_rule(struct flowmap *m, const struct flowmap_rule *r)
{
	if (m->n_rules == FLOWMAP_RULES_MAX)
		return -1;
	m->rule[m->n_rules++] = *r;
	return 0;
}

int
flowmap_defaults(struct flowmap *m)
{
	static const struct modelnet all4 = { .ipver = 4 };
	static const struct modelnet all6 = { .ipver = 6 };
	static const struct flowmap_rule lower = {
		.src_net = FLOWMAP_NO_NET,
		.dst_net = FLOWMAP_NO_NET,
		.action = FLOWMAP_LOWER_PORT,
		.first = FLOWMAP_SRC,
	};

	if (m->n_nets == 0) {
		const int name = flowmap_name(m, "all", true);

		if (name < 0 || flowmap_net(m, name, &all4) != 0 ||
		    flowmap_net(m, name, &all6) != 0)
			return -1;
	}
	return m->n_rules > 0 ? 0 : flowmap_rule(m, &lower);
}

static int
flowmap_net_of(const struct flowmap *m, uint8_t ipver, const uint8_t *addr)
{
	for (size_t i = 0; i < m->n_nets; i++) {
		const struct flowmap_entry *e = &m->net[i];

		if (e->own ? flowmap_is_own(m, ipver, addr)
			   : modelnet_has(&e->net, 1, ipver, addr))
			return e->name;
	}
	return FLOWMAP_NO_NET;
}

static bool
flowmap_has_port(const struct flowmap_ports *ports, uint16_t port)
{
	return (ports->bit[port / 64] >> (port % 64) & 1) != 0;
}

static enum flowmap_side
flowmap_other(enum flowmap_side side)
{
	return side == FLOWMAP_SRC ? FLOWMAP_DST : FLOWMAP_SRC;
}

static uint16_t
flowmap_port(const struct obs_pkt *p, enum flowmap_side side)
{
	return side == FLOWMAP_SRC ? p->sport : p->dport;
}

static bool
flowmap_port_match(const struct flowmap_rule *r, const struct obs_pkt *p,
    struct flowmap_flow *ret_flow)
{
	enum flowmap_side server = r->first;

	if (!flowmap_has_port(r->ports, flowmap_port(p, server)))
		server = flowmap_other(server);
	if (!flowmap_has_port(r->ports, flowmap_port(p, server)))
		return false;
	ret_flow->client = flowmap_other(server);
	ret_flow->port = flowmap_port(p, server);
	return true;
}

static bool
flowmap_assign(const struct flowmap_rule *r, const struct obs_pkt *p,
    struct flowmap_flow *ret_flow)
{
	const uint16_t port = flowmap_port(p, r->port);

	if (r->ports != NULL && !flowmap_has_port(r->ports, port))
		return false;
	ret_flow->client = r->client;
	ret_flow->port = port;
	return true;
}

static bool
flowmap_lower_port(const struct flowmap_rule *r, const struct obs_pkt *p,
    struct flowmap_flow *ret_flow)
{
	enum flowmap_side server = r->first;

	if (p->sport != p->dport)
		server = p->sport < p->dport ? FLOWMAP_SRC : FLOWMAP_DST;
	ret_flow->client = flowmap_other(server);
	ret_flow->port = flowmap_port(p, server);
	return true;
}

static bool
flowmap_apply(const struct flowmap_rule *r, const struct obs_pkt *p,
    struct flowmap_flow *ret_flow)
{
	switch (r->action) {
	case FLOWMAP_PORT_MATCH:
		return flowmap_port_match(r, p, ret_flow);
	case FLOWMAP_ASSIGN:
		return flowmap_assign(r, p, ret_flow);
	case FLOWMAP_LOWER_PORT:
		return flowmap_lower_port(r, p, ret_flow);
	}
	return false;
}

bool
flowmap_match(const struct flowmap *m, const struct obs_pkt *p,
    struct flowmap_flow *ret_flow)
{
	const int src = flowmap_net_of(m, p->ipver, p->src);
	const int dst = flowmap_net_of(m, p->ipver, p->dst);

	if (src == FLOWMAP_NO_NET || dst == FLOWMAP_NO_NET)
		return false;
	for (size_t i = 0; i < m->n_rules; i++) {
		const struct flowmap_rule *r = &m->rule[i];

		if ((r->src_net == FLOWMAP_NO_NET || r->src_net == src) &&
		    (r->dst_net == FLOWMAP_NO_NET || r->dst_net == dst) &&
		    flowmap_apply(r, p, ret_flow))
			return !r->drop;
	}
	return false;
}

int
flowmap_ignore(struct flowmap *m, const struct modelnet *addr, uint16_t port)
{
	if (m->n_ends == FLOWMAP_ENDS_MAX)
		return -1;
	m->end[m->n_ends++] = (struct flowmap_end){ *addr, port };
	return 0;
}

bool
flowmap_is_ignored(const struct flowmap *m, const struct obs_pkt *p)
{
	for (size_t i = 0; i < m->n_ends; i++) {
		const struct flowmap_end *e = &m->end[i];

		if ((e->port == p->sport &&
			modelnet_has(&e->addr, 1, p->ipver, p->src)) ||
		    (e->port == p->dport &&
			modelnet_has(&e->addr, 1, p->ipver, p->dst)))
			return true;
	}
	return false;
}

static void
flowmap_print_ports(const struct flowmap_ports *ports, FILE *fp)
{
	const char *sep = "";

	fputs(" ports=", fp);
	for (unsigned int port = 0; port <= UINT16_MAX; port++) {
		const unsigned int first = port;

		while (port <= UINT16_MAX &&
		       flowmap_has_port(ports, (uint16_t)port))
			port++;
		if (port == first)
			continue;
		fprintf(fp, "%s%u", sep, first);
		if (port - 1 > first)
			fprintf(fp, "-%u", port - 1);
		sep = ",";
	}
}

static void
flowmap_print_rule(
    const struct flowmap *m, const struct flowmap_rule *r, FILE *fp)
{
	static const char *const side[] = { "src", "dst" };

	fprintf(fp, "flows.map = %s %s ",
	    r->src_net == FLOWMAP_NO_NET ? "*" : m->name[r->src_net],
	    r->dst_net == FLOWMAP_NO_NET ? "*" : m->name[r->dst_net]);
	switch (r->action) {
	case FLOWMAP_PORT_MATCH:
		fprintf(fp, "port-match precedence=%s", side[r->first]);
		break;
	case FLOWMAP_ASSIGN:
		fprintf(fp, "assign client-from=%s port-from=%s",
		    side[r->client], side[r->port]);
		break;
	case FLOWMAP_LOWER_PORT:
		fprintf(fp, "lower-port precedence=%s", side[r->first]);
		break;
	}
	if (r->ports != NULL)
		flowmap_print_ports(r->ports, fp);
	fputs(r->drop ? " drop\n" : "\n", fp);
}

static void
flowmap_print_end(const struct flowmap_end *e, FILE *fp)
{
	char text[MODELNET_TEXT_MAX] = "";

	modelnet_addr(text, e->addr.ipver, e->addr.addr);
	fprintf(fp, "flows.ignore = %s%s%s:%u\n", e->addr.ipver == 6 ? "[" : "",
	    text, e->addr.ipver == 6 ? "]" : "", (unsigned int)e->port);
}

void
flowmap_print(const struct flowmap *m, FILE *fp)
{
	char text[MODELNET_TEXT_MAX];

	for (size_t i = 0; i < m->n_own; i++) {
		fprintf(fp, "flows.own-networks = %s\n",
		    modelnet_text(text, &m->own[i]));
	}
	for (size_t i = 0; i < m->n_nets; i++) {
		fprintf(fp, "flows.network = %s %s\n", m->name[m->net[i].name],
		    m->net[i].own ? "own"
				  : modelnet_text(text, &m->net[i].net));
	}
	for (size_t i = 0; i < m->n_rules; i++)
		flowmap_print_rule(m, &m->rule[i], fp);
	for (size_t i = 0; i < m->n_ends; i++)
		flowmap_print_end(&m->end[i], fp);
}

void
flowmap_free(struct flowmap *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n_rules; i++)
		free(m->rule[i].ports);
	free(m);
}
