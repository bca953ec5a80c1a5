/* SPDX-License-Identifier: BSD-3-Clause */
/* Which end of a flow is the client, and which port is of interest. */
#ifndef COLLECTOR_FLOWMAP_H_
#define COLLECTOR_FLOWMAP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/modelnet.h"
#include "wire/obs.h"

#define FLOWMAP_NAME_MAX  32   /* a network's name, with the final 0 */
#define FLOWMAP_NETS_MAX  1024 /* networks of all names, and own ones */
#define FLOWMAP_RULES_MAX 256
#define FLOWMAP_ENDS_MAX  1024 /* ends of flows to ignore */

enum flowmap_side { FLOWMAP_SRC, FLOWMAP_DST };

/* A set of the ports 1..65535. */
struct flowmap_ports {
	uint64_t bit[1024];
};

enum flowmap_action {
	/*
	 * The side whose port is in the set is the server, and its port is
	 * of interest; the side .first is looked at first.
	 */
	FLOWMAP_PORT_MATCH,
	/*
	 * When the port of the side .port is in the set (or there is no set):
	 * it is of interest, and the side .client is the client.
	 */
	FLOWMAP_ASSIGN,
	/* The lower port is the server's; of equal ones, that of .first. */
	FLOWMAP_LOWER_PORT
};

struct flowmap_rule {
	int src_net, dst_net; /* from flowmap_name, -1 any */
	enum flowmap_action action;
	enum flowmap_side first;        /* PORT_MATCH, LOWER_PORT */
	enum flowmap_side client, port; /* ASSIGN */
	bool drop;                      /* a match means: no flow */
	struct flowmap_ports *ports;    /* owned; NULL: every port (ASSIGN) */
};

/* What a rule said about a packet. */
struct flowmap_flow {
	enum flowmap_side client;
	uint16_t port;
};

struct flowmap;

/**
 * flowmap_new():
 * Return a map without networks and rules, or NULL with errno.
 */
struct flowmap *flowmap_new(void);

/**
 * flowmap_own(m, net):
 * Add ${net} to the own networks.  Returns 0, -1 when there are too many.
 */
int flowmap_own(struct flowmap *m, const struct modelnet *net);

/**
 * flowmap_covers(m, ipver):
 * Return whether flows of this IP version are counted: those of the own
 * networks, both when there is no own network.
 */
bool flowmap_covers(const struct flowmap *m, uint8_t ipver);

/**
 * flowmap_is_own(m, ipver, addr):
 * Return whether ${addr} lies in an own network.
 */
bool flowmap_is_own(
    const struct flowmap *m, uint8_t ipver, const uint8_t *addr);

/**
 * flowmap_name(m, name, add):
 * Return the number of the network called ${name}.  When there is none, make
 * it if ${add}, else return -1; -1 too when there are too many, or the name
 * is too long.
 */
int flowmap_name(struct flowmap *m, const char *name, bool add);

/**
 * flowmap_net(m, name, net):
 * Let addresses in ${net} (NULL: in the own networks) that no earlier call
 * named be in the network number ${name}.  Returns 0, -1 when full.
 */
int flowmap_net(struct flowmap *m, int name, const struct modelnet *net);

/**
 * flowmap_rule(m, r):
 * Append ${r} (copied; its ports become the map's).  Returns 0, -1 when full.
 */
int flowmap_rule(struct flowmap *m, const struct flowmap_rule *r);

/**
 * flowmap_defaults(m):
 * Where ${m} has no networks, add "all" with every address of both versions;
 * where it has no rules, add LOWER_PORT for all.  Returns 0, -1 when full.
 */
int flowmap_defaults(struct flowmap *m);

/**
 * flowmap_match(m, p, ret_flow):
 * Ask the rules about ${p}.  Returns whether there is a flow.
 */
bool flowmap_match(const struct flowmap *m, const struct obs_pkt *p,
    struct flowmap_flow *ret_flow);

/**
 * flowmap_ignore(m, addr, port):
 * Let flows with this end be ignored.  ${addr} is a network of one address.
 * Returns 0, -1 when there are too many.
 */
int flowmap_ignore(
    struct flowmap *m, const struct modelnet *addr, uint16_t port);

/**
 * flowmap_is_ignored(m, p):
 * Return whether one end of ${p}, its address with its own port, is ignored.
 */
bool flowmap_is_ignored(const struct flowmap *m, const struct obs_pkt *p);

/**
 * flowmap_print(m, fp):
 * Print own networks, networks and rules as lines "flows.KEY = VALUE".
 */
void flowmap_print(const struct flowmap *m, FILE *fp);

/**
 * flowmap_free(m):
 * Free ${m}; NULL is fine.
 */
void flowmap_free(struct flowmap *m);

#endif
