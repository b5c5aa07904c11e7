// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings made small.  See shrink.h.
 *
 * First pieces of the trace are taken out that the schedule so far does not need, large ones first;
 * then single ones, for which many other schedules are tried; then the schedule becomes short.
 * What cannot be read or built any more is no candidate.
 *
 * Invariant: text, best and names belong together: that trace with that schedule, whose task
 * numbers have those names, has the finding.
 */
#include <errno.h>
#include <string.h>

#include "sim/minimise.h"
#include "tools/explore/explore.h"
#include "tools/shrink.h"
#include "tools/shrink_text.h"

#define TELL_NS	 (NSEC_PER_SEC / 4)
#define PATIENCE 100 /* a candidate may take so many times the steps of the recorded run */

/* A schedule, and whose numbers are in it. */
struct story {
	/* written by the functions of this file */
	struct schedule schedule;
	bool all_points; /* it decides before releases, too */
	char **names;	 /* of its tasks */
};

struct work {
	/* constant */
	struct shrink *s;
	const struct trace *asked;
	u64 begin_ns;
	/* written by the functions of this file */
	u64 told_ns;
	u64 limit_ns; /* of what is going on; 0: none */
	char *text; /* the trace so far, without its schedule */
	struct story best, tried;
	struct replay *replay; /* of a candidate */
	struct shrink_progress progress;
};

/* ---- limits ------------------------------------------------------------------------------- */

/* struct minimise.stop */
static bool is_over(void *arg)
{
	struct work *w = arg;
	u64 now_ns = explore_now_ns();

	w->progress.elapsed_ns = now_ns - w->begin_ns;
	w->progress.runs = w->s->runs;
	if (w->s->progress && now_ns - w->told_ns >= TELL_NS) {
		w->told_ns = now_ns;
		w->s->progress(w->s->ctx, &w->progress);
	}
	return (w->s->stop && *w->s->stop) ||
	       (w->limit_ns && w->progress.elapsed_ns >= w->limit_ns);
}

static void size_of(const struct trace *t, const struct schedule *s, struct shrink_size *out)
{
	*out = (struct shrink_size){.entries = schedule_len(s), .preemptions = s->nr_preemptions};
	for (u32 i = 0; i < t->n_tasks; i++)
		out->tasks += trace_task_instances(&t->tasks[i]);
	for (u32 i = 0; i < t->n_ops; i++) {
		u8 verb = t->ops[i].verb;

		out->ops += verb != TRACE_OP_FOR && verb != TRACE_OP_REPEAT && verb != TRACE_OP_END;
	}
}

/* ---- the finding -------------------------------------------------------------------------- */

/* The same but for numbers? */
static bool same_words(const char *a, const char *b)
{
	for (;; a++, b++) {
		if (g_ascii_isdigit(*a) && g_ascii_isdigit(*b)) {
			a += strspn(a, "0123456789abcdefx");
			b += strspn(b, "0123456789abcdefx");
		}
		if (*a != *b || !*a)
			return *a == *b;
	}
}

/*
 * struct campaign_options.wanted.  Between operations it is chance who notices first: what is said
 * counts as much as where.
 */
static bool is_target(void *arg, const char *rule, u64 site, const char *message)
{
	const struct shrink *s = arg;

	return s->rule && !strcmp(rule, s->rule) &&
	       (site == s->site || same_words(message, s->message));
}

static const struct sim_finding *target_in(struct shrink *s, const struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		const struct sim_finding *f = &sim->findings[i];

		if (is_target(s, f->rule, f->site, f->message))
			return f;
	}
	return NULL;
}

static void set_target(struct shrink *s, const struct sim_finding *f)
{
	s->rule = g_intern_string(f->rule);
	s->site = f->site;
	s->message = g_intern_string(f->message);
}

/* ---- running ------------------------------------------------------------------------------ */

static struct trace *parse(const struct work *w, const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf(w->asked->path, text, strlen(text), &replay_names, &errs);

	trace_errors_finish(&errs);
	return t;
}

/*
 * What is left of a trace may never end, where a signal is gone or a count went wrong; nobody waits
 * for that, unless it is what is looked for.
 */
static void options(const struct work *w, struct replay_options *opt)
{
	replay_options_default(opt);
	opt->bug = w->asked->schedule.bug;
	if (strcmp(w->s->rule, "livelock"))
		opt->limit_points = PATIENCE * (w->asked->schedule.steps + 1000);
}

static struct replay *build(const struct work *w, const struct trace *t)
{
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct replay *r;

	options(w, &opt);
	explore_replay_options(&opt);
	r = replay_create(t, &opt, &errs);
	trace_errors_finish(&errs);
	return r;
}

