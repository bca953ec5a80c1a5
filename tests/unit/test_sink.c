/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/sink collector/sinkout collector/sinktext collector/sinkcsv collector/sinkjson collector/sinkdns wire/dnsline collector/sinkflow collector/sinkform collector/sinkflowfmt collector/sinkrow collector/sinkhops collector/sinkhopsfmt collector/hopstat collector/hopflow collector/hopline collector/join collector/joinpath collector/sinkmgen collector/sinkmgenfmt collector/sinkmgenlog collector/sinkmgenlogfmt collector/mgenlog collector/mgenline collector/mgenstat collector/mgentell collector/mgenhop collector/mgenpath collector/mgentab collector/mgenwait collector/clockfix collector/mgenclock collector/sinksrc collector/mgenseq collector/mgendelay collector/correlate collector/cover collector/dnscache collector/dnschain collector/flowcache collector/intake collector/order wire/dnsname collector/sinkfile collector/fileidx wire/zpack wire/frame collector/positions collector/position collector/journal base/fdio collector/sinkfmt collector/sinkredis collector/sinktab collector/sinkmark collector/sinkbatch collector/sinkwork collector/sinklist collector/sinkmulti collector/sinkconn collector/sinkpend collector/model collector/modelnet collector/flowmap collector/recent collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class base/allow base/opt base/lookup base/net base/log base/proc base/outfile base/outpath base/outq base/rotate base/rotjob base/gz wire/line wire/text collector/sinksend collector/sinkcmd collector/sinkknow collector/modeldns collector/modelskip -lz -linih -lhiredis -ljansson -lev */
/* The outputs that write lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "collector/class.h"
#include "collector/conf.h"
#include "collector/sink.h"
#include "wire/hello.h"

enum { OUTPUT_MAX = 16384, SEQ = 41 };

static char dir[] = "/tmp/test_sink.XXXXXX";
static char path[64];
static struct conf *conf;
static const struct hello_iface ifaces[] = { { .name = "lo" },
	{ .name = "veth\"0" }, { .name = "eth0", .node = "n3" } };
static const struct sink_src src = {
	.host = 3, .name = "n\"1,\n", .ifs = { 3, ifaces }
};

static struct obs
packet(void)
{
	struct obs o = { .kind = OBS_PKT,
		.time = wall_make(1700000000, 123000) };

	o.pkt = (struct obs_pkt){ .ipver = 4,
		.proto = 6,
		.sport = 40000,
		.dport = 2000,
		.len = 1500,
		.tcp_flags = 0x10,
		.ttl = 64,
		.iface = 1,
		.role = OBS_ROLE_FORWARDED,
		.vlan = 0x8005,
		.mgen_flow = 7,
		.mgen_seq = 9,
		.mgen_tx = wall_make(1700000000, 0),
		.has = OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG };
	inet_pton(AF_INET, "10.0.0.1", o.pkt.src);
	inet_pton(AF_INET, "10.0.0.2", o.pkt.dst);
	return o;
}

static struct obs
unreachable(void)
{
	struct obs o = { .kind = OBS_PKT, .time = wall_make(1, 1) };

	o.pkt = (struct obs_pkt){ .ipver = 6,
		.proto = 58,
		.len = 100,
		.icmp_type = 1,
		.icmp_code = 4,
		.frag = OBS_FRAG_FIRST,
		.digest = 77,
		.has = OBS_HAS_ICMP | OBS_HAS_QUOTE | OBS_HAS_DIGEST };
	inet_pton(AF_INET6, "2001:db8::1", o.pkt.src);
	inet_pton(AF_INET6, "2001:db8::2", o.pkt.dst);
	o.pkt.q.proto = 17;
	o.pkt.q.sport = 53;
	o.pkt.q.dport = 65535;
	inet_pton(AF_INET6, "2001:db8::3", o.pkt.q.dst);
	return o;
}

static struct obs
host(void)
{
	struct obs o = { .kind = OBS_HOST, .time = wall_make(1700000001, 0) };

	o.host = (struct obs_host){ .has = OBS_HOST_ALL,
		.cpu_busy = 12,
		.mem_used = UINT64_C(16) << 20 };
	return o;
}

static struct obs
loss(void)
{
	struct obs o = { .kind = OBS_LOSS, .time = wall_make(1700000002, 0) };

	o.loss = (struct obs_loss){
		.reason = OBS_LOSS_QUEUE, .first = 50, .count = 8
	};
	return o;
}

static char *
contents(void)
{
	static char text[OUTPUT_MAX];
	FILE *fp = fopen(path, "re");
	size_t n;

	assert_non_null(fp);
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	fclose(fp);
	return text;
}

/* All four observations through the output ${kind}, appended to the file. */
static void
write_all(const char *kind)
{
	const struct obs o[] = { packet(), unreachable(), host(), loss() };
	char spec[128];
	struct sink *s;

	snprintf(spec, sizeof(spec), "%s:%s", kind, path);
	s = sink_open(conf, spec, NULL);
	assert_non_null(s);
	s->type->put(s, &src, SEQ, o, 2);
	s->type->put(s, &src, SEQ + 2, &o[2], 1);
	s->type->put(s, &src, SEQ + 2, &o[3], 1);
	assert_int_equal(s->type->flush(s, proc_mono()), 0);
	assert_int_equal(s->type->drain(s), 1);
	assert_int_equal(s->written, 4);
	assert_int_equal(s->lost, 0);
	s->type->close(s);
}

