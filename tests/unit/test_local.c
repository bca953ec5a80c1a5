/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/local base/net base/log -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/local.h"
#include "base/net.h"

static const struct local_perm ours = {
	.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1
};

struct place {
	char dir[32], path[48];
};

static int
make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/local.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	(void)snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	*state = p;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *p = *state;

	(void)unlink(p->path);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

/* When set, somebody puts a link to it where a socket was just bound. */
static const char *trap;

int
bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
	const struct sockaddr *sa = addr.__sockaddr__;
	const int rc = (int)syscall(SYS_bind, fd, sa, len);
	const char *path = sa->sa_data;

	if (rc == 0 && trap != NULL) {
		assert_int_equal(unlink(path), 0);
		assert_int_equal(symlink(trap, path), 0);
	}
	return rc;
}

static int
dial(const char *path)
{
	struct net_addr a;

	assert_int_equal(net_local(&a, path), 0);
	return net_dial(&a);
}

static void
who_connects_is_known_by_its_user(void **state)
{
	const struct place *p = *state;
	struct net_addr from;
	char name[NET_NAME_MAX], want[NET_NAME_MAX];
	struct local l;
	int fd, conn;

	assert_int_equal(local_listen(&l, p->path, &ours), 0);
	assert_true(net_is_local(l.fd));
	assert_true((fd = dial(p->path)) >= 0);
	assert_true((conn = net_accept(l.fd, &from)) >= 0);
	assert_int_equal(from.cred.uid, geteuid());
	(void)snprintf(want, sizeof(want), "unix:uid=%u,gid=%u,pid=%d",
	    geteuid(), getegid(), getpid());
	assert_string_equal(net_name(name, &from), want);
	assert_int_equal(net_local(&from, p->path), 0);
	(void)snprintf(want, sizeof(want), "unix:%s", p->path);
	assert_string_equal(net_name(name, &from), want);
	close(fd);
	close(conn);
	local_close(&l);
}

static void
the_mode_is_the_one_wanted_whatever_the_umask(void **state)
{
	static const mode_t masks[] = { 0, 022, 0777 };
	const struct place *p = *state;
	const struct local_perm open_to_all = {
		.mode = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1
	};
	const mode_t was = umask(0);
	struct stat st;
	struct local l;

	for (size_t i = 0; i < 3; i++) {
		(void)umask(masks[i]);
		assert_int_equal(local_listen(&l, p->path, &ours), 0);
		assert_int_equal(stat(p->path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(umask(masks[i]), masks[i]);
		local_close(&l);
		assert_int_equal(local_listen(&l, p->path, &open_to_all), 0);
		assert_int_equal(stat(p->path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0666);
		local_close(&l);
	}
	(void)umask(was);
}

static void
what_is_put_in_its_place_keeps_its_mode(void **state)
{
	const struct local_perm open_to_all = {
		.mode = 0666, .uid = (uid_t)-1, .gid = (gid_t)-1
	};
	const struct place *p = *state;
	char secret[56];
	struct stat st;
	struct local l;
	int fd, rc;

	(void)snprintf(secret, sizeof(secret), "%s.secret", p->path);
	assert_true((fd = open(secret, O_CREAT | O_WRONLY, 0600)) >= 0);
	close(fd);
	trap = secret;
	rc = local_listen(&l, p->path, &open_to_all);
	trap = NULL;
	assert_int_equal(stat(secret, &st), 0);
	assert_int_equal(unlink(secret), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
it_is_removed_at_the_end_if_it_is_still_ours(void **state)
{
	const struct place *p = *state;
	struct local l, other;

	assert_int_equal(local_listen(&l, p->path, &ours), 0);
	local_close(&l);
	assert_int_equal(access(p->path, F_OK), -1);
	local_close(&l); /* twice is fine */

	assert_int_equal(local_listen(&l, p->path, &ours), 0);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(local_listen(&other, p->path, &ours), 0);
	local_close(&l);
	assert_int_equal(access(p->path, F_OK), 0);
	local_close(&other);
}

static void
a_socket_that_nobody_listens_on_is_replaced(void **state)
{
	const struct place *p = *state;
	struct local l;
	int fd;

	assert_int_equal(local_listen(&l, p->path, &ours), 0);
	close(l.fd); /* as after kill -9 */
	assert_int_equal(access(p->path, F_OK), 0);
	assert_int_equal(local_listen(&l, p->path, &ours), 0);
	assert_true((fd = dial(p->path)) >= 0);
	close(fd);
	local_close(&l);
}

static void
what_is_alive_or_no_socket_is_left_alone(void **state)
{
	const struct place *p = *state;
	struct local l, other;
	int fd;

	assert_int_equal(local_listen(&l, p->path, &ours), 0);
	assert_int_equal(local_listen(&other, p->path, &ours), -1);
	assert_int_equal(other.fd, -1);
	assert_true((fd = dial(p->path)) >= 0);
	close(fd);
	local_close(&l);

	fd = open(p->path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(local_listen(&l, p->path, &ours), -1);
	assert_int_equal(access(p->path, F_OK), 0);
}

static void
a_path_that_is_too_long_or_empty_is_refused(void **state)
{
	char path[NET_PATH_MAX + 1];
	struct net_addr a;
	struct local l;

	(void)state;
	memset(path, 'a', NET_PATH_MAX);
	path[NET_PATH_MAX] = '\0';
	assert_int_equal(local_listen(&l, path, &ours), -1);
	assert_int_equal(local_listen(&l, "", &ours), -1);
	assert_int_equal(net_local(&a, path), -1);
	assert_int_equal(net_local(&a, ""), -1);
	assert_int_equal(net_local(&a, path + 1), 0);
}

static void
a_mode_is_octal(void **state)
{
	static const char *const wrong[] = { "", "8", "0x1", "1000", "-1", "+7",
		" 7", "77 ", "rw" };
	mode_t mode = 01;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(local_mode(&mode, wrong[i]), -1);
	assert_int_equal(mode, 01);
	assert_int_equal(local_mode(&mode, "660"), 0);
	assert_int_equal(mode, 0660);
	assert_int_equal(local_mode(&mode, "0777"), 0);
	assert_int_equal(mode, 0777);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_connects_is_known_by_its_user),
		TEST(the_mode_is_the_one_wanted_whatever_the_umask),
		TEST(what_is_put_in_its_place_keeps_its_mode),
		TEST(it_is_removed_at_the_end_if_it_is_still_ours),
		TEST(a_socket_that_nobody_listens_on_is_replaced),
		TEST(what_is_alive_or_no_socket_is_left_alone),
		TEST(a_path_that_is_too_long_or_empty_is_refused),
		TEST(a_mode_is_octal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