/* One run of w->replay with @ex: has it the finding? */
static bool run_once(struct work *w, struct explorer *ex, u64 seed, bool all_points)
{
	struct sim *sim = explore_prepare(&w->replay, seed, ex, all_points);

	w->s->runs++;
	replay_run(w->replay);
	explorer_done(ex, sim);
	return target_in(w->s, sim);
}

/* struct minimise.run */
static bool run_best(void *arg, struct explorer *ex, u64 seed)
{
	struct work *w = arg;

	return run_once(w, ex, seed, w->best.all_points);
}

static u32 task_named(const struct sim *sim, const char *name)
{
	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (!strcmp(sim->tasks[i]->name, name))
			return i;
	}
	return SIM_NO_TASK;
}

/* The schedule so far, for a simulation that has other numbers for the same tasks, or fewer. */
static void adapt(const struct story *from, const struct sim *sim, struct schedule *out)
{
	u32 n = g_strv_length(from->names);
	g_autofree u32 *id = g_new(u32, n + 1);

	for (u32 i = 0; i < n; i++)
		id[i] = task_named(sim, from->names[i]);
	schedule_init(out, from->schedule.seed);
	out->zero_values = from->schedule.zero_values;
	for (u32 i = 0; i < from->schedule.nr_departures; i++) {
		struct departure d = from->schedule.departures[i];

		d.task = d.task < n ? id[d.task] : SIM_NO_TASK;
		d.from = d.from < n ? id[d.from] : SIM_NO_TASK;
		d.state = 0;
		if (d.task != SIM_NO_TASK)
			schedule_add_departure(out, &d);
	}
	for (u32 i = 0; i < from->schedule.nr_choices; i++) {
		struct schedule_choice c = from->schedule.choices[i];

		c.task = c.task < n ? id[c.task] : SIM_NO_TASK;
		if (c.task != SIM_NO_TASK)
			schedule_add_choice(out, &c);
	}
}

/* Does what is left of the best schedule still find it?  w->tried is what was done then. */
static bool found_with_the_rest(struct work *w)
{
	struct schedule rest;
	struct schedule_player player;
	struct schedule_recorder rec;
	bool found;

	adapt(&w->best, replay_sim(w->replay), &rest);
	schedule_player_init(&player, &rest, true);
	schedule_recorder_init(&rec, &player.ex, &w->tried.schedule);
	rec.zero_values = rest.zero_values;
	found = run_once(w, &rec.ex, rest.seed, w->best.all_points);
	if (found) {
		w->tried.all_points = w->best.all_points;
		w->tried.names = explore_task_names(replay_sim(w->replay));
	}
	schedule_recorder_finish(&rec);
	schedule_player_finish(&player);
	schedule_finish(&rest);
	return found;
}

/* struct campaign_options.progress */
static void tell_campaign(void *arg, const struct campaign_progress *p)
{
	is_over(arg);
}

/* Or one of a few others? */
static bool found_elsewhere(struct work *w, const struct trace *t)
{
	struct trace_errors errs = {0};
	struct campaign_options o;
	struct explore_result *x;
	bool found = false;

	campaign_options_default(&o);
	options(w, &o.run);
	o.schedules = w->s->tries;
	o.wanted = is_target;
	o.wanted_ctx = w->s;
	o.stop = w->s->stop;
	o.progress = tell_campaign;
	o.progress_ctx = w;
	if (w->limit_ns)
		o.time_ns = MAX(w->limit_ns, w->progress.elapsed_ns + 1) - w->progress.elapsed_ns;
	x = campaign_run(t, &o, &errs);
	trace_errors_finish(&errs);
	for (u32 i = 0; x && i < x->nr_findings && !found; i++) {
		const struct explore_finding *f = &x->findings[i];

		found = is_target(w->s, f->rule, f->site, f->message);
		if (!found)
			continue;
		schedule_copy(&w->tried.schedule, &f->schedule);
		w->tried.all_points = !f->sample;
		w->tried.names = g_strdupv(f->tasks);
	}
	if (x) {
		w->s->runs += x->schedules;
		explore_result_free(x);
	}
	return found;
}

static void keep_story(struct story *to, struct story *from)
{
	schedule_copy(&to->schedule, &from->schedule);
	to->all_points = from->all_points;
	g_strfreev(to->names);
	to->names = g_steal_pointer(&from->names);
}

/*
 * Is @text, which is taken over, a trace that has the finding?  Then it is the best one so far.
 * @search: try other schedules, too
 */
