/* SPDX-License-Identifier: BSD-3-Clause */
/* One row per option: the same rows parse the command line and a file. */
#include "base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 30
#define SECRET      "password"

/* Where the member of ${row} lies in the settings. */
static void *
member(const struct opt_row *row, void *settings)
{
	return (char *)settings + row->offset;
}

static const void *
member_of(const struct opt_row *row, const void *settings)
{
	return (const char *)settings + row->offset;
}

static const char *
set_flag(bool *ret, const char *value)
{
	static const char *const yes[] = { "yes", "true", "1", "on" };
	static const char *const no[] = { "no", "false", "0", "off" };

	if (value == NULL) {
		*ret = true;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
			*ret = strcmp(value, yes[i]) == 0;
			return NULL;
		}
	}
	return "is neither yes nor no";
}

/* The factor of a size's suffix, 0 when it is none. */
static long
suffix(const char *end)
{
	if (end[0] == '\0')
		return 1;
	if (end[1] != '\0')
		return 0;
	switch (end[0]) {
	case 'k':
	case 'K':
		return 1L << 10;
	case 'm':
	case 'M':
		return 1L << 20;
	case 'g':
	case 'G':
		return 1L << 30;
	default:
		return 0;
	}
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
set_number(const struct opt_row *row, long *ret, const char *value)
{
	char *end;
	long factor;
	long v;

	errno = 0;
	v = strtol(value, &end, 10);
	if (end == value || (value[0] != '-' && !is_digit(value[0])))
		return "is no number";
	factor = row->type == OPT_SIZE ? suffix(end) : (*end == '\0');
	if (factor == 0)
		return "is no number";
	if (errno != 0 || v > LONG_MAX / factor || v < LONG_MIN / factor ||
	    v * factor < row->min || v * factor > row->max)
		return "is out of range";
	*ret = v * factor;
	return NULL;
}

/* Free text of ours that its user only sees as const. */
static void
drop(const char *text)
{
	char *own;

	memcpy(&own, &text, sizeof(own));
	free(own);
}

static const char *
set_string(const char **at, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return "does not fit in memory";
	drop(*at);
	*at = copy;
	return NULL;
}

static const char *
append(struct opt_list *list, const char *value)
{
	const char **item =
	    realloc(list->item, (list->n + 1) * sizeof(*list->item));

	if (item == NULL)
		return "does not fit in memory";
	list->item = item;
	item[list->n] = strdup(value);
	if (item[list->n] == NULL)
		return "does not fit in memory";
	list->n++;
	return NULL;
}

static const char *
set(const struct opt_row *row, void *settings, const char *value)
{
	if (value == NULL && row->type != OPT_FLAG)
		return "needs a value";
	switch (row->type) {
	case OPT_FLAG:
		return set_flag(member(row, settings), value);
	case OPT_INT:
	case OPT_SIZE:
		return set_number(row, member(row, settings), value);
	case OPT_STR:
		return set_string(member(row, settings), value);
	case OPT_LIST:
		return append(member(row, settings), value);
	case OPT_CALL:
		break;
	}
	return row->call(settings, value);
}

void
opt_defaults(const struct opt_row *rows, size_t n, void *settings)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].def != NULL)
			(void)set(&rows[i], settings, rows[i].def);
	}
}

static void
complain(const struct opt_row *row, const char *value, const char *why,
    char ret_err[static OPT_ERR_MAX])
{
	int n = snprintf(ret_err, OPT_ERR_MAX, "%s: \"%s\" %s", row->name,
	    value == NULL ? "" : value, why);

	if ((row->type == OPT_INT || row->type == OPT_SIZE) && n > 0 &&
	    n < OPT_ERR_MAX) {
		(void)snprintf(ret_err + n, (size_t)(OPT_ERR_MAX - n),
		    " (%ld to %ld)", row->min, row->max);
	}
}

static int
set_row(const struct opt_row *row, void *settings, const char *value,
    char ret_err[static OPT_ERR_MAX])
{
	const char *why = set(row, settings, value);

	if (why == NULL)
		return 0;
	complain(row, value, why, ret_err);
	return -1;
}

