/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN messages: the strict detector. */
#include "agent/mgen.h"

#include "wire/bytes.h"

/*
 *	 0      2   3   4        8        12       16       20     22  23  24
 *	+------+---+---+--------+--------+--------+--------+------+---+---+----
 *	| size |ver|flg| flow   | seq    | tx sec | tx us  | port |typ|len| dst
 *	+------+---+---+--------+--------+--------+--------+------+---+---+----
 */
#define MGEN_VERSION 2
#define FLAGS_MAX    0x1f
#define USEC_MAX     999999
#define ADDR_V4      (1 << 8 | 4) /* type, length */
#define ADDR_V6      (2 << 8 | 16)

bool
mgen_get(struct mgen *ret_m, const uint8_t *p, size_t len)
{
	uint16_t addr;

	if (len < MGEN_HEAD || p[2] != MGEN_VERSION || p[3] > FLAGS_MAX)
		return false;
	addr = get_be16(&p[22]);
	if (addr != ADDR_V4 && addr != ADDR_V6)
		return false;
	ret_m->size = get_be16(&p[0]);
	if (get_be32(&p[16]) > USEC_MAX ||
	    ret_m->size < (addr == ADDR_V4 ? MGEN_MIN_V4 : MGEN_MIN_V6))
		return false;
	ret_m->flow = get_be32(&p[4]);
	ret_m->seq = get_be32(&p[8]);
	ret_m->tx =
	    wall_make(get_be32(&p[12]), get_be32(&p[16]) * MONO_NS_PER_US);
	return true;
}