static bool accept(struct work *w, char *text, bool search)
{
	struct trace *t = parse(w, text);
	bool found = false;

	w->replay = t ? build(w, t) : NULL;
	if (w->replay) {
		found = found_with_the_rest(w);
		replay_destroy(w->replay);
		w->replay = NULL;
		found = found || (search && w->s->tries && found_elsewhere(w, t));
	}
	if (found) {
		keep_story(&w->best, &w->tried);
		size_of(t, &w->best.schedule, &w->progress.now);
		g_free(w->text);
		w->text = text;
	} else {
		g_free(text);
	}
	trace_free(t);
	return found;
}

/* ---- the trace ---------------------------------------------------------------------------- */

static u32 count_units(const struct work *w, u32 changes)
{
	g_auto(GStrv) lines = g_strsplit(w->text, "\n", 0);
	g_autoptr(GArray) units = shrink_units(lines, changes);

	return units->len;
}

/*
 * What the schedule does not need: pieces of @size, then smaller ones, the last ones first.
 * Return: has any gone?
 */
static bool drop_together(struct work *w, u32 changes, u32 size)
{
	bool gone = false;

	for (; size; size /= 2) {
		u32 from, end = UINT32_MAX;

		for (; end && !is_over(w); end = from) {
			g_auto(GStrv) lines = g_strsplit(w->text, "\n", 0);
			g_autoptr(GArray) units = shrink_units(lines, changes);
			const struct shrink_unit *v = (void *)units->data;

			end = MIN(end, units->len);
			from = end > size ? end - size : 0;
			gone |= end && accept(w, shrink_apply(lines, v + from, end - from), false);
		}
	}
	return gone;
}

static bool drop_cheaply(struct work *w)
{
	const u32 whole[] = {BIT(SHRINK_TASK), BIT(SHRINK_SECTION) | BIT(SHRINK_LINE)};
	const u32 blocks[] = {BIT(SHRINK_UNWRAP), BIT(SHRINK_HALVE)};
	bool gone = false;

	for (u32 i = 0; i < ARRAY_SIZE(whole); i++)
		gone |= drop_together(w, whole[i], count_units(w, whole[i]));
	for (u32 i = 0; i < ARRAY_SIZE(blocks); i++) {
		while (drop_together(w, blocks[i], 1))
			gone = true;
	}
	return gone;
}

/* What another schedule does not need, one by one, the last first.  Return: has any gone? */
static bool drop_with_search(struct work *w)
{
	bool gone = false;
	u32 i = UINT32_MAX;

	while (i != 0 && !is_over(w)) {
		g_auto(GStrv) lines = g_strsplit(w->text, "\n", 0);
		g_autoptr(GArray) units = shrink_units(
			lines, BIT(SHRINK_TASK) | BIT(SHRINK_SECTION) | BIT(SHRINK_LINE));
		const struct shrink_unit *v = (void *)units->data;

		/* lines keep their numbers; what is left before @i does so, too */
		i = MIN(i, units->len);
		w->progress.wanted = units->len;
		w->progress.tried = units->len - i;
		gone |= i-- && accept(w, shrink_apply(lines, v + i, 1), true);
	}
	w->progress.wanted = 0;
	return gone;
}

/* ---- the schedule ------------------------------------------------------------------------- */

/* Return: is it as short as it can be? */
static bool shorten(struct work *w)
{
	struct minimise m = {.run = run_best, .arg = w, .stop = is_over, .zero_values = true};
	struct trace *t = parse(w, w->text);
	int err;

	w->replay = build(w, t);
	SIM_ASSERT(w->replay);
	err = schedule_minimise(&m, &w->best.schedule);
	g_strfreev(w->best.names);
	w->best.names = explore_task_names(replay_sim(w->replay));
	size_of(t, &w->best.schedule, &w->progress.now);
	replay_destroy(w->replay);
	w->replay = NULL;
	trace_free(t);
	return !err && m.minimal;
}

/* ---- begin and end ------------------------------------------------------------------------ */

/* The trace as text, without what it has recorded, and without comments on what it does. */
static char *bare_text(const struct work *w)
{
	size_t len;
	g_autofree char *all = trace_print(w->asked, &len);
	char *end = g_strstr_len(all, (gssize)len, "\n[schedule]");
	g_autofree char *text = g_strndup(all, end ? (size_t)(end + 1 - all) : len);
	struct trace *t = parse(w, text);
	char *bare;

	if (!t)
		return g_steal_pointer(&text);
	trace_drop_comments(t);
	bare = trace_print(t, NULL);
	trace_free(t);
	return bare;
}

/* The finding that the file was saved for, or the first. */
static const struct sim_finding *choose_target(const struct sim *sim, u32 nth)
{
	if (nth && nth <= sim->nr_findings)
		return &sim->findings[nth - 1];
	return sim->nr_findings ? &sim->findings[0] : NULL;
}

