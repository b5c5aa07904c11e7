// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings made small.  See shrink.h.
 *
 * A trace loses lines as text: a line of a task, a block from its "{" to its "}", a whole task.
 * What cannot be read or built any more is no candidate.
 *
 * Invariant: best_text, best and best_names belong together: that trace with that schedule, whose
 * task numbers have those names, has the finding.
 */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "sim/minimise.h"
#include "tools/explore/explore.h"
#include "tools/shrink.h"

struct work {
	/* written by the functions of this file */
	struct shrink *s;
	const char *path;
	char *bug; /* or NULL */
	char *text; /* the trace so far, without its schedule */
	struct schedule best;
	char **names; /* of its tasks */
	struct replay *replay;
	struct schedule recorded;
};

/* ---- running ------------------------------------------------------------------------------ */

static void options(const struct work *w, struct replay_options *opt)
{
	replay_options_default(opt);
	explore_replay_options(opt);
	opt->bug = w->bug;
}

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

/* Between operations it is chance who notices first: what is said counts as much as where. */
static bool is_target(const struct shrink *s, const char *rule, u64 site, const char *message)
{
	return s->rule && !strcmp(rule, s->rule) &&
	       (site == s->site || same_words(message, s->message));
}

static bool has_target(const struct shrink *s, const struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_findings; i++) {
		const struct sim_finding *f = &sim->findings[i];

		if (is_target(s, f->rule, f->site, f->message))
			return true;
	}
	return false;
}

