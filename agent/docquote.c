/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of interfaces, which may hold anything but a slash and white space. */
#include "agent/docquote.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ESCAPE_LEN 4 /* \ooo */

/* Characters that no shell reads anything into, wherever they are. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.@%+-";

static bool
is_shown(char c)
{
	return c > ' ' && c < 0x7f && c != '\\';
}

/* As docquote_shown, where ${quote} is escaped, too. */
static size_t
escape(char *dst, size_t size, const char *text, char quote)
{
	size_t at = 0;

	for (; *text != '\0'; text++) {
		const bool as_is = is_shown(*text) && *text != quote;

		if (at + (as_is ? 1 : ESCAPE_LEN) >= size)
			break;
		if (as_is) {
			dst[at++] = *text;
		} else {
			at += (size_t)snprintf(dst + at, ESCAPE_LEN + 1,
			    "\\%03o", (unsigned char)*text);
		}
	}
	dst[at] = '\0';
	return at;
}

const char *
docquote_word(char dst[static DOCQUOTE_MAX], const char *name)
{
	char inside[DOCQUOTE_MAX - 3];
	const bool is_plain = name[0] != '\0' && strlen(name) < IFNAMSIZ &&
			      name[strspn(name, plain)] == '\0';

	(void)escape(inside, sizeof(inside), name, '\'');
	(void)snprintf(dst, DOCQUOTE_MAX, is_plain ? "%s" : "$'%s'",
	    is_plain ? name : inside);
	return dst;
}

const char *
docquote_shown(char *dst, size_t size, const char *text)
{
	(void)escape(dst, size, text, '\0');
	return dst;
}
