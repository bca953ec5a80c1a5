/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/conf collector/confline collector/confrows collector/confset collector/confflow collector/class collector/flowmap collector/modelnet collector/modelskip wire/dnsname base/allow base/opt base/rotate base/net base/log -linih -lev */
/* collector.conf: what is read, what is refused, what is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/class.h"
#include "collector/conf.h"
#include "collector/confrows.h"
#include "collector/flowmap.h"
#include "collector/modelskip.h"

static char path[] = "/tmp/test_conf.XXXXXX";

static struct conf *
read_text(const char *text)
{
	FILE *fp = fopen(path, "we");

	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
	return conf_read(path);
}

/* What conf_read says about ${text}, on standard error. */
static void
message(const char *text, char *ret, size_t size)
{
	const int saved = dup(STDERR_FILENO);
	FILE *tmp = tmpfile();
	struct conf *c;
	size_t n;

	assert_non_null(tmp);
	fflush(stderr);
	assert_true(dup2(fileno(tmp), STDERR_FILENO) >= 0);
	c = read_text(text);
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	rewind(tmp);
	n = fread(ret, 1, size - 1, tmp);
	ret[n] = '\0';
	fclose(tmp);
	if (c != NULL)
		fail_msg("accepted: %s", text);
}

static void
assert_agent(const struct conf *c, size_t i, unsigned int number,
    const char *host, uint16_t port)
{
	assert_true(i < c->n_agents);
	assert_int_equal(c->agent[i].number, number);
	assert_string_equal(c->agent[i].hp.host, host);
	assert_int_equal(c->agent[i].hp.port, port);
}

static uint64_t
ids(const struct conf *c, uint16_t port, uint32_t flow)
{
	const struct obs_pkt p = { .ipver = 4,
		.proto = 17,
		.dport = port,
		.has = OBS_HAS_PORTS | OBS_HAS_MGEN,
		.mgen_flow = flow };

	return class_match(c->class, &p);
}

static void
the_old_lines_are_read(void **state)
{
	struct conf *c = read_text("# an old file\n"
				   "1=2000\n2=M1000\n\n"
				   "3 = 2020 - 2029   # a range\n"
				   "4=M1050-2000\n1=3000-3011\r\n"
				   "1:192.168.100.100:7073\n"
				   "2:192.168.100.101:7074\n");

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->n_agents, 2);
	assert_agent(c, 0, 1, "192.168.100.100", 7073);
	assert_agent(c, 1, 2, "192.168.100.101", 7074);
	assert_int_equal(ids(c, 2000, 0), 0x1);
	assert_int_equal(ids(c, 3011, 0), 0x1);
	assert_int_equal(ids(c, 2020, 1000), 0x6);
	assert_int_equal(ids(c, 1, 2000), 0x8);
	assert_int_equal(ids(c, 1, 2001), 0);
	conf_free(c);
}

static void
hosts_without_a_number_are_numbered_by_their_order(void **state)
{
	struct conf *c = read_text("192.168.1.1:7073\nnode-2.example:7000\n"
				   "[2001:db8::5]:7073\n");

	(void)state;
	assert_non_null(c);
	assert_agent(c, 0, 1, "192.168.1.1", 7073);
	assert_agent(c, 1, 2, "node-2.example", 7000);
	assert_agent(c, 2, 3, "2001:db8::5", 7073);
	conf_free(c);
}

static void
ipv6_and_names_have_numbers_too(void **state)
{
	struct conf *c = read_text("3:[2001:db8::5]:7073\n7:node:9\n9:node\n");

	(void)state;
	assert_non_null(c);
	assert_agent(c, 0, 3, "2001:db8::5", 7073);
	assert_agent(c, 1, 7, "node", 9);
	assert_agent(c, 2, 9, "node", CONF_PORT);
	conf_free(c);
}

static void
without_a_file_there_are_defaults(void **state)
{
	struct conf *c = conf_read(NULL);

	(void)state;
	assert_non_null(c);
	assert_int_equal(c->n_agents, 0);
	assert_string_equal(c->redis_server, "127.0.0.1");
	assert_int_equal(c->redis_port, 6379);
	assert_int_equal(c->redis_ttl_grace, 900);
	assert_null(c->redis_socket);
	assert_null(c->redis_secret);
	assert_true(c->suppress_own);
	assert_int_equal(c->retry_min_ms, 500);
	assert_int_equal(c->retry_max_ms, 10000);
	assert_int_equal(c->rate_max, 0);
	assert_int_equal(c->text_format, LINE_BASIC);
	assert_int_equal(c->time_format, CONF_TIME_EPOCH);
	conf_free(c);
}