/* struct minimise.run: one run of w->replay with @ex. */
static bool run_with(void *arg, struct explorer *ex, u64 seed)
{
	struct work *w = arg;
	struct sim *sim;

	w->s->runs++;
	sim = explore_prepare(&w->replay, seed, ex, false);
	replay_run(w->replay);
	explorer_done(ex, sim);
	return has_target(w->s, replay_sim(w->replay));
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
static void adapt(const struct work *w, const struct sim *sim, struct schedule *out)
{
	u32 n = g_strv_length(w->names);
	g_autofree u32 *id = g_new(u32, n);

	for (u32 i = 0; i < n; i++)
		id[i] = task_named(sim, w->names[i]);
	schedule_init(out, w->best.seed);
	out->zero_values = w->best.zero_values;
	for (u32 i = 0; i < w->best.nr_departures; i++) {
		struct departure d = w->best.departures[i];

		d.task = d.task < n ? id[d.task] : SIM_NO_TASK;
		d.from = d.from < n ? id[d.from] : SIM_NO_TASK;
		d.state = 0;
		if (d.task != SIM_NO_TASK)
			schedule_add_departure(out, &d);
	}
	for (u32 i = 0; i < w->best.nr_choices; i++) {
		struct schedule_choice c = w->best.choices[i];

		c.task = c.task < n ? id[c.task] : SIM_NO_TASK;
		if (c.task != SIM_NO_TASK)
			schedule_add_choice(out, &c);
	}
}

/* Does what is left of the schedule still find it?  w->recorded is what was done then. */
static bool found_with_the_rest(struct work *w)
{
	struct schedule rest;
	struct schedule_player player;
	struct schedule_recorder rec;
	bool found;

	adapt(w, replay_sim(w->replay), &rest);
	schedule_player_init(&player, &rest, true);
	schedule_reset(&w->recorded, rest.seed);
	schedule_recorder_init(&rec, &player.ex, &w->recorded);
	rec.zero_values = rest.zero_values;
	found = run_with(w, &rec.ex, rest.seed);
	schedule_recorder_finish(&rec);
	schedule_player_finish(&player);
	schedule_finish(&rest);
	return found;
}

/* Or one of a few others? */
static bool found_elsewhere(struct work *w, const struct trace *t, char ***names)
{
	struct trace_errors errs = {0};
	struct campaign_options o;
	struct explore_result *x;
	bool found = false;

	campaign_options_default(&o);
	o.run.bug = w->bug;
	o.schedules = w->s->tries;
	x = w->s->tries ? campaign_run(t, &o, &errs) : NULL;
	trace_errors_finish(&errs);
	for (u32 i = 0; x && i < x->nr_findings && !found; i++) {
		const struct explore_finding *f = &x->findings[i];

		found = is_target(w->s, f->rule, f->site, f->message);
		if (!found)
			continue;
		schedule_copy(&w->recorded, &f->schedule);
		*names = g_strdupv(f->tasks);
	}
	if (x) {
		w->s->runs += x->schedules;
		explore_result_free(x);
	}
	return found;
}

static struct trace *parse(const struct work *w, const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf(w->path, text, strlen(text), &replay_names, &errs);

	trace_errors_finish(&errs);
	return t;
}

static struct replay *build(const struct work *w, const struct trace *t)
{
	struct trace_errors errs = {0};
	struct replay_options opt;
	struct replay *r;

	options(w, &opt);
	r = replay_create(t, &opt, &errs);
	trace_errors_finish(&errs);
	return r;
}

/* Is @text, which is taken over, a trace that has the finding?  Then it is the best one so far. */
static bool accept(struct work *w, char *text)
{
	struct trace *t = parse(w, text);
	char **names = NULL;
	bool found = false;

	w->replay = t ? build(w, t) : NULL;
	if (w->replay) {
		found = found_with_the_rest(w);
		if (found)
			names = explore_task_names(replay_sim(w->replay));
		replay_destroy(w->replay);
		w->replay = NULL;
		found = found || found_elsewhere(w, t, &names);
	}
	if (t)
		trace_free(t);
	if (!found) {
		g_free(text);
		return false;
	}
	schedule_copy(&w->best, &w->recorded);
	g_strfreev(w->names);
	w->names = names;
	g_free(w->text);
	w->text = text;
	return true;
}

/* ---- the trace ---------------------------------------------------------------------------- */

static bool is_section(const char *line)
{
	return line[0] == '[';
}

/* How many lines belong to what begins at @i: a block, a task, or the line itself; 0: it stays. */
static u32 unit_at(char **lines, u32 i, bool in_body)
{
	u32 depth = 0, n = 0;

	if (g_str_has_prefix(lines[i], "[task ")) {
		do
			n++;
		while (lines[i + n] && !is_section(lines[i + n]));
		return n;
	}
	if (!in_body || !*g_strstrip(lines[i]) || lines[i][0] == '}')
		return 0;
	do {
		const char *line = lines[i + n];

		depth += g_str_has_suffix(line, "{");
		depth -= depth && g_str_has_prefix(g_strchug(lines[i + n]), "}");
		n++;
	} while (depth && lines[i + n]);
	return n;
}

/*
 * An empty line for each: a finding that comes up between two operations is known by its line,
 * which must not move.
 */
static char *without(char **lines, u32 from, u32 n)
{
	GString *g = g_string_new(NULL);

	for (u32 i = 0; lines[i]; i++) {
		if (i < from || i >= from + n)
			g_string_append(g, lines[i]);
		if (lines[i + 1])
			g_string_append_c(g, '\n');
	}
	return g_string_free(g, FALSE);
}

/* "[task vcpu0..vcpu3]": one of them, the first or the last.  Return: has it worked? */
static bool narrow_task(struct work *w, char **lines, u32 i)
{
	char *old = lines[i], *dots = strstr(old, ".."), *ends[2];
	bool worked = false;

	if (!dots || !g_str_has_prefix(old, "[task "))
		return false;
	ends[0] = g_strdup_printf("%.*s]", (int)(dots - old), old);
	ends[1] = g_strdup_printf("[task %s", dots + 2);
	for (u32 k = 0; k < 2 && !worked; k++) {
		lines[i] = ends[k];
		worked = accept(w, without(lines, 0, 0));
	}
	if (!worked)
		lines[i] = g_steal_pointer(&old);
	for (u32 k = 0; k < 2; k++) {
		if (lines[i] != ends[k])
			g_free(ends[k]);
	}
	g_free(old);
	return worked;
}

static bool in_body(char **lines, u32 i)
{
	u32 head = i;

	while (head && !is_section(lines[head]))
		head--;
	return head < i && (g_str_has_prefix(lines[head], "[task ") ||
			    g_str_has_prefix(lines[head], "[preamble ") ||
			    g_str_has_prefix(lines[head], "[final]"));
}

/* One pass over all units, the last one first.  Return: has any gone? */
static bool drop_lines(struct work *w)
{
	g_auto(GStrv) lines = g_strsplit(w->text, "\n", 0);
	bool gone = false;

	for (u32 i = g_strv_length(lines); i-- > 0;) {
		u32 len = unit_at(lines, i, in_body(lines, i));

		if (len && accept(w, without(lines, i, len))) {
			gone = true;
			for (u32 k = 0; k < len; k++)
				*lines[i + k] = 0;
		} else if (narrow_task(w, lines, i)) {
			gone = true;
		}
	}
	return gone;
}

/* Now nobody looks at line numbers any more: one empty line between sections, none elsewhere. */
static struct trace *without_gaps(const struct work *w)
{
	g_auto(GStrv) lines = g_strsplit(w->text, "\n", 0);
	g_autoptr(GString) g = g_string_new(NULL);

	for (u32 i = 0; lines[i]; i++) {
		if (is_section(lines[i]) && g->len)
			g_string_append_c(g, '\n');
		if (*lines[i])
			g_string_append_printf(g, "%s\n", lines[i]);
	}
	return parse(w, g->str);
}

/* ---- the schedule ------------------------------------------------------------------------- */

static int shorten(struct work *w, const struct trace *t)
{
	struct minimise m = {
		.run = run_with, .arg = w, .max_runs = w->s->max_runs, .zero_values = true};
	int r;

	w->replay = build(w, t);
	r = w->replay ? schedule_minimise(&m, &w->best) : -EINVAL;
	w->s->minimal = !r && m.minimal;
	if (w->replay) {
		g_strfreev(w->names);
		w->names = explore_task_names(replay_sim(w->replay));
		replay_destroy(w->replay);
	}
	return r;
}

static void size_of(const struct trace *t, const struct schedule *s, struct shrink_size *out)
{
	*out = (struct shrink_size){.entries = schedule_len(s), .preemptions = s->nr_preemptions};
	for (u32 i = 0; i < t->n_tasks; i++) {
		out->tasks += trace_task_instances(&t->tasks[i]);
		out->ops += t->tasks[i].n_ops;
	}
}

/* The trace as text, without what it has recorded. */
static char *bare_text(const struct trace *t)
{
	size_t len;
	g_autofree char *all = trace_print(t, &len);
	char *end = g_strstr_len(all, (gssize)len, "\n[schedule]");

	return g_strndup(all, end ? (size_t)(end + 1 - all) : len);
}

/* Run what was recorded, as it was.  Return: 0 with its first finding as the one to keep. */
static int find_target(struct work *w, const struct trace *t, struct trace_errors *errs)
{
	struct replay_options opt;
	struct schedule_player player;
	const struct sim *sim;
	int r = 0;

	explore_schedule_of(t, &w->best);
	options(w, &opt);
	w->replay = replay_create(t, &opt, errs);
	if (!w->replay)
		return -EINVAL;
	schedule_player_init(&player, &w->best, false);
	run_with(w, &player.ex, w->best.seed);
	sim = replay_sim(w->replay);
	if (sim->fingerprint != t->schedule.fingerprint) {
		r = -ESTALE;
	} else if (!sim->nr_findings) {
		r = -ENOENT;
	} else {
		w->s->rule = g_intern_string(sim->findings[0].rule);
		w->s->site = sim->findings[0].site;
		w->s->message = g_intern_string(sim->findings[0].message);
		w->names = explore_task_names(sim);
	}
	schedule_player_finish(&player);
	replay_destroy(w->replay);
	return r;
}

static void finish_trace(struct work *w, struct trace *t)
{
	const char *rules[] = {w->s->rule};
	struct replay_options opt;

	replay_options_default(&opt);
	opt.bug = w->bug;
	trace_set_expect(t, rules, 1);
	trace_set_scheduler(t, TRACE_SCHED_SEARCH);
	trace_set_departures(t, &w->best, (const char *const *)w->names, g_strv_length(w->names));
	trace_set_origin(t, true, w->bug, explore_model_hash(), explore_config_hash(t, &opt));
	size_of(t, &w->best, &w->s->after);
	w->s->trace = t;
}

int shrink_trace(struct shrink *s, const struct trace *t, struct trace_errors *errs)
{
	struct work w = {.s = s, .path = t->path, .bug = g_strdup(t->schedule.bug)};
	struct trace *small;
	int r;

	schedule_init(&w.recorded, 0);
	r = find_target(&w, t, errs);
	if (!r) {
		size_of(t, &w.best, &s->before);
		w.text = bare_text(t);
		do {
			if (s->progress)
				s->progress(s->ctx, &s->before, s->runs);
		} while (drop_lines(&w));
		small = parse(&w, w.text);
		r = shorten(&w, small);
		trace_free(small);
		if (!r)
			finish_trace(&w, without_gaps(&w));
	}
	schedule_finish(&w.best);
	schedule_finish(&w.recorded);
	g_strfreev(w.names);
	g_free(w.text);
	g_free(w.bug);
	return r;
}
