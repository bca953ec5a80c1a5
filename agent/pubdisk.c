/* SPDX-License-Identifier: BSD-3-Clause */
/* What the publisher keeps on disk: the stream of this run, from its start. */
#include "agent/pubdisk.h"

#include "agent/pubfeed.h"
#include "base/log.h"
#include "base/proc.h"
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
 * Who was there when an earlier run ended wants this stream from its start,
 * though others may come first.
 */
static void
wait_for_known(struct pubfeed_env *env)
{
	const struct spoolowed *l = spooldir_known(env->dir);
	const struct pubenc_claim start = { .enc = env->kept };

	for (unsigned int i = 0; i < l->n; i++)
		pubaway_keep(&env->away, l->one[i].who, &start, proc_mono());
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
	wait_for_known(env);
	return 0;
}

void
pubdisk_mark(struct pubfeed_env *env)
{
	const struct pubenc_claim *c;
	struct spoolmark m = { .acked_seq = env->acked,
		.acked_dns = env->acked_dns,
		.next_seq = env->encs.next,
		.next_dns = env->encs.next_dns };

	if (env->kept == NULL)
		return;
	for (c = pubenc_claims(env->kept); c != NULL; c = LIST_NEXT(c, link)) {
		if (c->who != NULL)
			(void)spoolowed_put(&m.owed, c->who, c->seq, c->dns);
	}
	spooldir_mark(env->dir, &m);
}

void
pubdisk_tick(struct pubfeed_env *env, mono_t now)
{
	if (env->dir == NULL)
		return;
	spooldir_tick(env->dir, now, env->away.patience_ns);
	pubdisk_mark(env);
}

/* Does nobody lack any of it, here or away? */
static bool
all_is_had(const struct pubfeed_env *env)
{
	const struct pubenc_claim *c;
	bool all = env->acked >= env->encs.next &&
		   env->acked_dns >= env->encs.next_dns;

	for (c = pubenc_claims(env->kept); c != NULL; c = LIST_NEXT(c, link)) {
		all = all && c->seq >= env->encs.next &&
		      c->dns >= env->encs.next_dns;
	}
	return all;
}

void
pubdisk_close(struct pubfeed_env *env)
{
	if (env->kept != NULL) {
		const bool all = all_is_had(env);

		pubdisk_mark(env);
		if (all)
			spool_clear(pubenc_spool(env->kept));
		spooldir_end(env->dir, all);
		pubenc_leave(env->kept);
	}
	spooldir_close(env->dir);
}