static void
text_lines_are_those_of_the_agent(void **state)
{
	const struct obs o[] = { packet(), unreachable(), host(), loss() };
	char want[4 * LINE_MAX_LEN + 1];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		len += line_put(&want[len], &o[i], LINE_BASIC, NULL);
	want[len] = '\0';
	write_all("text");
	assert_string_equal(contents(), want);
}

static void
extended_lines_name_the_interface(void **state)
{
	(void)state;
	conf->text_format = LINE_EXTENDED;
	write_all("text");
	assert_non_null(strstr(contents(), "veth\"0"));
}

static void
lines_with_nodes_end_with_the_name_and_can_be_read_back(void **state)
{
	static const char *const end[] = {
		":16:veth\"0:forwarded:9:1700000000.000000:n\"1,?",
		":58:-:lo:-:-:-:n\"1,?", ":61:-:-:-:-:-:n\"1,?",
		":61:-:-:-:-:-:n\"1,?", ":loss:queue:8:50:n\"1,?"
	};
	static const enum obs_kind kind[] = { OBS_PKT, OBS_PKT, OBS_HOST,
		OBS_HOST, OBS_LOSS };
	struct line_place at;
	struct obs o;
	char *rest, *line;

	(void)state;
	conf->text_format = LINE_EXTENDED;
	conf->text_nodes = true;
	write_all("text");
	rest = contents();
	for (size_t i = 0; i < 5; i++) {
		const int n = line_get(&o, &at, rest, strlen(rest));

		assert_true(n > 0);
		assert_int_equal(o.kind, kind[i]);
		if (kind[i] == OBS_PKT)
			assert_string_equal(at.node, "n\"1,?");
		assert_true(kind[i] != OBS_LOSS || o.loss.count == 8);
		line = strsep(&rest, "\n");
		assert_non_null(strstr(line, end[i]));
		assert_string_equal(strstr(line, end[i]), end[i]);
	}
	assert_string_equal(rest, "");
}

static size_t
columns(const char *line)
{
	bool quoted = false;
	size_t n = 1;

	for (; *line != '\0' && (quoted || *line != '\n'); line++) {
		if (*line == '"')
			quoted = !quoted;
		n += !quoted && *line == ',';
	}
	return n;
}

static void
csv_lines_have_the_columns_of_the_header(void **state)
{
	char *line;
	size_t n = 0;
	char *rest;

	(void)state;
	write_all("csv");
	for (rest = contents(); (line = strsep(&rest, "\n")) != NULL; n++) {
		if (*line != '\0')
			assert_int_equal(columns(line), 35);
	}
	assert_int_equal(n, 6);
}

static void
csv_lines_have_their_values_in_place(void **state)
{
	(void)state;
	write_all("csv");
	assert_non_null(strstr(contents(),
	    "\n1700000000.000123,3,\"n\"\"1,\\x0a\",packet,41,10.0.0.1,40000,"
	    "10.0.0.2,2000,1500,6,16,64,0,,,,,,,,,7,9,1700000000.000000,,5,"
	    "\"veth\"\"0\",forwarded,1 64,,,,,\n"));
	assert_non_null(strstr(contents(),
	    "\n1.000000001,3,\"n\"\"1,\\x0a\",packet,42,2001:db8::1,,"
	    "2001:db8::2,,100,58,,,0,first,1,4,17,::,53,2001:db8::3,65535,"
	    ",,,77,,\"lo\",,,,,,,\n"));
	assert_non_null(strstr(
	    contents(), ",host,,,,,,,,,,,,,,,,,,,,,,,,,,,12,16777216,,,\n"));
	assert_non_null(
	    strstr(contents(), ",loss,,,,,,,,,,,,,,,,,,,,,,,,,,,,,1,50,8\n"));
}

