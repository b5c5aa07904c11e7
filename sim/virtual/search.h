/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim/virtual/search.h - the search scheduler's own state; see search.c.
 */
#ifndef SIM_VIRTUAL_SEARCH_H
#define SIM_VIRTUAL_SEARCH_H

#include "sim/explore.h"
#include "sim/virtual/virtual.h"

/* So many rounds of loops with nobody else left to do anything are a livelock. */
#define SEARCH_ROUNDS_IN_VAIN 100
/* So many steps of daemons that are left alone end the run. */
#define SEARCH_STEPS_AFTER 10000

/* What a round has looked at. */
struct round_obj {
	/* written by the engine */
	u64 obj;
	u32 held;   /* so many times */
	bool alone; /* others must not even look at it meanwhile */
};

/* One round of a task's retry loop: see sim_retry(). */
struct round {
	/* written by the engine */
	bool open;    /* the task has retried before: what it touches is kept */
	bool changed; /* somebody has written to what it has touched */
	u32 changer;  /* in that step, or SIM_NO_STEP */
	bool waits;   /* for that */
	bool whole;   /* it began where its loop does: sim_loop() */
	bool lasts;   /* the round has changed something, or was noticed: not erasable */
	u32 rounds;   /* those that count */
	struct round_obj *seen;
	u32 nr, cap;
};

struct search {
	/* constant during a run */
	struct explorer *ex; /* or NULL */
	bool wants_steps;
	bool own_objs;
	bool has_daemons;
	/* written by the engine */
	struct explore_view view;
	struct explore_op *pending; /* by task */
	struct round *round;	    /* by task */
	u64 *enabled;
	u64 *lockers; /* who is about to take a lock without a shared mode */
	u64 *vain;    /* whose last round is over in vain, and erasable */
	u64 *held;    /* what is held exclusively: class << 32 | object */
	u32 nr_held, cap_held;
	u32 nr_rounds; /* tasks with an open one */
	u32 in_vain;
	struct explore_step step;
	struct explore_touch *touch;
	u32 cap_touch;
	struct vtask *numbering; /* whose numbers sim->next_obj gives out */
	bool unparked;		 /* somebody has been woken since the last release */
	bool step_retries;
	bool draining; /* nobody was enabled: lock waiters run into their locks */
	bool over;     /* only daemons are left: no wait ends by its deadline any more */
	u32 nr_after;  /* steps since */
};

static inline u64 bit_of(u32 id)
{
	return BIT_ULL(id % 64);
}

static inline void set_enabled(struct search *s, u32 id, bool on)
{
	u64 old = s->enabled[id / 64];
	u64 new = on ? old | bit_of(id) : old & ~bit_of(id);

	s->view.nr_enabled += (u32)(new != old) * (on ? 1u : -1u);
	s->enabled[id / 64] = new;
}

/* search.c */
void search_decide(struct task *me, struct explore_op op);
void search_switch(struct vengine *e, struct vtask *v);

/* search_round.c */
void search_round_touch(struct vengine *e, struct task *me, u64 obj, u8 write, u8 how);
void search_round_changed(struct vengine *e, u32 id, u32 step);
void search_round(struct task *me, enum sim_round what);
void search_retry(struct task *me);

/* What @me does in its round cannot be taken for not done. */
static inline void search_round_lasts(struct vengine *e, struct task *me)
{
	e->search->round[me->id].lasts = true;
}

/* search_step.c */
bool search_is_held(const struct search *s, u32 obj);
void __search_touch_add(struct vengine *e, struct task *me, u64 obj, u8 write, u8 how);
void search_touch(struct task *me, u32 obj, enum sim_access access);
void search_step_begin(struct vengine *e, struct vtask *v);
void search_step_end(struct vengine *e);

/* Samplers have no use for footprints, and most programs no loops to look after. */
static inline bool search_wants_touches(const struct search *s)
{
	return s->wants_steps | (s->nr_rounds != 0);
}

static inline void search_touch_add(struct vengine *e, struct task *me, u64 obj, u8 write, u8 how)
{
	if (search_wants_touches(e->search))
		__search_touch_add(e, me, obj, write, how);
}

#endif
