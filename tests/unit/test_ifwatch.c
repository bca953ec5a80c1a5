/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/ifwatch agent/ifmsg agent/pktown base/proc -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/ifwatch.h"

#define FORGED "forged0"

/* What the kernel would say of an interface, as the answer to ${seq}. */
struct lie {
	struct nlmsghdr h;
	struct ifinfomsg i;
	struct rtattr a;
	char name[IFMSG_NAME_MAX];
};

static struct lie
make_lie(uint32_t seq)
{
	struct lie l = { .h = { .nlmsg_len = sizeof(l),
			     .nlmsg_type = RTM_NEWLINK,
			     .nlmsg_seq = seq },
		.i = { .ifi_index = 77, .ifi_flags = IFF_UP },
		.a = { .rta_len = sizeof(l.a) + sizeof(l.name),
		    .rta_type = IFLA_IFNAME },
		.name = FORGED };

	return l;
}

/* A namespace where we are root.  Returns whether that can be. */
static bool
enter_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static void
only_the_kernel_is_believed(void **state)
{
	/* The first socket of a process has its number. */
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK,
		.nl_pid = (uint32_t)getpid() };
	struct ifwatch *w;
	int fd;

	(void)state;
	if (!enter_namespace())
		skip();
	assert_non_null(w = ifwatch_open());
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	assert_true(fd >= 0);
	for (uint32_t seq = 0; seq < 16; seq++) {
		const struct lie l = make_lie(seq);

		assert_int_equal(sendto(fd, &l, sizeof(l), 0,
				     (const struct sockaddr *)&to, sizeof(to)),
		    sizeof(l));
	}
	assert_int_equal(ifwatch_refresh(w), 0);
	assert_non_null(ifwatch_name(w, "lo"));
	assert_null(ifwatch_name(w, FORGED));
	(void)close(fd);
	ifwatch_close(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_kernel_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
