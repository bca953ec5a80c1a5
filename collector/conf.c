/* SPDX-License-Identifier: BSD-3-Clause */
/* collector.conf: a reader that feeds old lines to us, sections to libinih. */
#include "collector/conf.h"

#include <ctype.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/opt.h"
#include "collector/class.h"
#include "collector/confline.h"
#include "collector/confrows.h"
#include "collector/flowmap.h"
#include "collector/modelskip.h"

enum { CONF_ERR_MAX = 256, CONF_SECRET_MAX = 1024 };

struct conf_reader {
	struct conf *conf;
	FILE *fp;
	const char *path;
	unsigned int line;
	bool sections; /* the first section header was seen */
	bool failed;   /* after a message */
	bool *seen;    /* which rows have a value */
};

__attribute__((format(printf, 2, 3))) static void
conf_fail(struct conf_reader *r, const char *fmt, ...)
{
	char text[CONF_ERR_MAX];
	va_list ap;

	if (r->failed)
		return;
	r->failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_errorx("%s:%u: %s", r->path, r->line, text);
}

/* Whether the row may have its second value now; notes that it has one. */
static bool
conf_once(struct conf_reader *r, const char *name)
{
	for (size_t i = 0; i < confrows_n; i++) {
		const struct opt_row *row = &confrows[i];

		if (strcmp(row->name, name) != 0 || confrows_many(row))
			continue;
		if (r->seen[i])
			return false;
		r->seen[i] = true;
	}
	return true;
}

static bool
conf_set(struct conf_reader *r, const char *name, const char *value)
{
	char err[OPT_ERR_MAX];

	if (!conf_once(r, name)) {
		conf_fail(r, "%s is set twice", name);
		return false;
	}
	if (opt_set(confrows, confrows_n, r->conf, name, value, err) != 0) {
		conf_fail(r, "%s", err);
		return false;
	}
	return true;
}

/* inih: a key inside a section; nonzero is success. */
static int
conf_key(void *arg, const char *section, const char *name, const char *value)
{
	struct conf_reader *r = arg;
	char full[128];

	snprintf(full, sizeof(full), "%s.%s", section, name);
	return !r->failed && conf_set(r, full, value);
}

