// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/schedule_run.c - recorder and player of schedules.  Meaning: sim/schedule_run.h.
 *
 * Invariants: a task's clock counts the steps that it was picked for, and the choices that it has
 * asked for; recorder and player count alike.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/fair.h"
#include "sim/schedule_run.h"

#define NO_ENTRY UINT32_MAX

/* The first enabled task from @from on, going round, whose wait is not one for a time. */
static u32 first_ready(const struct explore_view *view, u32 from, u32 except)
{
	u32 id = explore_next_enabled(view, from);

	for (u32 i = 0; i < 2; i++, id = explore_next_enabled(view, 0)) {
		for (; id != SIM_NO_TASK; id = explore_next_enabled(view, id + 1)) {
			if (view->pending[id].kind != OP_TIMEOUT && id != except)
				return id;
		}
	}
	return SIM_NO_TASK;
}

u32 schedule_default(const struct explore_view *view, bool yields)
{
	u32 after = view->last == SIM_NO_TASK ? 0 : (view->last + 1) % view->sim->nr_tasks;
	u32 id;

	if (view->last_enabled && !yields)
		return view->last;
	id = yields ? first_ready(view, after, view->last) : first_ready(view, 0, SIM_NO_TASK);
	if (id == SIM_NO_TASK && view->last_enabled && view->pending[view->last].kind != OP_TIMEOUT)
		id = view->last;
	if (id == SIM_NO_TASK)
		id = explore_next_enabled(view, after);
	return id == SIM_NO_TASK ? explore_next_enabled(view, 0) : id;
}

u64 schedule_state(const struct explore_view *view)
{
	u64 h = prng_mix(view->nr_enabled);

	for (u32 id = explore_next_enabled(view, 0); id != SIM_NO_TASK;
	     id = explore_next_enabled(view, id + 1)) {
		const struct explore_op *op = &view->pending[id];

		h = prng_mix(h ^ ((u64)op->obj << 32 | id << 8 | (u32)op->kind << 1 | op->write));
	}
	return h ? h : 1;
}

/* Clocks. */

static void clock_begin(struct schedule_clock *c, u32 nr_tasks)
{
	size_t bytes = 3 * (nr_tasks + 1) * sizeof(u32);

	if (nr_tasks > c->cap_tasks || !c->memory) {
		free(c->memory);
		c->memory = malloc(bytes);
		SIM_ASSERT(c->memory);
		c->cap_tasks = nr_tasks;
	}
	memset(c->memory, 0, bytes);
	c->nr_tasks = nr_tasks;
	c->steps = c->memory;
	c->nth[0] = c->steps + nr_tasks + 1;
	c->nth[1] = c->nth[0] + nr_tasks + 1;
	c->last = SIM_NO_TASK;
	c->streak = 0;
}

/* Before each decision. */
static void clock_look(struct schedule_clock *c, const struct explore_view *view)
{
	c->streak = view->last == c->last && view->nr_enabled > 1 ? c->streak + 1 : 0;
	c->last = view->last;
	c->yields = explore_yields(view);
	if (unlikely(c->streak == FAIR_STREAK)) {
		c->streak = 0;
		c->yields = true;
	}
}

static u32 clock_slot(const struct schedule_clock *c, u32 task)
{
	return task == SIM_NO_TASK ? c->nr_tasks : task;
}

static u32 clock_nth(struct schedule_clock *c, const struct task *me, enum choice_kind kind)
{
	return c->nth[kind == CHOICE_FAIL][me ? me->id : c->nr_tasks]++;
}

/* The recorder. */

/* From the tape; what is recorded there the engine writes itself. */
static u32 tape_draw(struct sim *sim, enum choice_kind kind, u32 n)
{
	bool record = sim->tape.record;
	u32 value;

	sim->tape.record = false;
	value = choice_tape_take(sim, kind, n, NULL);
	sim->tape.record = record;
	return value;
}

