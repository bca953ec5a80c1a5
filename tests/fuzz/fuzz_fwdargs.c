/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdopts agent/fwdargs base/opt base/log */
/* Command lines of capture-fwd: settings in their ranges, or a refusal. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/fwdargs.h"
#include "agent/fwdopts.h"

#define WORDS 64

/* The input: words, each with a 0 behind it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
check(const struct fwdopts *o)
{
	must(o->iface != NULL || o->read != NULL);
	must(o->snaplen >= 1 && o->snaplen <= 262144);
	must(o->vni <= 0xffffff);
	must(o->dest_port >= 1 && o->dest_port <= 65535);
	must(o->delay >= 0 && o->rate >= 0 && isfinite(o->rate));
	must(o->delay == 0 || o->rate == 0);
	must(o->mtu == 0 || (o->mtu >= 576 && o->mtu <= 65535));
	must(o->dest_ip != NULL && o->filter != NULL);
}

/* Parse with the help and messages going nowhere; those of a crash do not. */
static enum fwdopts_verdict
parse(struct fwdopts *o, int argc, char **argv)
{
	static int nowhere = -1;
	static int out, err;
	enum fwdopts_verdict v;

	if (nowhere < 0) {
		nowhere = open("/dev/null", O_WRONLY);
		out = dup(STDOUT_FILENO);
		err = dup(STDERR_FILENO);
	}
	must(nowhere >= 0 && out >= 0 && err >= 0);
	(void)dup2(nowhere, STDOUT_FILENO);
	(void)dup2(nowhere, STDERR_FILENO);
	v = fwdopts_parse(o, argc, argv);
	(void)fflush(stdout);
	(void)dup2(out, STDOUT_FILENO);
	(void)dup2(err, STDERR_FILENO);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[WORDS + 1];
	char *text = malloc(size + 1);
	struct fwdopts o;
	int64_t ns = 0;
	int argc = 0;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	argv[argc++] = text + size;
	for (char *p = text; p < text + size && argc < WORDS;) {
		must(fwdargs_duration(&ns, p) != 0 || ns >= 0);
		argv[argc++] = p;
		p += strlen(p) + 1;
	}
	argv[argc] = NULL;
	if (parse(&o, argc, argv) == FWDOPTS_RUN)
		check(&o);
	fwdopts_done(&o);
	free(text);
	return 0;
}
