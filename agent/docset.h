/* SPDX-License-Identifier: BSD-3-Clause */
/* What a doctor found: values, what is wrong with them, what mends it. */
#ifndef AGENT_DOCSET_H_
#define AGENT_DOCSET_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which they are told. */
enum docset_check {
	DOCSET_OFFLOAD,
	DOCSET_BUFFERS,
	DOCSET_UDP,
	DOCSET_INTERFACE,
	DOCSET_SOFTNET,
	DOCSET_STEERING,
	DOCSET_CAPTURE,
	DOCSET_CHECKS
};

enum docset_kind {
	DOCSET_SWITCH,  /* 0 off, 1 on: wrong when it is on */
	DOCSET_LEAST,   /* wrong when it is less than .want */
	DOCSET_COUNTER, /* since some time: wrong when it is not 0 */
	DOCSET_FACT     /* never wrong by itself */
};

struct docset_item {
	enum docset_check check;
	enum docset_kind kind;
	char subject[64]; /* an interface, a CPU, a socket; "host" */
	char name[40];
	uint64_t id; /* tells apart what has one name, sockets for one */
	int err;     /* errno when it could not be read, else 0 */
	uint64_t value, want;
	char mend[256]; /* a command for a shell; "" there is none */
};

struct docset {
	struct docset_item *item;
	size_t n, room;
	bool incomplete; /* there was no room for all */
};

#define DOCSET_MAX 16384 /* items */

/**
 * docset_make(check, kind, subject, name):
 * Return an item without a value; names that are too long are cut.
 */
struct docset_item docset_make(enum docset_check check, enum docset_kind kind,
    const char *subject, const char *name);

/**
 * docset_add(s, item):
 * Append a copy of ${item}; beyond DOCSET_MAX, or without memory, it is left
 * out and ${s} incomplete.
 */
void docset_add(struct docset *s, const struct docset_item *item);

/**
 * docset_grown(s, was):
 * Make counters of ${s} tell what came since ${was} was read; one that ${was}
 * does not have was 0.
 */
void docset_grown(struct docset *s, const struct docset *was);

/**
 * docset_wrong(item):
 * Return whether something is wrong.  What could not be read is not.
 */
bool docset_wrong(const struct docset_item *item);

/**
 * docset_check_name(check):
 * Return the word for ${check}.
 */
const char *docset_check_name(enum docset_check check);

/**
 * docset_done(s):
 * Free the items; ${s} is empty then.
 */
void docset_done(struct docset *s);

#endif