/* Run what was recorded, as it was.  Return: 0 with the finding to keep. */
static int find_target(struct work *w, struct trace_errors *errs)
{
	const struct trace_schedule *recorded = &w->asked->schedule;
	struct replay_options opt;
	struct schedule_player player;
	const struct sim_finding *f;
	const struct sim *sim;
	int r = 0;

	explore_schedule_of(w->asked, &w->best.schedule);
	w->best.all_points = recorded->all_points;
	replay_options_default(&opt);
	explore_replay_options(&opt);
	opt.bug = recorded->bug;
	w->replay = replay_create(w->asked, &opt, errs);
	if (!w->replay)
		return -EINVAL;
	schedule_player_init(&player, &w->best.schedule, false);
	run_once(w, &player.ex, w->best.schedule.seed, w->best.all_points);
	sim = replay_sim(w->replay);
	f = choose_target(sim, recorded->finding);
	if (sim->fingerprint != recorded->fingerprint)
		r = -ESTALE;
	else if (!f)
		r = -ENOENT;
	else
		set_target(w->s, f);
	w->best.names = explore_task_names(sim);
	schedule_player_finish(&player);
	replay_destroy(w->replay);
	w->replay = NULL;
	return r;
}

/* The text to begin with: as bare as still has the finding. */
static bool begin(struct work *w)
{
	char *bare = bare_text(w);

	if (!accept(w, shrink_spread(bare), false) && !accept(w, g_strdup(bare), true)) {
		g_free(bare);
		return false;
	}
	g_free(bare);
	return true;
}

/* The run as it is from now on: what it finds, and who is in it. */
static void finish_trace(struct work *w, struct trace *t)
{
	g_autofree char *rules = NULL;
	g_auto(GStrv) rule = NULL;
	struct replay_options opt;
	struct schedule_player player;
	const struct sim_finding *f;
	bool same;
	u32 nth;

	w->replay = build(w, t);
	SIM_ASSERT(w->replay);
	schedule_player_init(&player, &w->best.schedule, false);
	same = run_once(w, &player.ex, w->best.schedule.seed, w->best.all_points);
	SIM_ASSERT(same && replay_sim(w->replay)->fingerprint == w->best.schedule.fingerprint);
	f = target_in(w->s, replay_sim(w->replay));
	nth = (u32)(f - replay_sim(w->replay)->findings);
	set_target(w->s, f);
	rules = explore_rules_of(replay_sim(w->replay));
	schedule_player_finish(&player);
	replay_destroy(w->replay);
	rule = g_strsplit(rules, ",", 0);
	replay_options_default(&opt);
	opt.bug = w->asked->schedule.bug;
	trace_set_expect(t, (const char *const *)rule, g_strv_length(rule));
	trace_set_scheduler(t, TRACE_SCHED_SEARCH);
	trace_set_departures(t, &w->best.schedule, (const char *const *)w->best.names,
			     g_strv_length(w->best.names));
	if (w->best.all_points)
		trace_set_all_points(t);
	trace_set_origin(t, true, opt.bug, explore_model_hash(), explore_config_hash(t, &opt));
	trace_set_finding(t, nth + 1);
	size_of(t, &w->best.schedule, &w->s->after);
	w->s->trace = t;
}

static void make_small(struct work *w)
{
	bool minimal, tried_all;

	do {
		/* a short schedule is worth most to a reader: some of the time is for that */
		w->limit_ns = w->s->time_ns - w->s->time_ns / 4;
		while (drop_cheaply(w) || drop_with_search(w))
			continue;
		tried_all = !is_over(w);
		w->limit_ns = w->s->time_ns;
		minimal = shorten(w);
	} while (drop_cheaply(w));
	w->s->minimal = minimal && tried_all && !is_over(w);
	/* nobody looks at line numbers any more */
	accept(w, shrink_close_gaps(w->text), false);
	finish_trace(w, parse(w, w->text));
}

static void finish_story(struct story *story)
{
	schedule_finish(&story->schedule);
	g_strfreev(story->names);
}

int shrink_trace(struct shrink *s, const struct trace *t, struct trace_errors *errs)
{
	struct work w = {.s = s, .asked = t, .begin_ns = explore_now_ns()};
	int r;

	w.told_ns = w.begin_ns;
	w.progress.time_ns = s->time_ns;
	schedule_init(&w.tried.schedule, 0);
	r = find_target(&w, errs);
	if (!r) {
		size_of(t, &w.best.schedule, &s->before);
		r = begin(&w) ? 0 : -ENOENT;
	}
	if (!r)
		make_small(&w);
	finish_story(&w.best);
	finish_story(&w.tried);
	g_free(w.text);
	return r;
}
