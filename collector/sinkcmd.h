/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands to Redis as octets (RESP arrays), and judging its answers. */
#ifndef COLLECTOR_SINKCMD_H_
#define COLLECTOR_SINKCMD_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/model.h"

#define SINKCMD_MAX (MODEL_UPDATE_MAX + 96) /* octets of a command */

/* The form "*3 $6 INCRBY ...": the commands that have a number. */
#define SINKCMD_INCRBY "*3\r\n$6\r\nINCRBY\r\n"
#define SINKCMD_EXPIRE "*3\r\n$6\r\nEXPIRE\r\n"

/**
 * sinkcmd_number(dst, head, key, len, v):
 * Write a command that begins with ${head} and has the ${len} octets at
 * ${key} and the number ${v} as arguments.  Returns its octets.
 */
size_t sinkcmd_number(char dst[static SINKCMD_MAX], const char *head,
    const char *key, size_t len, uint64_t v);

/**
 * sinkcmd_get(dst, key, len):
 * Write "GET ${key}".  Returns its octets.
 */
size_t sinkcmd_get(char dst[static SINKCMD_MAX], const char *key, size_t len);

/**
 * sinkcmd_append(dst, key, len, value_len):
 * Write "APPEND ${key} VALUE", where the value of ${value_len} octets stands
 * behind the key.  Returns its octets.
 */
size_t sinkcmd_append(char dst[static SINKCMD_MAX], const char *key, size_t len,
    size_t value_len);

/**
 * sinkcmd_word(dst, word, key):
 * Write the command "${word} ${key}".  Returns its octets.
 */
size_t sinkcmd_word(
    char dst[static SINKCMD_MAX], const char *word, const char *key);

/**
 * sinkcmd_mark(dst, key, v, life):
 * Write "SET ${key} ${v} EX ${life}".  Returns its octets.
 */
size_t sinkcmd_mark(
    char dst[static SINKCMD_MAX], const char *key, uint64_t v, uint64_t life);

/**
 * sinkcmd_is_passing(error):
 * Return whether the answer ${error} means that the command was not carried
 * out and may be repeated some time later.
 */
bool sinkcmd_is_passing(const char *error);

#endif