static void
a_csv_file_has_one_header_however_often_it_is_opened(void **state)
{
	const char *header;

	(void)state;
	write_all("csv");
	write_all("csv");
	header = strstr(contents(), "time,host,name,");
	assert_ptr_equal(header, contents());
	assert_null(strstr(header + 1, "time,host,name,"));
}

/* The outputs learn what a clock shows, then get what it made. */
static void
write_clock(const char *kind)
{
	const struct obs o = packet();
	struct sink_src off = src;
	char spec[128];
	struct sink *s;

	off.clock = (struct sink_clock){ .known = true,
		.offset_ns = -3600000001000,
		.bound_ns = 48000,
		.steps = 2,
		.applied = conf->apply_clock,
		.applied_ns = -3600000009000 };
	snprintf(spec, sizeof(spec), "%s:%s", kind, path);
	s = sink_open(conf, spec, NULL);
	assert_non_null(s);
	if (s->type->offset != NULL && conf->apply_clock)
		s->type->offset(s, &off, wall_make(1700000003, 0));
	s->type->put(s, &off, SEQ, &o, 1);
	assert_int_equal(s->type->flush(s, proc_mono()), 0);
	assert_int_equal(s->type->drain(s), 1);
	assert_int_equal(s->written, strcmp(kind, "dns") != 0);
	s->type->close(s);
}

