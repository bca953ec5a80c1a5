/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers for tests, made of text. */
#ifndef TESTS_UNIT_ANSWER_H_
#define TESTS_UNIT_ANSWER_H_

#include "wire/obs.h"

/**
 * answer_make(ret_o, ms, client, chain, addrs):
 * Make ${ret_o} the answer to ${client} at ${ms} milliseconds: ${chain} are names
 * and ${addrs} ADDRESS/TTL, each with blanks between; the addresses have one
 * version, which makes the question A or AAAA.  What it points to lives until
 * the next call.  Source and connection are those of the caller.
 */
void answer_make(struct obs *ret_o, int64_t ms, const char *client,
    const char *chain, const char *addrs);

/**
 * answer_addr(ret_addr, text):
 * Read an address.  Returns its IP version.
 */
uint8_t answer_addr(uint8_t ret_addr[static 16], const char *text);

#endif
