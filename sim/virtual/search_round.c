// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/search_round.c - rounds of loops that wait by trying again: sim_loop(), sim_retry().
 *
 * A round that is over in vain is tried again when somebody has written to what it has looked at.
 * It is *erasable* if everything is as if it had not been made: it has changed nothing that lasts,
 * and nobody has noticed while it had a lock, or a reference, or was out of guest mode.  Who sees
 * all schedules need not go on from there: without the round, others do the same.
 *
 * Invariants: seen[] has each object once; held counts what the round has taken and not given back.
 */
#include <string.h>

#include "sim/virtual/search.h"

static struct round_obj *round_seen(struct vengine *e, struct round *r, u64 obj)
{
	for (u32 i = 0; i < r->nr; i++) {
		if (r->seen[i].obj == obj)
			return &r->seen[i];
	}
	if (r->nr == r->cap) {
		u32 cap = r->cap ? 2 * r->cap : 32;
		struct round_obj *tab = sim_alloc(e->sim, cap * sizeof(*tab));

		if (r->nr)
			memcpy(tab, r->seen, r->nr * sizeof(*tab));
		sim_free(e->sim, r->seen, r->cap * sizeof(*tab));
		r->seen = tab;
		r->cap = cap;
	}
	r->seen[r->nr] = (struct round_obj){.obj = obj};
	return &r->seen[r->nr++];
}

/* What @me does in its own round. */
static void round_add(struct vengine *e, struct round *r, u64 obj, u8 write, u8 how)
{
	struct round_obj *o = round_seen(e, r, obj);

	if (how & (TOUCH_ACQUIRE | TOUCH_BORROW)) {
		o->held++;
		o->alone |= write != TOUCH_READS;
	}
	if (!(how & (TOUCH_RELEASE | TOUCH_RETURN)))
		return;
	r->lasts |= !o->held; /* it had that before the round */
	o->held -= o->held != 0;
	o->alone &= o->held != 0;
}

/* What somebody else does: has this round looked at it, and does it notice the round? */
static inline void round_note(struct vengine *e, u32 id, u64 obj, u8 write)
{
	struct search *s = e->search;
	struct round *r = &s->round[id];

	for (u32 i = 0; i < r->nr; i++) {
		if (r->seen[i].obj != obj)
			continue;
		r->lasts |= r->seen[i].held && (write | r->seen[i].alone);
		if (write && !r->changed)
			search_round_changed(e, id, (u32)s->view.step);
		break;
	}
}

void search_round_touch(struct vengine *e, struct task *me, u64 obj, u8 write, u8 how)
{
	struct search *s = e->search;

	if (s->round[me->id].open)
		round_add(e, &s->round[me->id], obj, write, how);
	for (u32 id = 0; id < e->nr_tasks; id++) {
		if (id != me->id && s->round[id].open)
			round_note(e, id, obj, write);
	}
}

void search_round_changed(struct vengine *e, u32 id, u32 step)
{
	struct search *s = e->search;
	struct round *r = &s->round[id];

	r->changed = true;
	r->changer = step;
	if (!r->waits)
		return;
	r->waits = false;
	set_enabled(s, id, true);
}

static bool round_erasable(const struct round *r)
{
	if (r->lasts || !r->whole)
		return false;
	for (u32 i = 0; i < r->nr; i++) {
		if (r->seen[i].held)
			return false;
	}
	return true;
}

static void round_open(struct search *s, struct round *r)
{
	s->nr_rounds += !r->open;
	r->open = true;
	r->nr = 0;
	r->changed = r->lasts = false;
}

void search_round(struct task *me, enum sim_round what)
{
	struct search *s = vengine(me)->search;
	struct round *r = &s->round[me->id];

	switch (what) {
	case ROUND_BEGINS:
		round_open(s, r);
		r->whole = me->in_loop = true;
		break;
	case ROUND_ENDS:
		s->nr_rounds -= r->open;
		r->open = r->whole = me->in_loop = false;
		break;
	case ROUND_LASTS:
		r->lasts = true;
		break;
	}
}

/* Return: false if this was one round too many, and the run is over. */
static bool round_count(struct vengine *e, struct task *me, struct round *r)
{
	struct explorer *ex = e->search->ex;

	r->rounds++;
	if (!ex || !ex->max_retries || r->rounds <= ex->max_retries)
		return true;
	ex->stats.cuts |= CUT_RETRIES;
	me->sim->cut = true;
	virtual_stop(e, me->clock_ns);
	return false;
}

void search_retry(struct task *me)
{
	struct vengine *e = vengine(me);
	struct search *s = e->search;
	struct round *r = &s->round[me->id];
	bool known = r->open; /* what the round has looked at */

	s->step_retries = true;
	if (known && s->ex && s->ex->erases && round_erasable(r))
		s->vain[me->id / 64] |= bit_of(me->id);
	else if (!s->in_vain && !round_count(e, me, r)) /* that has an end of its own */
		known = false;
	if (known && !s->draining) {
		r->waits = !r->changed;
		set_enabled(s, me->id, r->changed);
		search_decide(me, (struct explore_op){.kind = OP_AWAIT});
	}
	if (unlikely(me->sim->stopped))
		search_switch(e, vtask(me));
	round_open(s, r);
}