static void
outputs_say_when_times_are_put_right(void **state)
{
	static const struct {
		const char *kind, *says;
	} all[] = {
		{ "text",
		    "# times by the clock of the collector (--apply-clock)\n" },
		{ "dns",
		    "# times by the clock of the collector (--apply-clock)\n" },
		{ "csv", "reason,first,count,clock_offset\n" },
		{ "csv", ",-3600.000009\n" },
		{ "json", ",\"kind\":\"clock\",\"offset\":-3600.000001,"
			  "\"bound\":0.000050,\"steps\":2}\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		conf->apply_clock = true;
		write_clock(all[i].kind);
		if (strstr(contents(), all[i].says) == NULL)
			fail_msg("no %s in %s", all[i].says, contents());
		assert_int_equal(truncate(path, 0), 0);
		conf->apply_clock = false;
		write_clock(all[i].kind);
		assert_null(strstr(contents(), all[i].says));
		assert_int_equal(truncate(path, 0), 0);
	}
}

static json_t *
json_line(size_t n)
{
	char *rest = contents();

	while (n-- > 0)
		strsep(&rest, "\n");
	return json_loads(strsep(&rest, "\n"), JSON_REJECT_DUPLICATES, NULL);
}

static void
json_lines_are_objects_that_a_strict_reader_takes(void **state)
{
	json_t *o;

	(void)state;
	conf->time_format = CONF_TIME_ISO;
	write_all("json");
	o = json_line(0);
	assert_non_null(o);
	assert_string_equal(
	    json_string_value(json_object_get(o, "name")), "n\"1,\n");
	assert_string_equal(json_string_value(json_object_get(o, "time")),
	    "2023-11-14T22:13:20.000123Z");
	assert_string_equal(
	    json_string_value(json_object_get(o, "iface")), "veth\"0");
	assert_int_equal(json_integer_value(json_object_get(o, "seq")), SEQ);
	assert_int_equal(json_integer_value(json_object_get(o, "dport")), 2000);
	assert_int_equal(json_integer_value(json_object_get(o, "vlan")), 5);
	assert_int_equal(json_array_size(json_object_get(o, "ids")), 2);
	json_decref(o);
	o = json_line(1);
	assert_string_equal(json_string_value(json_object_get(
				json_object_get(o, "quote"), "dst")),
	    "2001:db8::3");
	json_decref(o);
	o = json_line(2);
	assert_int_equal(
	    json_integer_value(json_object_get(o, "cpu_busy")), 12);
	json_decref(o);
	o = json_line(3);
	assert_int_equal(json_integer_value(json_object_get(o, "count")), 8);
	json_decref(o);
}

/* What the output ${name} writes of a packet that another node has seen. */
static char *
written_of_a_node(const char *name)
{
	struct obs o = packet();
	char spec[128];
	struct sink *s;

	snprintf(spec, sizeof(spec), "%s:%s", name, path);
	s = sink_open(conf, spec, NULL);
	assert_non_null(s);
	o.pkt.iface = 2;
	s->type->put(s, &src, SEQ, &o, 1);
	assert_int_equal(s->type->drain(s), 1);
	s->type->close(s);
	return contents();
}

static void
a_record_carries_the_node_of_its_interface(void **state)
{
	char *text;

	(void)state;
	conf->text_format = LINE_EXTENDED;
	text = written_of_a_node("text");
	assert_non_null(
	    strstr(text, ":eth0:forwarded:9:1700000000.000000:n3\n"));
	assert_int_equal(unlink(path), 0);
	text = written_of_a_node("csv");
	assert_non_null(strstr(text, "\n1700000000.000123,3,\"n3\",packet,"));
	assert_int_equal(unlink(path), 0);
	text = written_of_a_node("json");
	assert_non_null(strstr(text, "\"host\":3,\"name\":\"n3\","));
}

static void
epoch_times_are_json_numbers(void **state)
{
	(void)state;
	write_all("json");
	assert_non_null(strstr(contents(), "{\"time\":1700000000.000123,"));
}

/* With standard output in the file, as the output "out" wants it. */
static void
write_out(const struct obs *o, size_t n)
{
	const int saved = dup(STDOUT_FILENO);
	struct sink *s;

	fflush(stdout);
	assert_non_null(freopen(path, "w", stdout));
	s = sink_open(conf, "out", NULL);
	assert_non_null(s);
	s->type->put(s, &src, 1, o, n);
	assert_int_equal(s->type->drain(s), 1);
	s->type->close(s);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
}

static void
the_old_format_repeats_a_line_per_id_and_marks_the_repetition(void **state)
{
	const struct obs o[] = { packet(), unreachable(), host(), loss() };

	(void)state;
	write_out(o, 4);
	assert_string_equal(contents(),
	    "1700000000.000123:3:1:12000:0\n"
	    "1700000000.000123:3:64:12000:1\n"
	    "1.000000:3:X:800:0\n"
	    "1700000001.000000:3:C:12:0\n"
	    "1700000001.000000:3:M:17179869184:0\n");
}

static void
all_64_ids_at_once_fit(void **state)
{
	struct obs o = packet();
	const char *text;
	size_t lines = 0;

	(void)state;
	for (unsigned int id = 1; id <= CLASS_ID_MAX; id++)
		class_ports(conf->class, id, 2000, 2000);
	o.pkt.len = UINT32_MAX;
	o.time = (wall_t){ INT64_MIN };
	write_out(&o, 1);
	for (text = contents(); (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	assert_int_equal(lines, 64);
}

static void
reopen_makes_the_file_again(void **state)
{
	const struct obs o = packet();
	char spec[128];
	struct sink *s;

	(void)state;
	snprintf(spec, sizeof(spec), "csv:%s", path);
	s = sink_open(conf, spec, NULL);
	assert_non_null(s);
	assert_int_equal(s->type->flush(s, proc_mono()), 0);
	assert_int_equal(unlink(path), 0);
	s->type->reopen(s);
	s->type->put(s, &src, 1, &o, 1);
	assert_int_equal(s->type->drain(s), 1);
	assert_int_equal(strncmp(contents(), "time,host,", 10), 0);
	assert_int_equal(s->written, 1);
	s->type->close(s);
}

static void
a_wrong_name_of_an_output_is_refused(void **state)
{
	(void)state;
	assert_null(sink_open(conf, "xml", NULL));
	assert_null(sink_open(conf, "tex", NULL));
	assert_null(sink_open(conf, "text:", NULL));
	assert_null(sink_open(conf, "out:/tmp/x", NULL));
	assert_null(sink_open(conf, "redis:x", NULL));
	assert_null(sink_open(conf, "json:/nonexistent/x", NULL));
}

static int
setup(void **state)
{
	(void)state;
	conf = conf_read(NULL);
	class_ports(conf->class, 1, 2000, 2000);
	class_mgen(conf->class, 64, 7, 7);
	return class_seal(conf->class);
}

static int
teardown(void **state)
{
	(void)state;
	conf_free(conf);
	unlink(path);
	return 0;
}

static int
make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/out", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(text_lines_are_those_of_the_agent),
		T(extended_lines_name_the_interface),
		T(lines_with_nodes_end_with_the_name_and_can_be_read_back),
		T(outputs_say_when_times_are_put_right),
		T(csv_lines_have_the_columns_of_the_header),
		T(csv_lines_have_their_values_in_place),
		T(a_csv_file_has_one_header_however_often_it_is_opened),
		T(json_lines_are_objects_that_a_strict_reader_takes),
		T(a_record_carries_the_node_of_its_interface),
		T(epoch_times_are_json_numbers),
		T(the_old_format_repeats_a_line_per_id_and_marks_the_repetition),
		T(all_64_ids_at_once_fit),
		T(reopen_makes_the_file_again),
		T(a_wrong_name_of_an_output_is_refused),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