static struct schedule_recorder *recorder(struct explorer *ex)
{
	return container_of(ex, struct schedule_recorder, ex);
}

static void recorder_begin(struct explorer *ex, struct sim *sim)
{
	struct schedule_recorder *r = recorder(ex);

	clock_begin(&r->clock, sim->nr_tasks);
	schedule_reset(r->out, sim->cfg.seed);
	r->out->zero_values = r->zero_values;
	r->sim = sim;
	r->steps = 0;
	r->nr_picks = 0;
	ex->signals = ex->ipis = false;
	if (!r->inner)
		return;
	if (r->inner->ops->begin)
		r->inner->ops->begin(r->inner, sim);
	ex->signals = r->inner->signals;
	ex->ipis = r->inner->ipis;
	r->own_ops.stepped = r->inner->ops->stepped ? r->stepped : NULL;
}

static void keep_pick(struct schedule_recorder *r, u32 id)
{
	if (r->nr_picks == r->cap_picks) {
		r->cap_picks = max(2 * r->cap_picks, 256u);
		r->picks = realloc(r->picks, r->cap_picks * sizeof(*r->picks));
		SIM_ASSERT(r->picks);
	}
	r->picks[r->nr_picks++] = id;
}

/* What the engine says to the recorder is for who decides. */
static void recorder_told(const struct explorer *ex, struct explorer *inner)
{
	inner->signals |= ex->signals;
	inner->ipis |= ex->ipis;
}

static u32 recorder_pick(struct explorer *ex, const struct explore_view *view)
{
	struct schedule_recorder *r = recorder(ex);
	u32 id, from = clock_slot(&r->clock, view->last);

	clock_look(&r->clock, view);
	if (r->inner) {
		recorder_told(ex, r->inner);
		id = r->inner->ops->pick(r->inner, view);
	} else {
		id = explore_ranked(view, tape_draw(view->sim, CHOICE_SCHED, view->nr_enabled));
	}
	if (id == EXPLORE_STOP)
		return id;
	if (view->nr_enabled > 1 && id != schedule_default(view, r->clock.yields)) {
		r->out->nr_preemptions += view->last_enabled && !r->clock.yields;
		schedule_add_departure(r->out, &(struct departure){
			.step = (u32)r->steps,
			.task = id,
			.from = view->last,
			.from_step = r->clock.steps[from],
			.state = schedule_state(view),
		});
	}
	r->clock.steps[id]++;
	r->steps++;
	if (r->keep_picks)
		keep_pick(r, id);
	return id;
}

static u32 recorder_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	struct schedule_recorder *r = recorder(ex);
	struct schedule_choice c = {.task = me ? me->id : SIM_NO_TASK, .kind = (u8)kind};
	u32 usual = 0;

	c.nth = clock_nth(&r->clock, me, kind);
	if (r->inner && r->inner->ops->choose)
		c.value = r->inner->ops->choose(r->inner, me, kind, n);
	else
		c.value = tape_draw(r->sim, kind, n);
	if (kind == CHOICE_VALUE && !r->zero_values)
		usual = schedule_value(r->out->seed, kind, c.task, c.nth, n);
	if (kind == CHOICE_FAIL ? c.value == n - 1 : c.value != usual)
		schedule_add_choice(r->out, &c);
	return c.value;
}

static void recorder_stepped(struct explorer *ex, const struct explore_step *step)
{
	struct explorer *x = recorder(ex)->inner;

	recorder_told(ex, x);
	x->ops->stepped(x, step);
}

static bool recorder_done(struct explorer *ex, struct sim *sim)
{
	struct schedule_recorder *r = recorder(ex);
	bool more = !r->inner || explorer_done(r->inner, sim);

	r->out->nr_steps = r->steps;
	r->out->fingerprint = sim->fingerprint;
	if (r->inner)
		ex->stats = r->inner->stats;
	return more;
}