const struct opt_row *
opt_find(const struct opt_row *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

int
opt_set(const struct opt_row *rows, size_t n, void *settings, const char *name,
    const char *value, char ret_err[static OPT_ERR_MAX])
{
	const struct opt_row *row = opt_find(rows, n, name);

	if (row != NULL)
		return set_row(row, settings, value, ret_err);
	(void)snprintf(ret_err, OPT_ERR_MAX, "unknown key \"%s\"", name);
	return -1;
}

/* Long options get numbers above all letters, so that both lead to a row. */
#define LONG_BASE 256

static void
make_getopt(
    const struct opt_row *rows, size_t n, struct option *longs, char *letters)
{
	for (size_t i = 0; i < n; i++) {
		const bool arg = rows[i].type != OPT_FLAG;

		longs[i] = (struct option){ .name = rows[i].name,
			.has_arg = arg ? required_argument : no_argument,
			.val = LONG_BASE + (int)i };
		if (rows[i].letter == 0)
			continue;
		*letters++ = (char)rows[i].letter;
		if (arg)
			*letters++ = ':';
	}
	longs[n] = (struct option){ 0 };
	*letters = '\0';
}

static const struct opt_row *
row_of(const struct opt_row *rows, size_t n, int c)
{
	if (c >= LONG_BASE)
		return &rows[c - LONG_BASE];
	for (size_t i = 0; i < n; i++) {
		if (rows[i].letter == c)
			return &rows[i];
	}
	return NULL;
}

/*
 * getopt_long(3) takes every prefix of a name that only one option has, and
 * the next version's options would change what it means.  The option is the
 * last argument read, or the one before its value.
 */
static bool
is_whole_name(const char *name, char **argv)
{
	const bool apart = optarg != NULL && optarg == argv[optind - 1];
	const char *text = argv[optind - (apart ? 2 : 1)] + strlen("--");
	const size_t len = strlen(name);

	return strncmp(text, name, len) == 0 &&
	       (text[len] == '\0' || text[len] == '=');
}

/* Take the option ${c} that getopt_long has just read; ${row} is its row. */
static int
take(const struct opt_row *row, int c, void *settings, char **argv)
{
	char err[OPT_ERR_MAX];

	if (row == NULL) /* getopt_long has said why */
		return -1;
	if (c >= LONG_BASE && !is_whole_name(row->name, argv)) {
		(void)fprintf(stderr,
		    "%s: option --%s must be written in full\n", argv[0],
		    row->name);
		return -1;
	}
	if (set_row(row, settings, optarg, err) != 0) {
		(void)fprintf(stderr, "%s: option --%s\n", argv[0], err);
		return -1;
	}
	return 0;
}

int
opt_args(
    const struct opt_row *rows, size_t n, void *settings, int argc, char **argv)
{
	struct option *longs = calloc(n + 1, sizeof(*longs));
	char *letters = malloc(2 * n + 1);
	int ret = -1;
	int c;

	if (longs == NULL || letters == NULL) {
		(void)fprintf(stderr, "%s: out of memory\n", argv[0]);
		goto done;
	}
	make_getopt(rows, n, longs, letters);
	optind = 0; /* forget another command line */
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (take(row_of(rows, n, c), c, settings, argv) != 0)
			goto done;
	}
	ret = optind;

done:
	free(letters);
	free(longs);
	return ret;
}

void
opt_help(const struct opt_row *rows, size_t n, FILE *fp)
{
	for (size_t i = 0; i < n; i++) {
		const struct opt_row *r = &rows[i];
		int w;

		if (r->letter != 0) {
			w = fprintf(fp, "  -%c, --%s", r->letter, r->name);
		} else {
			w = fprintf(fp, "      --%s", r->name);
		}
		if (r->arg != NULL)
			w += fprintf(fp, " %s", r->arg);
		if (w >= HELP_COLUMN) {
			(void)fputc('\n', fp);
			w = 0;
		}
		(void)fprintf(fp, "%*s%s", HELP_COLUMN - w, "", r->help);
		if (r->def != NULL)
			(void)fprintf(fp, " (%s)", r->def);
		(void)fputc('\n', fp);
	}
}

static bool
is_secret(const char *name)
{
	const size_t n = strlen(name);
	const size_t tail = strlen(SECRET);

	return n >= tail && strcmp(name + n - tail, SECRET) == 0;
}

static void
print_text(const struct opt_row *row, const char *text, FILE *fp)
{
	if (text != NULL) {
		(void)fprintf(fp, "%s = %s\n", row->name,
		    is_secret(row->name) ? "***" : text);
	}
}

void
opt_print(const struct opt_row *rows, size_t n, const void *settings, FILE *fp)
{
	for (size_t i = 0; i < n; i++) {
		const struct opt_row *r = &rows[i];
		const void *at = member_of(r, settings);
		const struct opt_list *list;

		switch (r->type) {
		case OPT_FLAG:
			print_text(r, *(const bool *)at ? "yes" : "no", fp);
			break;
		case OPT_INT:
		case OPT_SIZE:
			(void)fprintf(
			    fp, "%s = %ld\n", r->name, *(const long *)at);
			break;
		case OPT_STR:
			print_text(r, *(const char *const *)at, fp);
			break;
		case OPT_LIST:
			list = at;
			for (size_t k = 0; k < list->n; k++)
				print_text(r, list->item[k], fp);
			break;
		case OPT_CALL:
			break; /* only its owner knows how to print it */
		}
	}
}

void
opt_done(const struct opt_row *rows, size_t n, void *settings)
{
	for (size_t i = 0; i < n; i++) {
		void *at = member(&rows[i], settings);

		if (rows[i].type == OPT_STR) {
			const char **text = at;

			drop(*text);
			*text = NULL;
		} else if (rows[i].type == OPT_LIST) {
			struct opt_list *list = at;

			for (size_t k = 0; k < list->n; k++)
				drop(list->item[k]);
			free(list->item);
			*list = (struct opt_list){ 0 };
		}
	}
}
