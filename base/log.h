/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages to standard error: one line each, with the program's name. */
#ifndef BASE_LOG_H_
#define BASE_LOG_H_

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/**
 * log_init(prog, level):
 * Prefix messages with ${prog} (borrowed for ever); drop those above ${level}.
 */
void log_init(const char *prog, enum log_level level);

/**
 * log_X(fmt, ...):
 * Print one line.  log_warn and log_error append ": " and strerror(errno), the
 * x forms do not.  Control characters in the text are printed as \xNN.
 */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_errorx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debugx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
