// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/virtual/search_step.c - what a step of a search touches, and whom that enables.
 *
 * Invariants: see search.c; a step's list has each object once.
 */
#include <string.h>

#include "sim/virtual/search.h"

/* --- the set of enabled tasks --- */

bool search_is_held(const struct search *s, u32 obj)
{
	for (u32 i = 0; i < s->nr_held; i++) {
		if ((u32)s->held[i] == obj)
			return true;
	}
	return false;
}

/* Who is about to take @obj can, or cannot any more. */
static void lockers_update(struct vengine *e, u32 obj, bool free)
{
	struct search *s = e->search;

	for (u32 w = 0; w < s->view.nr_words; w++) {
		u64 who = 0;
		u32 n = 0;

		for (u64 bits = s->lockers[w]; bits; bits &= bits - 1) {
			u32 bit = (u32)__builtin_ctzll(bits);
			bool is = s->enabled[w] >> bit & 1;
			bool one = (s->pending[w * 64 + bit].obj == obj) & (is != free);

			who |= (u64)one << bit;
			n += one;
		}
		s->enabled[w] ^= who;
		s->view.nr_enabled += free ? n : -n;
	}
}

static void held_add(struct vengine *e, u64 lock)
{
	struct search *s = e->search;

	if (s->nr_held == s->cap_held) {
		u64 *held = sim_alloc(e->sim, 2 * s->cap_held * sizeof(*held));

		memcpy(held, s->held, s->cap_held * sizeof(*held));
		sim_free(e->sim, s->held, s->cap_held * sizeof(*held));
		s->held = held;
		s->cap_held *= 2;
	}
	s->held[s->nr_held++] = lock;
	lockers_update(e, (u32)lock, false);
}

/* Return: false if nobody has held it exclusively. */
static bool held_del(struct vengine *e, u64 lock)
{
	struct search *s = e->search;

	for (u32 i = s->nr_held; i-- > 0;) {
		if (s->held[i] != lock)
			continue;
		s->held[i] = s->held[--s->nr_held];
		lockers_update(e, (u32)lock, true);
		return true;
	}
	return false;
}

/* Is this the acquisition that the step under way was picked for? */
static bool asked_for(const struct search *s, u32 obj)
{
	u8 kind = s->step.op.kind;

	return s->step.op.obj == obj &&
	       (kind == OP_LOCK || kind == OP_TRY || kind == OP_RWLOCK || kind == OP_WOKEN);
}

/* --- footprints --- */

static struct explore_touch *search_touched(struct search *s, u64 obj)
{
	for (u32 i = s->step.nr_touched; i-- > 0;) {
		if (s->touch[i].obj == obj)
			return &s->touch[i];
	}
	return NULL;
}

void __search_touch_add(struct vengine *e, struct task *me, u64 obj, u8 write, u8 how)
{
	struct search *s = e->search;
	struct explore_touch *t;

	/* what explorers ask for besides must not decide whose round goes on: replays have none */
	if (unlikely(s->nr_rounds) && obj != e->ipi_map.id && obj >> 32 != EXPLORE_SIGNAL_OBJ >> 32)
		search_round_touch(e, me, obj, write, how);
	if (!s->wants_steps)
		return;
	t = search_touched(s, obj);
	if (t) {
		t->write = explore_both(t->write, write);
		t->how |= how;
		return;
	}
	if (s->step.nr_touched == s->cap_touch) {
		struct explore_touch *tab = sim_alloc(e->sim, 2 * s->cap_touch * sizeof(*tab));

		memcpy(tab, s->touch, s->cap_touch * sizeof(*tab));
		sim_free(e->sim, s->touch, s->cap_touch * sizeof(*tab));
		s->touch = tab;
		s->cap_touch *= 2;
	}
	s->touch[s->step.nr_touched++] = (struct explore_touch){
		.obj = obj, .write = write, .how = how,
	};
}

void search_touch(struct task *me, u32 obj, enum sim_access access)
{
	struct vengine *e = vengine(me);
	bool write = access & 1, whole = false;
	u64 lock = obj | (u64)((u32)access >> 16) << 32;

	if (unlikely(e->cur != vtask(me)))
		return; /* set-up, or a callback at the end */
	switch ((u32)access >> 1 & 0x7fff) {
	case OP_LOCK:
		whole = !write || asked_for(e->search, obj);
		if (write && whole)
			held_add(e, lock);
		search_touch_add(e, me, obj, write, whole ? TOUCH_ACQUIRE : TOUCH_ACCESS);
		break;
	case OP_RELEASE:
		whole = !write || held_del(e, lock);
		search_touch_add(e, me, obj, write, whole ? TOUCH_RELEASE : TOUCH_ACCESS);
		break;
	case OP_SIGNAL:
		if (e->search->ex)
			e->search->ex->signals = true;
		search_round_lasts(e, me);
		if (e->search->round[obj].open)
			search_round_changed(e, obj, (u32)e->search->view.step);
		search_touch_add(e, me, EXPLORE_SIGNAL_OBJ | obj, true, TOUCH_ACCESS);
		break;
	case OP_LIFE:
		if (write)
			search_round_lasts(e, me);
		search_touch_add(e, me, EXPLORE_LIFE_OBJ, write, TOUCH_ACCESS);
		break;
	case OP_RELEASING:
		if (me->sim->cfg.all_points)
			search_decide(me, (struct explore_op){obj, true, OP_RELEASE});
		break;
	case OP_LOOK:
		search_decide(me, (struct explore_op){obj, false, OP_LOOK});
		break;
	case OP_COMMUTE:
		search_round_lasts(e, me);
		search_touch_add(e, me, obj, TOUCH_COMMUTES, TOUCH_ACCESS);
		break;
	case OP_BORROW:
		search_touch_add(e, me, obj, true, TOUCH_BORROW);
		break;
	case OP_RETURN:
		search_touch_add(e, me, obj, true, TOUCH_RETURN);
		break;
	default:
		if (write)
			search_round_lasts(e, me);
		search_touch_add(e, me, obj, write, TOUCH_ACCESS);
		break;
	}
}

