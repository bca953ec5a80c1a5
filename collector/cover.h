/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose lookups cannot have been missed: the proof behind "none". */
#ifndef COLLECTOR_COVER_H_
#define COLLECTOR_COVER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/modelnet.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

/*
 * A resolver reports its answers over a connection (dnstap) to an agent, the
 * source.  A connection is proven from its beginning, or the latest gap of
 * its source, up to the latest sign of life.  A client that was answered, or
 * is in a network that the configuration declares, is covered when all
 * resolvers are, as many as there were at the best of times: it may ask any
 * of them.  Or it is enough for one that was answered, if so configured, that
 * those are that were seen to answer it; when one of them is lost, until it
 * is back, at the same source under the same name.
 */
struct cover;

/**
 * cover_new(max, lag_ns, all, key):
 * Return a record of at most ${max} clients (the longest silent are forgotten
 * first, and so are not covered) for resolvers that report an answer within
 * ${lag_ns}; ${all} of them matter to everybody, or only those that were seen
 * to answer a client.  NULL with errno on failure.
 */
struct cover *cover_new(
    size_t max, int64_t lag_ns, bool all, const struct hash_key *key);

/**
 * cover_declare(c, nets, n):
 * The ${n} networks at ${nets} (borrowed) ask covered resolvers only.
 */
void cover_declare(struct cover *c, const struct modelnet *nets, size_t n);

/**
 * cover_up(c, src, conn, at) / cover_down(c, src, conn):
 * The connection ${conn} to ${src} began, ended.
 */
void cover_up(struct cover *c, unsigned int src, uint32_t conn, wall_t at);
void cover_down(struct cover *c, unsigned int src, uint32_t conn);

/**
 * cover_alive(c, src, at):
 * All that connections to ${src} brought until ${at} was seen.
 */
void cover_alive(struct cover *c, unsigned int src, wall_t at);

/**
 * cover_gap(c, src, at):
 * Something that ${src} had to tell is missing.
 */
void cover_gap(struct cover *c, unsigned int src, wall_t at);

/**
 * cover_gone(c, src):
 * ${src} is not heard any more: all its connections ended.
 */
void cover_gone(struct cover *c, unsigned int src);

/**
 * cover_answer(c, src, at, d):
 * ${src} saw the answer ${d}, to a known client.
 */
void cover_answer(
    struct cover *c, unsigned int src, wall_t at, const struct obs_dns *d);

/**
 * cover_forget(c, at, ipver, client):
 * A lookup of ${client} is not remembered any more.
 */
void cover_forget(
    struct cover *c, wall_t at, uint8_t ipver, const uint8_t *client);

/**
 * cover_proves(c, ipver, client, from, until):
 * Return whether no lookup of ${client} from ${from} until ${until} can have
 * been missed.
 */
bool cover_proves(const struct cover *c, uint8_t ipver, const uint8_t *client,
    wall_t from, wall_t until);

/**
 * cover_clients(c):
 * Return the number of clients remembered.
 */
size_t cover_clients(const struct cover *c);

/**
 * cover_free(c):
 * Free ${c}; NULL is fine.
 */
void cover_free(struct cover *c);

#endif
