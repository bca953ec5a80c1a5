/* SPDX-License-Identifier: BSD-3-Clause */
/* Command lines as programs in Go read them. */
#include "agent/fwdargs.h"

#include <string.h>

#include "wire/mono.h"

enum fwdargs_verdict
fwdargs_next(struct fwdargs *a)
{
	const char *word = a->at < a->argc ? a->argv[a->at] : "";
	const char *equals;
	size_t len;

	if (word[0] != '-' || word[1] == '\0')
		return FWDARGS_END;
	a->at++;
	if (strcmp(word, "--") == 0)
		return FWDARGS_END;
	word += word[1] == '-' ? 2 : 1;
	equals = strchr(word, '=');
	len = equals == NULL ? strlen(word) : (size_t)(equals - word);
	if (len == 0 || len >= sizeof(a->name) || word[0] == '-')
		return FWDARGS_BAD;
	memcpy(a->name, word, len);
	a->name[len] = '\0';
	a->value = equals == NULL ? NULL : equals + 1;
	return FWDARGS_OPTION;
}

const char *
fwdargs_value(struct fwdargs *a)
{
	if (a->value == NULL && a->at < a->argc)
		a->value = a->argv[a->at++];
	return a->value;
}

int
fwdargs_bool(bool *ret, const char *text)
{
	static const char *const words[][2] = { { "0", "1" }, { "f", "t" },
		{ "F", "T" }, { "false", "true" }, { "FALSE", "TRUE" },
		{ "False", "True" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (int v = 0; v < 2; v++) {
			if (strcmp(text, words[i][v]) == 0) {
				*ret = v == 1;
				return 0;
			}
		}
	}
	return -1;
}

/* The unit at ${text}: its length, and its nanoseconds; 0 when it is none. */
static size_t
unit(const char *text, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ns", 1 }, { "us", MONO_NS_PER_US },
		{ "\302\265s", MONO_NS_PER_US }, /* micro sign, U+00B5 */
		{ "\316\274s", MONO_NS_PER_US }, /* Greek mu, U+03BC */
		{ "ms", MONO_NS_PER_MS }, { "s", MONO_NS_PER_S },
		{ "m", 60 * MONO_NS_PER_S }, { "h", 3600 * MONO_NS_PER_S } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const size_t n = strlen(units[i].name);

		if (strncmp(text, units[i].name, n) == 0) {
			*ret_ns = units[i].ns;
			return n;
		}
	}
	return 0;
}

#define WHOLE_MAX 1000000000000LL /* of a number, whatever the unit */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One number: returns where it ends, NULL when it is none. */
static const char *
number(const char *p, double *ret)
{
	const char *start = p;
	double place = 1;
	double v = 0;

	for (; is_digit(*p); p++)
		v = v * 10 + (*p - '0');
	if (*p == '.') {
		start++;
		for (p++; is_digit(*p); p++)
			v += (place /= 10) * (*p - '0');
	}
	if (p == start || v > (double)WHOLE_MAX)
		return NULL;
	*ret = v;
	return p;
}

int
fwdargs_duration(int64_t *ret_ns, const char *text)
{
	const char *p = text + (*text == '+');
	double sum = 0;

	if (strcmp(p, "0") == 0) {
		*ret_ns = 0;
		return 0;
	}
	do {
		int64_t ns = 0;
		size_t n;
		double v;

		if ((p = number(p, &v)) == NULL || (n = unit(p, &ns)) == 0)
			return -1;
		sum += v * (double)ns;
		p += n;
	} while (*p != '\0');
	if (sum > (double)INT64_MAX / 4)
		return -1;
	*ret_ns = (int64_t)(sum + 0.5);
	return 0;
}
