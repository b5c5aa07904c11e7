// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recorded runs repeated.  See follow.h.
 *
 * Invariant: "the same" means the same fingerprint; where a run became another one is looked for
 * only if it did.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "tools/follow.h"

void follow_begin(struct follow *f, const struct trace *t, struct replay_options *opt)
{
	*f = (struct follow){.search = trace_is_search(t)};
	opt->seed = t->schedule.seed;
	/* as the explorer did: without times, and without the events that statistics add */
	opt->untimed = opt->races = t->schedule.explored;
	opt->lock_stat = !t->schedule.explored;
	if (!opt->bug)
		opt->bug = t->schedule.bug;
	explore_schedule_of(t, &f->schedule);
	if (f->search) {
		schedule_player_init(&f->player, &f->schedule, false);
		opt->sched = SCHED_SEARCH;
		opt->all_points = t->schedule.all_points;
		opt->explorer = &f->player.ex;
		return;
	}
	opt->tape = f->tape = trace_tape(t, &f->tape_len);
	opt->tape_len = f->tape_len;
}

/* Which gmemsim and which trace it was, if not these. */
static const char *suspect(const struct trace *t)
{
	struct replay_options opt;

	replay_options_default(&opt);
	opt.bug = t->schedule.bug;
	if (t->schedule.model && t->schedule.model != explore_model_hash())
		return "; it was recorded by a gmemsim with another model";
	if (t->schedule.config && t->schedule.config != explore_config_hash(t, &opt))
		return "; the trace has been changed since";
	return "";
}

static void where(const struct follow *f, const struct trace *t, const struct sim *sim,
		  char why[200])
{
	const struct schedule_player *p = &f->player;

	if (f->search && p->diverged != SCHEDULE_SAME)
		snprintf(why, 200, "at decision %" PRIu64 " of %" PRIu64 " %s%s", p->diverged_step,
			 f->schedule.nr_steps, schedule_divergence_text(p->diverged), suspect(t));
	else if (!f->search && sim->tape.diverged_at >= 0)
		snprintf(why, 200, "choice %" PRId64 " of %zu was another one%s",
			 sim->tape.diverged_at, f->tape_len, suspect(t));
	else
		snprintf(why, 200, "fingerprint 0x%016" PRIx64 ", recorded 0x%016" PRIx64 "%s",
			 sim->fingerprint, t->schedule.fingerprint, suspect(t));
}

bool follow_end(struct follow *f, const struct trace *t, struct sim *sim, char why[200])
{
	if (f->search)
		explorer_done(&f->player.ex, sim);
	if (sim->fingerprint != t->schedule.fingerprint) {
		where(f, t, sim, why);
		return false;
	}
	if (f->search)
		snprintf(why, 200,
			 "fingerprint 0x%016" PRIx64 ", %" PRIu64 " decisions, %u departure%s",
			 sim->fingerprint, f->schedule.nr_steps, f->schedule.nr_departures,
			 f->schedule.nr_departures == 1 ? "" : "s");
	else
		snprintf(why, 200, "fingerprint 0x%016" PRIx64 ", %zu choices", sim->fingerprint,
			 f->tape_len);
	return true;
}

void follow_finish(struct follow *f)
{
	if (f->search)
		schedule_player_finish(&f->player);
	schedule_finish(&f->schedule);
	g_free(f->tape);
}
