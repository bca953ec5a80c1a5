/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/ifmsg */
/* Messages of the kernel about interfaces, as octets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/ifmsg.h"
#include "tests/unit/guard.h"

static uint8_t buf[1024];
static size_t len;

/* Begin a message of ${type} with ${head}. */
static void
begin(uint16_t type, uint16_t flags, const void *head, size_t size)
{
	const struct nlmsghdr h = {
		.nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = 7
	};

	memset(buf, 0, sizeof(buf));
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + NLMSG_HDRLEN, head, size);
	len = NLMSG_HDRLEN + NLMSG_ALIGN(size);
}

static void
add(uint16_t type, const void *value, size_t size)
{
	const struct rtattr a = { .rta_type = type,
		.rta_len = (uint16_t)RTA_LENGTH(size) };

	memcpy(buf + len, &a, sizeof(a));
	memcpy(buf + len + RTA_LENGTH(0), value, size);
	len += RTA_ALIGN(a.rta_len);
}

static void
end(void)
{
	const uint32_t all = (uint32_t)len;

	memcpy(buf, &all, sizeof(all));
}

static struct ifmsg
get(void)
{
	struct ifmsg m;

	end();
	assert_int_equal(ifmsg_get(&m, buf, len), len);
	assert_int_equal(m.seq, 7);
	return m;
}

static void
begin_link(unsigned int flags, unsigned short type)
{
	const struct ifinfomsg i = {
		.ifi_index = 3, .ifi_flags = flags, .ifi_type = type
	};

	begin(RTM_NEWLINK, 0, &i, sizeof(i));
}

static void
an_interface_has_a_name_a_mac_and_drops(void **state)
{
	const struct rtnl_link_stats64 s = {
		.rx_missed_errors = 5, .rx_fifo_errors = 2, .rx_packets = 100
	};

	(void)state;
	begin_link(IFF_UP, ARPHRD_ETHER);
	add(IFLA_IFNAME, "eth0", 5);
	add(IFLA_ADDRESS, "\2\0\0\0\0\1", 6);
	add(IFLA_STATS64, &s, sizeof(s));
	const struct ifmsg m = get();
	assert_int_equal(m.kind, IFMSG_LINK);
	assert_int_equal(m.index, 3);
	assert_string_equal(m.name, "eth0");
	assert_true(m.up);
	assert_false(m.loopback);
	assert_true(m.has_mac);
	assert_memory_equal(m.mac, "\2\0\0\0\0\1", 6);
	assert_int_equal(m.missed, 7);
}

static void
what_is_no_ethernet_has_no_mac(void **state)
{
	(void)state;
	begin_link(IFF_LOOPBACK, ARPHRD_LOOPBACK);
	add(IFLA_IFNAME, "lo", 3);
	add(IFLA_ADDRESS, "\0\0\0\0\0\0", 6);
	const struct ifmsg m = get();
	assert_false(m.has_mac);
	assert_false(m.up);
	assert_true(m.loopback);
}

static void
a_name_without_an_end_gets_one(void **state)
{
	(void)state;
	begin_link(0, ARPHRD_ETHER);
	add(IFLA_IFNAME, "0123456789abcdefXYZ", 19);
	const struct ifmsg m = get();
	assert_string_equal(m.name, "0123456789abcde");
}

