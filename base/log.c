/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages to standard error: one line each, with the program's name. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_OCTETS 1024
#define PROG_MAX        64

static const char *prog_name = "";
static enum log_level max_level = LOG_LEVEL_INFO;

void
log_init(const char *prog, enum log_level level)
{
	prog_name = prog;
	max_level = level;
}

/* Copy ${src} with control characters as \xNN; the newline is the caller's. */
static size_t
escape(char *dst, size_t room, const char *src)
{
	static const char digit[] = "0123456789abcdef";
	size_t n = 0;

	for (; *src != '\0' && n + 4 < room; src++) {
		const unsigned char c = (unsigned char)*src;

		if (c >= 0x20 && c != 0x7f) {
			dst[n++] = (char)c;
			continue;
		}
		dst[n++] = '\\';
		dst[n++] = 'x';
		dst[n++] = digit[c >> 4];
		dst[n++] = digit[c & 15];
	}
	return n;
}

static void __attribute__((format(printf, 3, 0)))
print(enum log_level level, int err, const char *fmt, va_list ap)
{
	char text[LINE_MAX_OCTETS];
	char line[LINE_MAX_OCTETS * 2];
	size_t n;

	if (level > max_level)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	n = (size_t)snprintf(line, sizeof(line), "%.*s: ", PROG_MAX, prog_name);
	n += escape(line + n, sizeof(line) - n, text);
	if (err != 0 && n < LINE_MAX_OCTETS + LINE_MAX_OCTETS / 2) {
		n += (size_t)snprintf(
		    line + n, LINE_MAX_OCTETS / 4, ": %s", strerror(err));
	}
	line[n++] = '\n';
	/* One write, so that lines of several processes do not mix. */
	(void)!write(STDERR_FILENO, line, n);
}

#define LOG_FUNCTION(name, level, err)      \
	void name(const char *fmt, ...)     \
	{                                   \
		const int saved = errno;    \
		va_list ap;                 \
                                            \
		va_start(ap, fmt);          \
		print(level, err, fmt, ap); \
		va_end(ap);                 \
		errno = saved;              \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, saved)
LOG_FUNCTION(log_errorx, LOG_LEVEL_ERROR, 0)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, saved)
LOG_FUNCTION(log_warnx, LOG_LEVEL_WARN, 0)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, 0)
LOG_FUNCTION(log_debugx, LOG_LEVEL_DEBUG, 0)
