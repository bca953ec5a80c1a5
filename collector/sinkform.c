/* SPDX-License-Identifier: BSD-3-Clause */
/* What outputs have in common that come as text, CSV or JSON: "NAME:FORM". */
#include "collector/sinkform.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/outfile.h"

/* Only a text file can have a last line that tells what is in it. */
static const struct {
	const char *name;
	enum outfile_end end;
} forms[] = {
	[SINKROW_TEXT] = { "text", OUTFILE_END_COUNT },
	[SINKROW_CSV] = { "csv", OUTFILE_END_NONE },
	[SINKROW_JSON] = { "json", OUTFILE_END_NONE },
};

static int
find_form(enum sinkrow_form *ret_form, const char *arg, const char **ret_path)
{
	size_t len;

	if (arg == NULL)
		return -1;
	len = strcspn(arg, ":");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *name = forms[i].name;

		if (strlen(name) != len || strncmp(name, arg, len) != 0)
			continue;
		*ret_form = (enum sinkrow_form)i;
		*ret_path = arg[len] == ':' ? &arg[len + 1] : NULL;
		return 0;
	}
	return -1;
}

/* Returns 0, or -1 after a message. */
static int
open_file(struct sinkform *s, const struct sink_type *type,
    const struct conf *conf, const char *arg, const sinkform_heads head)
{
	const char *t = type->name;
	const char *path;

	s->sink.type = type;
	s->conf = conf;
	if (find_form(&s->form, arg, &path) != 0) {
		log_errorx("output %s: needs a form: %s:text, %s:csv or "
			   "%s:json, then maybe :PATH",
		    t, t, t, t);
		return -1;
	}
	s->file = sinkfile_new(type, conf, path, forms[s->form].end);
	if (s->file == NULL)
		return -1;
	if (head[s->form] != NULL)
		outfile_head(s->file->file, head[s->form]);
	return 0;
}

void *
sinkform_new(size_t size, const struct sink_type *type, const struct conf *conf,
    const char *arg, const sinkform_heads head)
{
	struct sinkform *s = calloc(1, size);

	if (s == NULL) {
		log_error("output %s", type->name);
		return NULL;
	}
	if (open_file(s, type, conf, arg, head) != 0) {
		sinkform_free(s);
		return NULL;
	}
	return s;
}

void
sinkform_line(struct sinkform *s, const char *line, size_t len)
{
	outfile_number(s->file->file, s->next++);
	outfile_put(s->file->file, line, len, 1);
}

/* The file's counters are ours. */
void
sinkform_done(struct sinkform *s)
{
	sinkfile_put_done(s->file);
	s->sink.written = s->file->sink.written;
	s->sink.lost = s->file->sink.lost;
}

int
sinkform_flush(struct sink *sink, mono_t now)
{
	struct sinkform *s = (struct sinkform *)sink;
	const int rc = sinkfile_flush(&s->file->sink, now);

	sinkform_done(s);
	return rc;
}

int
sinkform_drain(struct sink *sink)
{
	struct sinkform *s = (struct sinkform *)sink;
	const int rc = sinkfile_drain(&s->file->sink);

	sinkform_done(s);
	return rc;
}

void
sinkform_reopen(struct sink *sink)
{
	sinkfile_reopen(&((struct sinkform *)sink)->file->sink);
}

void
sinkform_free(struct sinkform *s)
{
	if (s->file != NULL)
		sinkfile_close(&s->file->sink);
	free(s);
}
