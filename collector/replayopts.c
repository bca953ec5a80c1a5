/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of recollect replay. */
#include "collector/replayopts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define SPEED_MIN 0.001
#define SPEED_MAX 1e6

#define OPT(long_name, letter_, type_, member, ...)                        \
	{                                                                  \
		.name = (long_name), .letter = (letter_), .type = (type_), \
		.offset = offsetof(struct opts, member), __VA_ARGS__       \
	}

static const struct opt_row replayopts_rows[] = {
	OPT("config", 'c', OPT_STR, conf, .arg = "FILE",
	    .help = "Read settings from FILE"),
	OPT("output", 'o', OPT_LIST, output, .arg = "SPEC",
	    .help = "Write to SPEC, as recollect does"),
	OPT("speed", 0, OPT_STR, speed, .arg = "N", .def = "1",
	    .help = "So many times as fast; 0 or max: as fast as can be"),
	OPT("from", 0, OPT_STR, from, .arg = "TIME",
	    .help = "Leave out what is earlier"),
	OPT("to", 0, OPT_STR, to, .arg = "TIME",
	    .help = "End each file at the first record that is later"),
	OPT("summary", 0, OPT_FLAG, summary,
	    .help = "At the end, print a table of nodes and traffic"),
	OPT("stats", 0, OPT_INT, stats, .arg = "SECONDS", .min = 0,
	    .max = 86400, .def = "0",
	    .help = "Print what takes how long, so often"),
	OPT("user", 0, OPT_STR, user, .arg = "NAME",
	    .help = "User to become once everything is open (stay)"),
	OPT("verbose", 'v', OPT_FLAG, verbose,
	    .help = "Also tell what goes well"),
	OPT("help", 'h', OPT_FLAG, help, .help = "Print this and exit"),
};
static const size_t replayopts_n =
    sizeof(replayopts_rows) / sizeof(replayopts_rows[0]);

static int
read_speed(double *ret_speed, const char *text)
{
	char *end;
	double v;

	if (strcmp(text, "max") == 0) {
		*ret_speed = 0;
		return 0;
	}
	v = strtod(text, &end);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' ||
	    (v != 0 && !(v >= SPEED_MIN && v <= SPEED_MAX))) {
		log_errorx("--speed: not a number from 0.001 to 1000000, 0 or "
			   "max: %s",
		    text);
		return -1;
	}
	*ret_speed = v;
	return 0;
}

/* Read a point and up to nine digits.  Returns the end, NULL when bad. */
static const char *
read_fraction(int64_t *ret_ns, const char *p)
{
	int64_t unit = MONO_NS_PER_S;

	*ret_ns = 0;
	if (*p != '.')
		return p;
	for (p++; isdigit((unsigned char)*p) && unit > 1; p++) {
		unit /= 10;
		*ret_ns += unit * (*p - '0');
	}
	return unit == MONO_NS_PER_S ? NULL : p;
}

/* Seconds since 1970, or YYYY-MM-DDTHH:MM:SS in UTC, with a fraction. */
static int
read_time(wall_t *ret_t, const char *option, const char *text)
{
	struct tm tm = { 0 };
	const char *p;
	bool iso;
	long long sec = 0;
	int64_t ns = 0;

	if (text == NULL)
		return 0;
	p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	iso = p != NULL;
	if (iso) {
		sec = timegm(&tm);
	} else if (isdigit((unsigned char)text[0])) {
		char *end;

		sec = strtoll(text, &end, 10);
		p = end;
	}
	if (p != NULL)
		p = read_fraction(&ns, p);
	if (p != NULL && iso && *p == 'Z')
		p++;
	if (p == NULL || *p != '\0' || sec < 0 ||
	    sec > INT64_MAX / MONO_NS_PER_S - 1) {
		log_errorx("--%s: neither seconds since 1970 nor "
			   "YYYY-MM-DDTHH:MM:SS in UTC: %s",
		    option, text);
		return -1;
	}
	*ret_t = wall_make(sec, ns);
	return 0;
}

/* The operands are what -R would name. */
static int
add_files(struct opts *o, int n, char **path)
{
	if (n == 0) {
		log_errorx("replay: no file is named");
		return -1;
	}
	o->read.item = calloc((size_t)n, sizeof(*o->read.item));
	if (o->read.item == NULL) {
		log_error("replay");
		return -1;
	}
	for (int i = 0; i < n; i++) {
		if ((o->read.item[i] = strdup(path[i])) == NULL) {
			log_error("replay");
			return -1;
		}
		o->read.n++;
	}
	return 0;
}

int
replayopts_parse(struct opts *o, int argc, char **argv)
{
	int at;

	o->replay = true;
	opt_defaults(replayopts_rows, replayopts_n, o);
	at = opt_args(replayopts_rows, replayopts_n, o, argc, argv);
	if (at < 0)
		return -1;
	if (o->help)
		return 0;
	if (read_speed(&o->pace, o->speed) != 0 ||
	    read_time(&o->since, "from", o->from) != 0 ||
	    read_time(&o->until, "to", o->to) != 0)
		return -1;
	return add_files(o, argc - at, argv + at);
}

void
replayopts_help(FILE *fp)
{
	fprintf(fp, "usage: recollect replay [options] FILE...\n");
	opt_help(replayopts_rows, replayopts_n, fp);
}

void
replayopts_done(struct opts *o)
{
	opt_done(replayopts_rows, replayopts_n, o);
}
