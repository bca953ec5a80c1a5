/* SPDX-License-Identifier: BSD-3-Clause */
/* What outputs have in common that come as text, CSV or JSON: "NAME:FORM". */
#ifndef COLLECTOR_SINKFORM_H_
#define COLLECTOR_SINKFORM_H_

#include <stddef.h>
#include <stdint.h>

#include "collector/sinkfile.h"
#include "collector/sinkrow.h"

/* First member of these outputs. */
struct sinkform {
	struct sink sink;
	struct sinkfile *file;
	const struct conf *conf;
	enum sinkrow_form form;
	uint64_t next; /* number of the next line, for the file alone */
};

/* The first line of a new file in each form, or NULL. */
typedef const char *const sinkform_heads[SINKROW_JSON + 1];

/**
 * sinkform_new(size, type, conf, arg, head):
 * Return an output of ${size} octets that begin with a struct sinkform, the
 * others 0, whose file is that of "-o NAME:${arg}", ${arg} being "FORM[:PATH]";
 * or NULL after a message.  The caller closes it with sinkform_free.
 */
void *sinkform_new(size_t size, const struct sink_type *type,
    const struct conf *conf, const char *arg, const sinkform_heads head);

/**
 * sinkform_line(s, line, len):
 * Put one line of ${len} octets.
 */
void sinkform_line(struct sinkform *s, const char *line, size_t len);

/**
 * sinkform_done(s):
 * Call it at the end of each put: what became of the lines is counted.
 */
void sinkform_done(struct sinkform *s);

/* Members of struct sink_type; what makes lines must have made the last. */
int sinkform_flush(struct sink *s, mono_t now);
int sinkform_drain(struct sink *s);
void sinkform_reopen(struct sink *s);

/**
 * sinkform_free(s):
 * Close the file, if there is one, and free the output that begins with ${s}.
 */
void sinkform_free(struct sinkform *s);

#endif