static void
sections_follow_the_old_lines(void **state)
{
	struct conf *c = read_text("1=2000\n[redis]\nserver = ::1\n"
				   "port: 6380\npassword = a;b = c # no\n"
				   "database=5\n"
				   "[flows]\nsuppress-own-network = no\n"
				   "own-networks = 10.77.0.0/24, fd00::/8\n"
				   "own-networks = 10.78.0.0/24\n"
				   "[output]\nto = text:/tmp/x\nto = json\n"
				   "time = iso\ntext-format = extended\n");
	const uint8_t v4[16] = { 10, 78, 0, 1 };
	const uint8_t v6[16] = { 0xfd, 1 };

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->redis_server, "::1");
	assert_int_equal(c->redis_port, 6380);
	assert_string_equal(c->redis_secret, "a;b = c");
	assert_int_equal(c->redis_database, 5);
	assert_false(c->suppress_own);
	assert_true(flowmap_is_own(c->flowmap, 4, v4));
	assert_true(flowmap_is_own(c->flowmap, 6, v6));
	assert_int_equal(c->output.n, 2);
	assert_string_equal(c->output.item[0], "text:/tmp/x");
	assert_int_equal(c->time_format, CONF_TIME_ISO);
	assert_int_equal(c->text_format, LINE_EXTENDED);
	conf_free(c);
}

static void
a_file_without_a_final_newline_is_whole(void **state)
{
	struct conf *c = read_text("\xEF\xBB\xBF"
				   "5:host:1\n[redis]\nport=7");

	(void)state;
	assert_non_null(c);
	assert_agent(c, 0, 5, "host", 1);
	assert_int_equal(c->redis_port, 7);
	conf_free(c);
}

/* Each text is refused at the line given. */
static const struct {
	unsigned int line;
	const char *text;
} bad[] = {
	{ 1, "0=2000\n" },
	{ 2, "1=1\n65=2000\n" },
	{ 1, "1=65536\n" },
	{ 1, "1=\n" },
	{ 1, "1=20-10\n" },
	{ 1, "1=M\n" },
	{ 1, "1=M4294967296\n" },
	{ 1, "1=x\n" },
	{ 1, "1=-5\n" },
	{ 1, "1=99999999999999999999\n" },
	{ 3, "1:a:1\n\n1:b:1\n" },
	{ 2, "2:a:1\nb:1\n" },
	{ 1, "0:a:1\n" },
	{ 1, "65536:a:1\n" },
	{ 1, "1:a:0\n" },
	{ 1, "1:a:65536\n" },
	{ 1, "1:a:b:c\n" },
	{ 1, "1:\n" },
	{ 1, ":7073\n" },
	{ 1, "1:7073\n" },
	{ 1, "lisen 10.0.0.1:7074\n" },
	{ 1, "3:[2001:db8::5\n" },
	{ 1, "[redis\nport=1\n" },
	{ 2, "\n[nonsense]\n" },
	{ 1, "[]\n" },
	{ 2, "[redis]\nnonsense = 1\n" },
	{ 3, "[redis]\nport = 1\nport = 1\n" },
	{ 2, "[redis]\nport = 65536\n" },
	{ 2, "[redis]\nport = x\n" },
	{ 2, "[redis]\nport\n" },
	{ 2, "[redis]\n1=2000\n" },
	{ 2, "[output]\ntext-format = pretty\n" },
	{ 2, "[output]\ntime = local\n" },
	{ 2, "[flows]\nsuppress-own-network = maybe\n" },
	{ 2, "[flows]\nown-networks = 10.77.0.1/24\n" },
	{ 2, "[flows]\nnetwork = a\n" },
	{ 2, "[flows]\nnetwork = * 10.0.0.0/8\n" },
	{ 2, "[flows]\nmap = a * lower-port\n" },
	{ 2, "[flows]\nmap = * *\n" },
	{ 2, "[flows]\nmap = * * higher-port\n" },
	{ 2, "[flows]\nmap = * * lower-port drop\n" },
	{ 2, "[flows]\nmap = * * lower-port precedence=up\n" },
	{ 2, "[flows]\nmap = * * port-match\n" },
	{ 2, "[flows]\nmap = * * port-match ports=0\n" },
	{ 2, "[flows]\nmap = * * port-match ports=1,,2\n" },
	{ 2, "[flows]\nmap = * * port-match ports=9-1\n" },
	{ 2, "[flows]\nmap = * * port-match ports=1 ports=2\n" },
	{ 2, "[flows]\nmap = * * assign client-from=src\n" },
	{ 2, "[flows]\nignore = 10.0.0.1\n" },
	{ 2, "[flows]\nignore = 10.0.0.1:0\n" },
	{ 2, "[flows]\nignore = 10.0.0.0/8:53\n" },
	{ 2, "[flows]\nignore = 10.0.0.1:53, ::1:53\n" },
	{ 2, "[flows]\nignore = [10.0.0.1]:53\n" },
	{ 2, "[flows]\nignore = [::1:53\n" },
	{ 2, "[flows]\nignore = []:53\n" },
	{ 2, "[flows]\nignore = :53\n" },
	{ 2, "[dns]\nignore =\n" },
	{ 2, "[dns]\nignore-match = glob\n" },
	{ 3, "[dns]\nignore-match = label\nignore-match = label\n" },
	{ 2, "[redis]\nexpire = never\n" },
	{ 1, "redis.nonsense = 1\n" },
};

