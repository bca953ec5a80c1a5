/* SPDX-License-Identifier: BSD-3-Clause */
/* Strings of a DNS block by number: what the encoder has sent already. */
#ifndef WIRE_DNSTAB_H_
#define WIRE_DNSTAB_H_

#include <stddef.h>
#include <stdint.h>

#define DNSTAB_NONE UINT32_MAX

/*
 * A string is an octet n and n octets.  The table does not keep it: it lies
 * in a text that only grows.  Equal strings with another ${tag} are others.
 */
struct dnstab;

/**
 * dnstab_new(max):
 * Return an empty table that numbers the first ${max} <= 65534 strings; NULL
 * on failure.
 */
struct dnstab *dnstab_new(unsigned int max);

/**
 * dnstab_clear(t):
 * Forget all strings.
 */
void dnstab_clear(struct dnstab *t);

/**
 * dnstab_find(t, text, tag, string):
 * Return the number of ${string} with the ${tag}, or DNSTAB_NONE.
 */
unsigned int dnstab_find(const struct dnstab *t, const uint8_t *text,
    unsigned int tag, const uint8_t *string);

/**
 * dnstab_add(t, at, tag, string):
 * Number ${string}, which lies or will lie at ${at} of the text, and was not
 * found.  Returns 0, 1, ...; DNSTAB_NONE when the table is full.
 */
unsigned int dnstab_add(
    struct dnstab *t, size_t at, unsigned int tag, const uint8_t *string);

void dnstab_free(struct dnstab *t);

#endif
