/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors that block: all octets, or an error; where files are. */
#include "base/fdio.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

int
fdio_write(int fd, const void *data, size_t len, off_t at)
{
	const uint8_t *p = data;

	while (len > 0) {
		const ssize_t n = at == FDIO_HERE ? write(fd, p, len)
						  : pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
		if (at != FDIO_HERE)
			at += n;
	}
	return 0;
}

char *
fdio_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? strdup(".")
			     : strndup(path, (size_t)(slash - path) + 1);
}
