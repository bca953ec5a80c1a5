/* SPDX-License-Identifier: BSD-3-Clause */
/* Traffic ids: which of the definitions 1..64 a packet matches. */
#ifndef COLLECTOR_CLASS_H_
#define COLLECTOR_CLASS_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/obs.h"

#define CLASS_ID_MAX     64
#define CLASS_RANGES_MAX 65536 /* MGEN definitions */

struct class;

/**
 * class_new():
 * Return a set without definitions (512 KiB), or NULL with errno.
 */
struct class *class_new(void);

/**
 * class_ports(c, id, first, last):
 * Let the id ${id} (1..CLASS_ID_MAX) match TCP and UDP packets whose
 * destination port lies in ${first}..${last}.
 */
void class_ports(
    struct class *c, unsigned int id, uint16_t first, uint16_t last);

/**
 * class_mgen(c, id, first, last):
 * Let ${id} match the MGEN flow ids ${first}..${last}.  Call class_seal after
 * the last one.  Returns 0, or -1 when there are CLASS_RANGES_MAX or no memory.
 */
int class_mgen(struct class *c, unsigned int id, uint32_t first, uint32_t last);

/**
 * class_seal(c):
 * Make ${c} ready for class_match.  Returns 0, or -1 without memory.
 */
int class_seal(struct class *c);

/**
 * class_match(c, p):
 * Return the ids that ${p} matches: bit 0 is id 1.
 */
uint64_t class_match(const struct class *c, const struct obs_pkt *p);

/**
 * class_print(c, fp):
 * Print the definitions as lines of collector.conf, by id.
 */
void class_print(const struct class *c, FILE *fp);

/**
 * class_free(c):
 * Free ${c}; NULL is fine.
 */
void class_free(struct class *c);

#endif