static void
what_is_wrong_is_named_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char where[64];
		char got[1024];

		snprintf(where, sizeof(where), "%s:%u: ", path, bad[i].line);
		message(bad[i].text, got, sizeof(got));
		if (strstr(got, where) == NULL)
			fail_msg("%s: %s", bad[i].text, got);
	}
}

static void
lines_that_are_too_long_are_refused_in_every_section(void **state)
{
	char text[2 * CONF_LINE_MAX];
	char got[1024];

	(void)state;
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	message(text, got, sizeof(got));
	assert_non_null(strstr(got, ":1: "));
	memcpy(text, "[redis]\npassword = ", 19);
	message(text, got, sizeof(got));
	assert_non_null(strstr(got, ":2: "));
}

static void
a_long_value_arrives_whole(void **state)
{
	char text[CONF_LINE_MAX + 16] = "[redis]\npassword = ";
	struct conf *c;

	(void)state;
	memset(&text[19], 'x', CONF_LINE_MAX - 12);
	text[19 + CONF_LINE_MAX - 12] = '\0';
	c = read_text(text);
	assert_non_null(c);
	assert_int_equal(strlen(c->redis_secret), CONF_LINE_MAX - 12);
	conf_free(c);
}

static void
what_contradicts_itself_is_refused(void **state)
{
	char got[1024];

	(void)state;
	message("[redis]\nuser = x\n", got, sizeof(got));
	assert_non_null(strstr(got, "redis.user"));
	message("[redis]\npassword = x\npassword-file = y\n", got, sizeof(got));
	assert_non_null(strstr(got, "both"));
	message(
	    "[agents]\nretry-min = 500\nretry-max = 400\n", got, sizeof(got));
	assert_non_null(strstr(got, "retry-min"));
	message("[redis]\npassword-file = /nonexistent\n", got, sizeof(got));
	assert_non_null(strstr(got, "/nonexistent"));
	message("[dns]\nignore = a.ex\nignore = a..b\n", got, sizeof(got));
	assert_non_null(strstr(got, "dns.ignore: not a domain name: a..b"));
}

static void
what_is_left_out_is_read_in_any_order(void **state)
{
	static const uint8_t below[] = "\003www\004corp\002ex";
	static const uint8_t beside[] = "\005xcorp\002ex";
	struct conf *c =
	    read_text("[dns]\nignore = .CORP.ex\nignore-match = label\n"
		      "[flows]\nignore = 10.0.0.1:53, [2001:db8::1]:5353\n"
		      "ignore = 10.0.0.2:1 10.0.0.2:2\nicmpv6 = no\n"
		      "[redis]\nexpire = ttl\n");
	struct obs_pkt p = { .ipver = 4, .dst = { 10, 0, 0, 2 }, .dport = 2 };

	(void)state;
	assert_non_null(c);
	assert_true(modelskip_has(c->skip, below, "", 0));
	assert_false(modelskip_has(c->skip, beside, "", 0));
	assert_true(flowmap_is_ignored(c->flowmap, &p));
	p.dport = 3;
	assert_false(flowmap_is_ignored(c->flowmap, &p));
	assert_false(c->icmp6);
	assert_int_equal(c->redis_expire, CONF_EXPIRE_TTL);
	conf_free(c);
	c = read_text("[dns]\nignore = a..b\nignore-match = substring\n");
	assert_non_null(c);
	assert_true(modelskip_has(c->skip, beside, "xa..b.", 6));
	assert_true(c->icmp6);
	assert_int_equal(c->redis_expire, CONF_EXPIRE_GRACE);
	conf_free(c);
}