/* How @v would take an interrupt. */
static u8 irq_state(const struct vtask *v)
{
	return (u8)((v->t.irq_count != 0) | v->t.in_guest << 1 | task_on_cpu(&v->t) << 2);
}

/*
 * Who runs decides who is interrupted.  Whether this step lets somebody run, or itself not, may
 * depend on others; that it could must not.
 */
static bool may_park_or_wake(u8 kind)
{
	return kind != OP_ACCESS && kind != OP_LOOK && kind != OP_TRY && kind != OP_START;
}

void search_step_begin(struct vengine *e, struct vtask *v)
{
	struct search *s = e->search;
	const struct explore_op *op = &s->pending[v->t.id];

	s->step.task = v->t.id;
	s->step.number = (u32)s->view.step;
	s->wants_steps = s->ex && s->ex->ops->stepped && !s->ex->known;
	s->step.op = *op;
	s->step.waker = op->kind == OP_AWAIT ? s->round[v->t.id].changer : v->woken_by;
	s->step.timed = v->timed;
	s->step.nr_touched = 0;
	s->unparked = false;
	v->woken_by = SIM_NO_STEP;
	v->irq_state = irq_state(v);
	if (s->ex && s->ex->signals)
		search_touch_add(e, &v->t, EXPLORE_SIGNAL_OBJ | v->t.id, false, TOUCH_ACCESS);
	if (s->ex && s->ex->ipis && may_park_or_wake(op->kind))
		search_touch_add(e, &v->t, e->ipi_map.id, false, TOUCH_ACCESS);
	switch (op->kind) {
	case OP_START:
	case OP_RELEASE:
		break;
	case OP_TIMEOUT:
		if (v->t.daemon)
			search_touch_add(e, &v->t, EXPLORE_END_OBJ, TOUCH_READS, TOUCH_ACCESS);
		__attribute__((fallthrough));
	case OP_WOKEN:
		search_touch_add(e, &v->t, EXPLORE_TASK_OBJ | v->t.id, true, TOUCH_ACCESS);
		if (v->wait_obj)
			search_touch_add(e, &v->t, v->wait_obj, v->wait_write, TOUCH_ACCESS);
		if (v->wait_obj2 != v->wait_obj)
			search_touch_add(e, &v->t, v->wait_obj2, v->wait_write, TOUCH_ACCESS);
		break;
	case OP_AWAIT:
		for (u32 i = 0; i < s->round[v->t.id].nr; i++)
			search_touch_add(e, &v->t, s->round[v->t.id].seen[i].obj, false,
					 TOUCH_ACCESS);
		break;
	case OP_BORROW:
		search_touch_add(e, &v->t, op->obj, true, TOUCH_BORROW);
		break;
	case OP_RETURN:
		search_touch_add(e, &v->t, op->obj, true, TOUCH_RETURN);
		break;
	case OP_ACCESS:
	case OP_COMMUTE:
	case OP_SYNC:
	case OP_IPI:
		if (op->write)
			search_round_lasts(e, &v->t);
		search_touch_add(e, &v->t, op->obj, explore_op_access(op), TOUCH_ACCESS);
		break;
	default:
		search_touch_add(e, &v->t, op->obj, explore_op_access(op), TOUCH_ACCESS);
		break;
	}
}

void search_step_end(struct vengine *e)
{
	struct search *s = e->search;
	u32 id = s->step.task;

	if (id == SIM_NO_TASK)
		return;
	s->view.last = id;
	s->view.step++;
	if (s->wants_steps && !s->draining) {
		struct vtask *v = vtask(e->sim->tasks[id]);

		if (s->ex->ipis && irq_state(v) != v->irq_state)
			search_touch_add(e, &v->t, e->ipi_map.id, false, TOUCH_ACCESS);
		s->step.touch = s->touch;
		s->ex->ops->stepped(s->ex, &s->step);
	}
	s->step.task = SIM_NO_TASK;
}
