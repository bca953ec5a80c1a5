/* SPDX-License-Identifier: BSD-3-Clause */
/* The file behind an output: opened by its name, known again, cut, gone. */
#include "base/outpath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/proc.h"

int
outpath_init(struct outpath *p, const char *name)
{
	*p = (struct outpath){ .name = strdup(name), .fd = -1 };
	return p->name == NULL ? -1 : 0;
}

void
outpath_done(struct outpath *p)
{
	outpath_close(p);
	free(p->name);
}

bool
outpath_is_stdout(const struct outpath *p)
{
	return strcmp(p->name, "-") == 0;
}

/* Work with ${fd}.  Returns whether it is another file. */
static int
adopt(struct outpath *p, int fd)
{
	struct stat st;

	p->fd = fd;
	p->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	if (!p->is_file)
		return 1;
	p->length = (uint64_t)st.st_size;
	if (st.st_dev == p->dev && st.st_ino == p->ino)
		return 0;
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	p->since =
	    st.st_size == 0 ? proc_wall() : wall_make(st.st_mtim.tv_sec, 0);
	return 1;
}

int
outpath_open(struct outpath *p)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC;
	const int fd =
	    outpath_is_stdout(p) ? STDOUT_FILENO : open(p->name, flags, 0644);

	if (fd < 0)
		return -1;
	outpath_close(p);
	return adopt(p, fd);
}

void
outpath_close(struct outpath *p)
{
	if (p->fd >= 0 && !outpath_is_stdout(p))
		(void)close(p->fd);
	p->fd = -1;
}

void
outpath_forget(struct outpath *p)
{
	outpath_close(p);
	p->dev = 0;
	p->ino = 0;
	p->length = 0;
}

bool
outpath_is_removed(const struct outpath *p)
{
	struct stat st;

	return p->fd >= 0 && p->is_file && !outpath_is_stdout(p) &&
	       fstat(p->fd, &st) == 0 && st.st_nlink == 0;
}

bool
outpath_is_elsewhere(const struct outpath *p)
{
	struct stat st;

	if (!p->is_file || outpath_is_stdout(p))
		return false;
	if (stat(p->name, &st) != 0)
		return errno == ENOENT;
	return st.st_dev != p->dev || st.st_ino != p->ino;
}

/* Without O_APPEND (standard output), step back, or the file gets a hole. */
void
outpath_cut(const struct outpath *p, size_t n)
{
	const off_t len = (off_t)n;
	struct stat st;

	if (n > 0 && p->fd >= 0 && p->is_file && fstat(p->fd, &st) == 0 &&
	    st.st_size >= len && ftruncate(p->fd, st.st_size - len) == 0)
		(void)lseek(p->fd, -len, SEEK_CUR);
}

/*
 * How many octets stand behind the last newline of the ${length} octets of
 * ${fd}, at most ${max}; ${ret_first} is the first of them.
 */
static size_t
torn(int fd, uint64_t length, size_t max, char *ret_first)
{
	char buf[4096];
	size_t n = 0;

	while (n < length && n <= max) {
		const size_t len = length - n < sizeof(buf)
				       ? (size_t)(length - n)
				       : sizeof(buf);
		const char *nl;

		if (pread(fd, buf, len, (off_t)(length - n - len)) !=
		    (ssize_t)len)
			return 0;
		nl = memrchr(buf, '\n', len);
		if (nl != NULL) {
			const size_t left = (size_t)(buf + len - nl) - 1;

			if (left > 0)
				*ret_first = nl[1];
			return n + left;
		}
		*ret_first = buf[0];
		n += len;
	}
	return n;
}

size_t
outpath_mend(struct outpath *p, size_t max, const char *begin)
{
	const int fd = p->is_file && !outpath_is_stdout(p)
			   ? open(p->name, O_RDONLY | O_CLOEXEC)
			   : -1;
	char first = '\0';
	size_t n;

	if (fd < 0)
		return 0;
	n = torn(fd, p->length, max, &first);
	(void)close(fd);
	if (n == 0 || n > max || first == '\0' || strchr(begin, first) == NULL)
		return 0;
	outpath_cut(p, n);
	p->length -= n;
	return n;
}

int
outpath_write(struct outpath *p, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		const ssize_t n = write(p->fd, text + done, len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			const int err = errno;

			outpath_cut(p, done);
			errno = err;
			return -1;
		}
	}
	p->length += len;
	return 0;
}
