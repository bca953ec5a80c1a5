/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of interfaces, which may hold anything but a slash and white space. */
#ifndef AGENT_DOCQUOTE_H_
#define AGENT_DOCQUOTE_H_

#include <net/if.h>

#define DOCQUOTE_MAX (4 * IFNAMSIZ + 4) /* with a final 0 */

/**
 * docquote_word(dst, name):
 * Write ${name} to ${dst} as one word of a command for bash(1): as it is when
 * it means nothing to it, else in quotes.  Longer names are cut.  Returns
 * ${dst}, printable ASCII.
 */
const char *docquote_word(char dst[static DOCQUOTE_MAX], const char *name);

/**
 * docquote_shown(dst, size, text):
 * Write ${text} to ${dst} of ${size} octets so that a terminal obeys nothing in
 * it: what is not printable ASCII, and a backslash, becomes \ and three octal
 * digits.  What does not fit is left out.  Returns ${dst}.
 */
const char *docquote_shown(char *dst, size_t size, const char *text);

#endif
