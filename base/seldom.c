/* SPDX-License-Identifier: BSD-3-Clause */
/* A message that strangers can provoke is printed now and then, not always. */
#include "base/seldom.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

#define TEXT_MAX 512

void
seldom_warnx(struct seldom *s, mono_t now, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	if (s->next.ns != 0 && now.ns < s->next.ns) {
		s->hidden++;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (s->hidden == 0) {
		log_warnx("%s", text);
	} else {
		log_warnx(
		    "%s (and %" PRIu64 " like it before)", text, s->hidden);
	}
	s->next.ns = now.ns + SELDOM_NS;
	s->hidden = 0;
}
