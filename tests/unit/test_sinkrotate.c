/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sink collector/sinkout collector/sinktext collector/sinkcsv collector/sinkjson collector/sinkdns wire/dnsline collector/sinkflow collector/sinkform collector/sinkflowfmt collector/sinkrow collector/sinkhops collector/sinkhopsfmt collector/hopstat collector/hopflow collector/hopline collector/join collector/joinpath collector/sinkmgen collector/sinkmgenfmt collector/sinkmgenlog collector/sinkmgenlogfmt collector/mgenlog collector/mgenline collector/mgenstat collector/mgentell collector/mgenhop collector/mgenpath collector/mgentab collector/mgenwait collector/clockfix collector/mgenclock collector/sinksrc collector/mgenseq collector/mgendelay collector/correlate collector/cover collector/dnscache collector/dnschain collector/flowcache collector/intake collector/order wire/dnsname collector/sinkfile collector/fileidx wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkfmt collector/sinkredis collector/sinktab collector/sinkmark collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/lookup base/net base/log base/proc base/outfile base/outpath base/outq base/rotate base/rotjob base/gz wire/line wire/text collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip tests/unit/rotdir tests/unit/tmpdir -lz -linih -lhiredis -ljansson -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "collector/conf.h"
#include "collector/sink.h"
#include "tests/unit/rotdir.h"
#include "tests/unit/tmpdir.h"

#define PACKETS 400

static const struct sink_src src = { .host = 1, .name = "n" };
static struct conf *conf;

static int
setup(void **state)
{
	conf = conf_read(NULL);
	if (conf == NULL)
		return -1;
	conf->rotate.size = 4096;
	return tmpdir_setup(state);
}

static int
teardown(void **state)
{
	conf_free(conf);
	return rotdir_teardown(state);
}

/* Write packets through the output ${kind}, in blocks of ten. */
static void
write_packets(const char *kind)
{
	const struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	struct obs block[10];
	char spec[TMPDIR_PATH_MAX + 16];
	struct sink *s;

	for (size_t i = 0; i < 10; i++)
		block[i] = o;
	(void)snprintf(spec, sizeof(spec), "%s:%s", kind, tmpdir_path("log"));
	s = sink_open(conf, spec, NULL);
	assert_non_null(s);
	for (unsigned int i = 0; i < PACKETS; i += 10)
		s->type->put(s, &src, i, block, 10);
	assert_int_equal(s->type->drain(s), 1);
	assert_int_equal(s->written, PACKETS);
	s->type->close(s);
}

/* What the files have together. */
struct sum {
	size_t files, heads, ends, records;
	unsigned int told; /* by the last lines */
};

static void
add_line(struct sum *s, const char *line)
{
	static const char end[] = "# end records ";

	if (strncmp(line, "time,", 5) == 0) {
		s->heads++;
	} else if (strncmp(line, end, sizeof(end) - 1) == 0) {
		s->ends++;
		s->told +=
		    (unsigned int)strtoul(line + sizeof(end) - 1, NULL, 10);
	} else {
		assert_true(isdigit((unsigned char)line[0]) || line[0] == '{');
		s->records++;
	}
}

static struct sum
add_up(void)
{
	const char *name[64];
	struct sum s = { .files = rotdir_list(name, 64) };

	for (size_t i = 0; i < s.files; i++) {
		const char *p = tmpdir_read(name[i]);

		for (; *p != '\0'; p += strcspn(p, "\n") + 1)
			add_line(&s, p);
	}
	return s;
}

static void
text_ends_with_the_number_of_packets(void **state)
{
	struct sum s;

	(void)state;
	write_packets("text");
	s = add_up();
	assert_true(s.files > 2);
	assert_int_equal(s.records, PACKETS);
	assert_int_equal(s.ends, s.files - 1);
	assert_true(s.told > 0 && s.told % 10 == 0); /* whole blocks */
}

static void
csv_begins_with_the_names_and_ends_with_nothing(void **state)
{
	struct sum s;

	(void)state;
	write_packets("csv");
	s = add_up();
	assert_true(s.files > 2);
	assert_int_equal(s.records, PACKETS);
	assert_int_equal(s.heads, s.files);
	assert_int_equal(s.ends, 0);
}

static void
json_has_objects_only(void **state)
{
	struct sum s;

	(void)state;
	write_packets("json");
	s = add_up();
	assert_true(s.files > 2);
	assert_int_equal(s.records, PACKETS);
	assert_int_equal(s.heads + s.ends, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_ends_with_the_number_of_packets),
		TEST(csv_begins_with_the_names_and_ends_with_nothing),
		TEST(json_has_objects_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