static char *
printed(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	conf_print(c, fp);
	fclose(fp);
	return text;
}

static void
what_is_printed_reads_back_the_same(void **state)
{
	struct conf *c = read_text(
	    "1=2000\n2=M5-9\n4:[::1]:9\n1:name\n[redis]\nport = 99\n"
	    "expire = ttl\n[dns]\nignore-match = substring\nignore = x y\n"
	    "[output]\ntime = iso\n[flows]\nignore = [::2]:5\nown-networks = "
	    "10.77.0.0/24\n"
	    "network = home own\nnetwork = a 10.0.0.0/8, 2001:db8::/32\n"
	    "map = home * port-match ports=53,80-90 precedence=dst drop\n"
	    "map = * a assign client-from=dst port-from=src\n"
	    "map = * * lower-port\n");
	char *first = printed(c);
	char *second;

	(void)state;
	conf_free(c);
	assert_non_null(strstr(first, "flows.map = home * port-match "
				      "precedence=dst ports=53,80-90 drop\n"));
	assert_non_null(strstr(first, "4:[::1]:9\n1:name:7073\n"));
	c = read_text(first);
	assert_non_null(c);
	second = printed(c);
	assert_string_equal(first, second);
	conf_free(c);
	free(first);
	free(second);
}

static void
passwords_are_not_printed(void **state)
{
	struct conf *c = read_text("[redis]\npassword = secret\n");
	char *text = printed(c);

	(void)state;
	assert_null(strstr(text, "secret"));
	assert_non_null(strstr(text, "redis.password = ***\n"));
	free(text);
	conf_free(c);
}

static void
a_missing_file_is_an_error(void **state)
{
	(void)state;
	assert_null(conf_read("/nonexistent/collector.conf"));
	assert_null(conf_read("/"));
}

/* ".It Cm key" below ".Ss [section]". */
static bool
is_in_manual(const char *manual, const char *name)
{
	const char *dot = strchr(name, '.');
	const char *at;
	char section[64];
	char item[64];

	snprintf(
	    section, sizeof(section), ".Ss [%.*s]\n", (int)(dot - name), name);
	snprintf(item, sizeof(item), "\n.It Cm %s", dot + 1);
	if ((at = strstr(manual, section)) == NULL)
		return false;
	at = strstr(at, item);
	return at != NULL && strchr(" \n", at[strlen(item)]) != NULL;
}

static void
every_key_is_in_the_manual(void **state)
{
	static char manual[65536];
	FILE *fp = fopen("man/collector.conf.5", "re");

	(void)state;
	assert_non_null(fp);
	assert_true(fread(manual, 1, sizeof(manual) - 1, fp) > 0);
	fclose(fp);
	for (size_t i = 0; i < confrows_n; i++) {
		if (!is_in_manual(manual, confrows[i].name))
			fail_msg("%s is not", confrows[i].name);
	}
}

static int
make_file(void **state)
{
	const int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_lines_are_read),
		cmocka_unit_test(
		    hosts_without_a_number_are_numbered_by_their_order),
		cmocka_unit_test(ipv6_and_names_have_numbers_too),
		cmocka_unit_test(without_a_file_there_are_defaults),
		cmocka_unit_test(sections_follow_the_old_lines),
		cmocka_unit_test(a_file_without_a_final_newline_is_whole),
		cmocka_unit_test(what_is_wrong_is_named_with_file_and_line),
		cmocka_unit_test(
		    lines_that_are_too_long_are_refused_in_every_section),
		cmocka_unit_test(a_long_value_arrives_whole),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(what_is_left_out_is_read_in_any_order),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(passwords_are_not_printed),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(every_key_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