void schedule_recorder_init(struct schedule_recorder *rec, struct explorer *inner,
			    struct schedule *out)
{
	*rec = (struct schedule_recorder){
		.ex = {.max_retries = inner ? inner->max_retries : 0},
		.inner = inner,
		.own_ops = {
			.name = inner ? inner->ops->name : "tape",
			.begin = recorder_begin,
			.pick = recorder_pick,
			.choose = recorder_choose,
			.stepped = inner && inner->ops->stepped ? recorder_stepped : NULL,
			.done = recorder_done,
		},
		.out = out,
		.stepped = recorder_stepped,
	};
	rec->ex.ops = &rec->own_ops;
}

void schedule_recorder_finish(struct schedule_recorder *rec)
{
	free(rec->clock.memory);
	free(rec->picks);
}

/* The player. */

static struct schedule_player *player(struct explorer *ex)
{
	return container_of(ex, struct schedule_player, ex);
}

static void player_room(struct schedule_player *p, u32 nr_tasks, u32 nr_entries)
{
	size_t bytes = (3 * (nr_tasks + 1) + (size_t)nr_entries) * sizeof(u32);

	if (nr_tasks > p->cap_tasks || nr_entries > p->cap_entries || !p->memory) {
		free(p->memory);
		p->memory = malloc(bytes);
		SIM_ASSERT(p->memory);
		p->cap_tasks = nr_tasks;
		p->cap_entries = nr_entries;
	}
	p->first[0] = p->memory;
	p->first[1] = p->first[0] + nr_tasks + 1;
	p->first[2] = p->first[1] + nr_tasks + 1;
	p->next = p->first[2] + nr_tasks + 1;
	memset(p->memory, 0xff, bytes); /* NO_ENTRY */
}

/* Entry @i is the first so far of @task's list, if the task exists. */
static void chain_entry(struct schedule_player *p, u32 list, u32 task, u32 i)
{
	u32 slot = clock_slot(&p->clock, task);

	if (slot > p->clock.nr_tasks)
		return;
	p->next[i] = p->first[list][slot];
	p->first[list][slot] = i;
}

static void player_begin(struct explorer *ex, struct sim *sim)
{
	struct schedule_player *p = player(ex);
	const struct schedule *s = p->s;

	ex->signals = ex->ipis = false;
	clock_begin(&p->clock, sim->nr_tasks);
	player_room(p, sim->nr_tasks, schedule_len(s));
	for (u32 i = s->nr_choices; i-- > 0;)
		chain_entry(p, s->choices[i].kind == CHOICE_FAIL ? 2 : 1, s->choices[i].task,
			   s->nr_departures + i);
	for (u32 i = s->nr_departures; i-- > 0;)
		chain_entry(p, 0, s->departures[i].from, i);
	p->at = 0;
	p->steps = 0;
	p->diverged = SCHEDULE_SAME;
	p->diverged_step = 0;
	p->diverged_entry = s->nr_departures;
}

static u32 diverge(struct schedule_player *p, enum schedule_divergence how, u32 entry)
{
	p->diverged = how;
	p->diverged_step = p->steps;
	p->diverged_entry = entry;
	return EXPLORE_STOP;
}

static bool can_go(const struct explore_view *view, u32 id)
{
	return id < view->sim->nr_tasks && explore_is_enabled(view, id);
}

static u32 pick_strictly(struct schedule_player *p, const struct explore_view *view)
{
	const struct schedule *s = p->s;
	const struct departure *d = &s->departures[p->at];

	if (s->nr_steps && p->steps == s->nr_steps)
		return diverge(p, SCHEDULE_ENDS_LATE, p->at);
	if (p->at == s->nr_departures || d->step > p->steps)
		return schedule_default(view, p->clock.yields);
	if (d->state && d->state != schedule_state(view))
		return diverge(p, SCHEDULE_OTHER_STATE, p->at);
	if (!can_go(view, d->task))
		return diverge(p, SCHEDULE_NOT_ENABLED, p->at);
	p->at++;
	return d->task;
}

