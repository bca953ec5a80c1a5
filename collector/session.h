/* SPDX-License-Identifier: BSD-3-Clause */
/* One conversation with an agent: octets in and out, no descriptor. */
#ifndef COLLECTOR_SESSION_H_
#define COLLECTOR_SESSION_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/obuf.h"
#include "collector/hub.h"
#include "wire/hello.h"
#include "wire/mono.h"
#include "wire/sess.h"
#include "wire/stream.h"

/* What all sessions share; outlives them. */
struct session_env {
	struct hub *hub;
	struct stream_scratch *scratch;
	struct hello offer; /* our HELLO, but for the place to resume */
	bool legacy;        /* old agents are welcome */
	bool apply_clock;   /* times of records are put right (source_aim) */
	/*
	 * Who is it that dialled in and says ${h}?  Returns a source that is
	 * not busy, or NULL to refuse.
	 */
	struct source *(*who)(void *arg, const struct hello *h);
};

struct session;

/**
 * session_new(env, s, arg, now):
 * Return a conversation that begins at ${now} with the agent ${s}, which
 * becomes busy, or with an unknown one that env->who(${arg}, .) will name
 * (${s} is NULL).  Our HELLO is queued.  NULL with errno on failure.
 */
struct session *session_new(
    const struct session_env *env, struct source *s, void *arg, mono_t now);

/**
 * session_ask(x, now, wall):
 * Ask what the agent's clock shows already with our HELLO, so that it is known
 * before any record.  To be called right after session_new.
 */
void session_ask(struct session *x, mono_t now, wall_t wall);

/**
 * session_secure(x):
 * The connection is under TLS, where old agents are not welcome.
 */
void session_secure(struct session *x);

/**
 * session_feed(x, buf, len, now, wall):
 * Take all ${len} octets that the agent sent.  May queue an answer.
 * Returns the new state: from SESS_ENDING on, send what is queued and
 * close.
 */
enum sess_state session_feed(
    struct session *x, const uint8_t *buf, size_t len, mono_t now, wall_t wall);

/**
 * session_eof(x):
 * The agent closed the connection, or it broke.
 */
void session_eof(struct session *x);

/**
 * session_tick(x, now, wall):
 * Time passed: acknowledge, ping, give up on the silent.  Call once a
 * second, and at session_deadline while the state is below SESS_OPEN.
 */
enum sess_state session_tick(struct session *x, mono_t now, wall_t wall);

/**
 * session_end(x, why):
 * Say BYE for our part, where the agent would understand it.
 */
void session_end(struct session *x, enum ctl_bye why);

enum sess_state session_state(const struct session *x);

/**
 * session_source(x):
 * Return whom we talk with, NULL while that is unknown.
 */
struct source *session_source(const struct session *x);

/**
 * session_records(x):
 * Return how many records came, of all kinds, repeated ones too.
 */
uint64_t session_records(const struct session *x);

/**
 * session_deaf(x, now):
 * We did not listen until ${now}: the agent was not silent.
 */
void session_deaf(struct session *x, mono_t now);

/**
 * session_out(x):
 * Return the queue of octets for the agent.
 */
struct obuf *session_out(struct session *x);

/**
 * session_finished(x):
 * Return whether the agent has sent all it ever will: BYE(end), or the end of
 * an old stream.
 */
bool session_finished(const struct session *x);

/**
 * session_owes(x):
 * Return whether the agent said BYE and some output does not have all yet:
 * nothing should be read, and session_tick called often.
 */
bool session_owes(const struct session *x);

/**
 * session_again(x):
 * Return whether the agent has another stream for who connects again.
 */
bool session_again(const struct session *x);

/**
 * session_why(x):
 * Return what was wrong, a static text; NULL when nothing was.
 */
const char *session_why(const struct session *x);

/**
 * session_free(x):
 * Forget the conversation; its source is no longer busy.  NULL is fine.
 */
void session_free(struct session *x);

#endif
