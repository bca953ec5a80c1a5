/* SPDX-License-Identifier: BSD-3-Clause */
/* What the publisher keeps on disk: the stream of this run, from its start. */
#include "agent/pubdisk.h"

#include "agent/pubfeed.h"
#include "base/log.h"
#include "wire/ifaces.h"

static size_t
hello_of(void *arg, uint64_t seq, uint64_t dns, uint8_t dst[static HELLO_MAX])
{
	const struct pubfeed_env *env = arg;

	return ident_hello(env->id, pubenc_params(env->kept), seq, dns, dst);
}

/* The files tell of all interfaces, each before its first record. */
static void
on_iface(void *arg, uint16_t index, const struct hello_iface *i)
{
	const struct pubfeed_env *env = arg;
	uint8_t frame[IFACES_FRAME_MAX];

	spool_note(
	    pubenc_spool(env->kept), frame, ifaces_frame(frame, index, i));
}

/*
 * Everything goes to disk from the beginning, as most collectors want it; with
 * --digest, as those that want digests do.
 */
int
pubdisk_open(struct pubfeed_env *env, const char *path, size_t size)
{
	const struct spooldisk_head head = { hello_of, env,
		iftab_list(env->id->tab) };
	struct hello common, chosen;
	struct spool *spool;

	if (path == NULL)
		return 0;
	hello_default(&common, false);
	common.par.caps = HELLO_CAP_ALL;
	common.par.fields = HELLO_FIELD_ALL;
	hello_default(&chosen, true);
	hello_answer(&chosen, &common, &env->mine);
	env->dir = spooldir_open(path, size);
	if (env->dir == NULL)
		return -1;
	spool = spooldir_begin(env->dir, env->id->hello.stream_id, &head);
	if (spool == NULL)
		return -1;
	env->kept = pubenc_keep(&env->encs, &chosen.par, spool);
	if (env->kept == NULL) {
		log_error("--spool");
		return -1;
	}
	iftab_watch(env->id->tab, on_iface, env);
	return 0;
}

void
pubdisk_mark(struct pubfeed_env *env)
{
	const struct spoolmark m = { .acked_seq = env->acked,
		.acked_dns = env->acked_dns,
		.next_seq = env->encs.next,
		.next_dns = env->encs.next_dns };

	if (env->dir != NULL)
		spooldir_mark(env->dir, &m);
}

void
pubdisk_close(struct pubfeed_env *env)
{
	const bool all = env->acked >= env->encs.next &&
			 env->acked_dns >= env->encs.next_dns;

	if (env->kept != NULL) {
		pubdisk_mark(env);
		if (all)
			spool_clear(pubenc_spool(env->kept));
		spooldir_end(env->dir, all);
		pubenc_leave(env->kept);
	}
	spooldir_close(env->dir);
}