/* The entry of the last task for this very place, if there is one and it can be followed. */
static u32 pick_loosely(struct schedule_player *p, const struct explore_view *view)
{
	const struct schedule *s = p->s;
	u32 slot = clock_slot(&p->clock, view->last);
	u32 now = p->clock.steps[slot];
	u32 *i = &p->first[0][slot];

	while (*i != NO_ENTRY && s->departures[*i].from_step < now)
		*i = p->next[*i];
	if (*i != NO_ENTRY && s->departures[*i].from_step == now) {
		u32 id = s->departures[*i].task;

		*i = p->next[*i];
		if (can_go(view, id))
			return id;
	}
	return schedule_default(view, p->clock.yields);
}

/* The first of the picks that are left whose task can go on. */
static u32 pick_next(struct schedule_player *p, const struct explore_view *view)
{
	while (p->at < p->nr_picks && p->picks[p->at] == SIM_NO_TASK)
		p->at++;
	for (u32 i = p->at; i < p->nr_picks; i++) {
		u32 id = p->picks[i];

		if (can_go(view, id)) {
			p->picks[i] = SIM_NO_TASK;
			return id;
		}
	}
	return schedule_default(view, p->clock.yields);
}

static u32 player_pick(struct explorer *ex, const struct explore_view *view)
{
	struct schedule_player *p = player(ex);
	u32 id;

	clock_look(&p->clock, view);
	if (!p->loose)
		id = pick_strictly(p, view);
	else if (p->picks)
		id = pick_next(p, view);
	else
		id = pick_loosely(p, view);
	if (id != EXPLORE_STOP) {
		p->clock.steps[id]++;
		p->steps++;
	}
	return id;
}

static u32 player_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	struct schedule_player *p = player(ex);
	const struct schedule *s = p->s;
	u32 task = me ? me->id : SIM_NO_TASK;
	u32 nth = clock_nth(&p->clock, me, kind);
	u32 *i = &p->first[kind == CHOICE_FAIL ? 2 : 1][clock_slot(&p->clock, task)];
	u32 value = 0;
	bool listed;

	while (*i != NO_ENTRY && s->choices[*i - s->nr_departures].nth < nth)
		*i = p->next[*i];
	listed = *i != NO_ENTRY && s->choices[*i - s->nr_departures].nth == nth;
	if (kind == CHOICE_FAIL)
		value = listed ? n - 1 : 0;
	else if (listed)
		value = s->choices[*i - s->nr_departures].value;
	else if (!s->zero_values)
		value = schedule_value(s->seed, kind, task, nth, n);
	return n ? value % n : value;
}

static bool player_done(struct explorer *ex, struct sim *sim)
{
	struct schedule_player *p = player(ex);

	ex->stats.executions++;
	if (!p->loose && !p->diverged && (p->at < p->s->nr_departures || p->steps < p->s->nr_steps))
		diverge(p, SCHEDULE_ENDS_EARLY, p->at);
	return false;
}

void schedule_player_init(struct schedule_player *p, const struct schedule *s, bool loose)
{
	static const struct explorer_ops ops = {
		.name = "replay",
		.begin = player_begin,
		.pick = player_pick,
		.choose = player_choose,
		.done = player_done,
	};

	*p = (struct schedule_player){.ex = {.ops = &ops}, .s = s, .loose = loose};
}

void schedule_player_finish(struct schedule_player *p)
{
	free(p->clock.memory);
	free(p->memory);
}

const char *schedule_divergence_text(enum schedule_divergence d)
{
	switch (d) {
	case SCHEDULE_SAME:
		return "is the recorded run";
	case SCHEDULE_OTHER_STATE:
		return "other tasks can go on, or would do something else";
	case SCHEDULE_NOT_ENABLED:
		return "the task that went on then cannot now";
	case SCHEDULE_ENDS_EARLY:
		return "ends before the recorded run did";
	case SCHEDULE_ENDS_LATE:
		return "goes on where the recorded run ended";
	}
	return "?";
}