static void
the_local_address_is_ours_the_other_the_peers(void **state)
{
	const struct ifaddrmsg i = { .ifa_family = AF_INET, .ifa_index = 4 };

	(void)state;
	begin(RTM_NEWADDR, 0, &i, sizeof(i));
	add(IFA_ADDRESS, "\12\0\0\2", 4);
	add(IFA_LOCAL, "\12\0\0\1", 4);
	add(IFA_BROADCAST, "\12\0\0\377", 4);
	struct ifmsg m = get();
	assert_int_equal(m.kind, IFMSG_ADDR);
	assert_int_equal(m.index, 4);
	assert_int_equal(m.ipver, 4);
	assert_memory_equal(m.addr, "\12\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_true(m.has_broadcast);
	assert_memory_equal(m.broadcast, "\12\0\0\377", 4);

	/* in whichever order */
	begin(RTM_NEWADDR, 0, &i, sizeof(i));
	add(IFA_LOCAL, "\12\0\0\1", 4);
	add(IFA_ADDRESS, "\12\0\0\2", 4);
	m = get();
	assert_memory_equal(m.addr, "\12\0\0\1", 4);
}

static void
an_ipv6_address_is_read(void **state)
{
	const struct ifaddrmsg i = { .ifa_family = AF_INET6, .ifa_index = 4 };

	(void)state;
	begin(RTM_NEWADDR, 0, &i, sizeof(i));
	add(IFA_ADDRESS, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	const struct ifmsg m = get();
	assert_int_equal(m.ipver, 6);
	assert_memory_equal(m.addr, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
}

static void
an_address_of_a_wrong_length_is_none(void **state)
{
	const struct ifaddrmsg i = { .ifa_family = AF_INET, .ifa_index = 4 };

	(void)state;
	begin(RTM_NEWADDR, 0, &i, sizeof(i));
	add(IFA_LOCAL, "\12\0\0\1\0\0\0\0", 8);
	assert_int_equal(get().kind, IFMSG_OTHER);
}

static void
counters_are_read(void **state)
{
	const struct if_stats_msg i = { .ifindex = 9 };
	const struct rtnl_link_stats64 s = { .rx_missed_errors = 11 };

	(void)state;
	begin(RTM_NEWSTATS, 0, &i, sizeof(i));
	add(IFLA_STATS_LINK_64, &s, sizeof(s));
	const struct ifmsg m = get();
	assert_int_equal(m.kind, IFMSG_STATS);
	assert_int_equal(m.index, 9);
	assert_int_equal(m.missed, 11);
}

static void
the_end_of_a_list_may_be_an_error(void **state)
{
	const int32_t fine = 0, bad = -EPERM;

	(void)state;
	begin(NLMSG_DONE, NLM_F_DUMP_INTR, &fine, sizeof(fine));
	struct ifmsg m = get();
	assert_int_equal(m.kind, IFMSG_DONE);
	assert_true(m.interrupted);
	begin(NLMSG_DONE, 0, &bad, sizeof(bad));
	m = get();
	assert_int_equal(m.kind, IFMSG_ERROR);
	assert_int_equal(m.error, EPERM);
}

/* Whatever the lengths say, nothing behind the end is read. */
static void
cut_anywhere_nothing_behind_the_end_is_read(void **state)
{
	struct ifmsg m;

	(void)state;
	begin_link(IFF_UP, ARPHRD_ETHER);
	add(IFLA_IFNAME, "eth0", 5);
	add(IFLA_STATS64, "12345678", 8);
	end();
	for (size_t n = 0; n <= len; n++) {
		const uint32_t claimed = (uint32_t)n;

		memcpy(buf, &claimed, sizeof(claimed));
		assert_true(ifmsg_get(&m, guard_put(buf, n), n) <= n);
	}
	end();
	/* an attribute that is longer than the message */
	buf[NLMSG_HDRLEN + sizeof(struct ifinfomsg)] = 200;
	assert_int_equal(ifmsg_get(&m, guard_put(buf, len), len), len);
	assert_int_equal(m.kind, IFMSG_OTHER);
}

static void
questions_are_of_the_kind_asked_for(void **state)
{
	static const struct {
		enum ifmsg_kind kind;
		uint16_t type;
	} all[] = { { IFMSG_LINK, RTM_GETLINK }, { IFMSG_ADDR, RTM_GETADDR },
		{ IFMSG_STATS, RTM_GETSTATS } };
	uint8_t question[IFMSG_REQUEST_MAX];
	struct nlmsghdr h;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const size_t n = ifmsg_request(question, all[i].kind, 8);

		memcpy(&h, question, sizeof(h));
		assert_int_equal(h.nlmsg_len, n);
		assert_int_equal(h.nlmsg_type, all[i].type);
		assert_int_equal(h.nlmsg_seq, 8);
		assert_int_equal(h.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interface_has_a_name_a_mac_and_drops),
		cmocka_unit_test(what_is_no_ethernet_has_no_mac),
		cmocka_unit_test(a_name_without_an_end_gets_one),
		cmocka_unit_test(the_local_address_is_ours_the_other_the_peers),
		cmocka_unit_test(an_ipv6_address_is_read),
		cmocka_unit_test(an_address_of_a_wrong_length_is_none),
		cmocka_unit_test(counters_are_read),
		cmocka_unit_test(the_end_of_a_list_may_be_an_error),
		cmocka_unit_test(cut_anywhere_nothing_behind_the_end_is_read),
		cmocka_unit_test(questions_are_of_the_kind_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