/* Read one line into ${dst}; false at the end, and after a failure. */
static bool
conf_getline(struct conf_reader *r, char *dst, size_t size)
{
	size_t n = 0;
	int c;

	if ((c = getc(r->fp)) == EOF)
		return false;
	r->line++;
	for (; c != EOF && c != '\n'; c = getc(r->fp)) {
		if (c == '\0' || n + 2 >= size) {
			conf_fail(r, c == '\0'
					 ? "there is a NUL octet; is this text?"
					 : "the line is too long");
			return false;
		}
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	return true;
}

/* Remove a comment, white space at both ends, and a byte order mark. */
static char *
conf_strip(char *s, bool first)
{
	char *end;

	if (first && strncmp(s, "\xEF\xBB\xBF", 3) == 0)
		s += 3;
	while (isspace((unsigned char)*s))
		s++;
	for (end = s; *end != '\0'; end++) {
		if (*end == '#' &&
		    (end == s || isspace((unsigned char)end[-1])))
			break;
	}
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* "[name]", and not the brackets of an IPv6 address with a port. */
static bool
conf_is_header(const char *s)
{
	const size_t len = strlen(s);

	return s[0] == '[' && s[len - 1] == ']' && strchr(s, ':') == NULL;
}

static void
conf_header(struct conf_reader *r, const char *s)
{
	const size_t len = strlen(s) - 2;

	r->sections = true;
	for (size_t i = 0; i < confrows_n; i++) {
		const char *name = confrows[i].name;

		if (strncmp(name, s + 1, len) == 0 && name[len] == '.')
			return;
	}
	conf_fail(r, "%s is no section", s);
}

/* A line before the first section: an old one, or SECTION.KEY = VALUE. */
static void
conf_old_line(struct conf_reader *r, char *s)
{
	char *equal = strchr(s, '=');
	const char *why;

	if (equal != NULL && !isdigit((unsigned char)*s)) {
		char *end = equal;

		while (end > s && isspace((unsigned char)end[-1]))
			end--;
		*end = '\0';
		for (equal++; isspace((unsigned char)*equal); equal++)
			continue;
		conf_set(r, s, equal);
	} else if ((why = confline_parse(r->conf, s)) != NULL) {
		conf_fail(r, "%s", why);
	}
}

/* inih's source of lines, like fgets. */
static char *
conf_next(char *dst, int size, void *arg)
{
	struct conf_reader *r = arg;
	char line[CONF_LINE_MAX + 2] = "";
	const char *s;
	size_t len;

	if (r->failed || !conf_getline(r, line, sizeof(line)))
		return NULL;
	s = conf_strip(line, r->line == 1);
	if (*s != '\0' && conf_is_header(s)) {
		conf_header(r, s);
	} else if (*s != '\0' && !r->sections) {
		conf_old_line(r, line + (s - line));
		s = "";
	}
	len = strlen(s);
	if (r->failed || len + 2 > (size_t)size)
		return NULL;
	memcpy(dst, s, len);
	memcpy(&dst[len], "\n", 2);
	return dst;
}

/* inih's settings are globals; ours differ from its defaults. */
static void
conf_ini_setup(void)
{
	ini_allow_multiline = false;
	ini_allow_bom = false;
	ini_allow_inline_comments = false; /* ';' may be in a password */
	ini_use_stack = false;
	ini_initial_alloc = CONF_LINE_MAX + 4;
	ini_max_line = CONF_LINE_MAX + 4;
	ini_stop_on_first_error = true;
}

static int
conf_read_file(struct conf *c, const char *path)
{
	struct conf_reader r = { .conf = c, .path = path };
	int n;

	r.seen = calloc(confrows_n, sizeof(*r.seen));
	if (r.seen == NULL || (r.fp = fopen(path, "re")) == NULL) {
		log_error("%s", path);
		free(r.seen);
		return -1;
	}
	conf_ini_setup();
	n = ini_parse_stream(conf_next, &r, conf_key, &r);
	if (!r.failed && n != 0) {
		conf_fail(&r,
		    n > 0 ? "neither a section nor KEY = VALUE" : "no memory");
	}
	if (!r.failed && ferror(r.fp)) {
		log_error("%s", path);
		r.failed = true;
	}
	fclose(r.fp);
	free(r.seen);
	return r.failed ? -1 : 0;
}

static char *
conf_read_secret(const char *path)
{
	char text[CONF_SECRET_MAX];
	FILE *fp = fopen(path, "re");
	bool ok;

	if (fp == NULL) {
		log_error("redis.password-file: %s", path);
		return NULL;
	}
	ok = fgets(text, sizeof(text), fp) != NULL;
	fclose(fp);
	if (ok)
		text[strcspn(text, "\r\n")] = '\0';
	if (!ok || text[0] == '\0') {
		log_errorx("redis.password-file: %s has no password", path);
		return NULL;
	}
	return strdup(text);
}

/* What concerns more than one key. */
static int
conf_check(struct conf *c, const char *path)
{
	const char *bad = modelskip_seal(c->skip, c->skip_substring);

	if (bad != NULL) {
		log_errorx("%s: dns.ignore: not a domain name: %s", path, bad);
		return -1;
	}
	if ((bad = rotate_check(&c->rotate)) != NULL) {
		log_errorx("%s: output: %s", path, bad);
		return -1;
	}
	if (c->retry_min_ms > c->retry_max_ms) {
		log_errorx("%s: agents.retry-min is larger than "
			   "agents.retry-max",
		    path);
		return -1;
	}
	if (c->redis_password != NULL && c->redis_password_file != NULL) {
		log_errorx("%s: redis.password and redis.password-file are "
			   "both set",
		    path);
		return -1;
	}
	if (c->redis_password_file != NULL) {
		c->redis_secret = conf_read_secret(c->redis_password_file);
	} else if (c->redis_password != NULL) {
		c->redis_secret = strdup(c->redis_password);
	}
	if (c->redis_password_file != NULL && c->redis_secret == NULL)
		return -1;
	if (c->redis_user != NULL && c->redis_secret == NULL) {
		log_errorx("%s: redis.user is set without a password", path);
		return -1;
	}
	return 0;
}

struct conf *
conf_read(const char *path)
{
	struct conf *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	if ((c->class = class_new()) == NULL ||
	    (c->flowmap = flowmap_new()) == NULL ||
	    (c->skip = modelskip_new()) == NULL) {
		log_error("configuration");
		goto free_conf;
	}
	opt_defaults(confrows, confrows_n, c);
	if (path != NULL && conf_read_file(c, path) != 0)
		goto free_conf;
	if (conf_check(c, path == NULL ? "configuration" : path) != 0)
		goto free_conf;
	if (class_seal(c->class) != 0 || flowmap_defaults(c->flowmap) != 0) {
		log_errorx("%s: no room for the defaults", path);
		goto free_conf;
	}
	return c;

free_conf:
	conf_free(c);
	return NULL;
}

uint32_t
conf_digest_max(const struct conf *c)
{
	return (uint32_t)(UINT32_MAX / c->digest_range);
}

static void
conf_print_agents(const struct conf *c, FILE *fp)
{
	char text[NET_HOST_MAX + 16];

	for (size_t i = 0; i < c->n_agents; i++) {
		const struct conf_agent *a = &c->agent[i];

		net_text(text, sizeof(text), &a->hp);
		fprintf(fp, "%u:%s\n", a->number, text);
	}
}

void
conf_print(const struct conf *c, FILE *fp)
{
	class_print(c->class, fp);
	conf_print_agents(c, fp);
	confrows_print(c, fp);
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	opt_done(confrows, confrows_n, c);
	if (c->redis_secret != NULL)
		explicit_bzero(c->redis_secret, strlen(c->redis_secret));
	free(c->redis_secret);
	free(c->covered);
	allow_done(&c->allow);
	flowmap_free(c->flowmap);
	modelskip_free(c->skip);
	class_free(c->class);
	free(c->agent);
	free(c);
}
