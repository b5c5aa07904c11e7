/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore_program.h - small generated programs to be explored: per task a tree of sections and
 * accesses.  Tasks note what they see.
 */
#ifndef TESTS_UNIT_EXPLORE_PROGRAM_H
#define TESTS_UNIT_EXPLORE_PROGRAM_H

#include "simtest.h"
#include "sim/atomic.h"
#include "sim/mutex.h"
#include "sim/prng.h"
#include "sim/rcu.h"
#include "sim/rwlock.h"
#include "sim/rwsem.h"
#include "sim/spinlock.h"
#include "sim/srcu.h"
#include "sim/wait.h"

enum xp_kind {
	XP_READ, XP_WRITE, XP_ADD,
	XP_MUTEX, XP_SPIN, XP_BIT, XP_SPIN_IRQ,
	XP_RW_READ, XP_RW_WRITE, XP_SEM_READ, XP_SEM_WRITE,
	XP_TRY_MUTEX, XP_TRY_SPIN, XP_TRY_BIT,
	XP_TRY_RW_READ, XP_TRY_RW_WRITE, XP_TRY_SEM_READ, XP_TRY_SEM_WRITE,
	XP_RCU, XP_SYNC_RCU, XP_CALL_RCU, XP_SRCU, XP_SYNC_SRCU,
	XP_WAIT, XP_WAIT_ONE, XP_WAKE, XP_WAKE_ONE,
	XP_PARK, XP_PARK_TIMED, XP_UNPARK, XP_SLEEP,
	XP_IPI, XP_FAIL, XP_VALUE, XP_SIGNAL, XP_KILLABLE,
	XP_AWAIT, XP_CMPXCHG, XP_SEQ_READ, XP_SEQ_WRITE, XP_DOWNGRADE, XP_CONTENDED,
	XP_INC, XP_BRANCH, XP_LOOP, XP_LOOP_LOCKED, XP_LOOP_BORROWS, XP_LOOK,
	XP_NR,
};
#define XP(k) (1ull << XP_##k)

#define XP_MAX_TASKS 4
#define XP_MAX_ITEMS 16
#define XP_OBJS	     2

struct xp_item {
	enum xp_kind kind;
	u32 obj;
	u32 end; /* of a section: index after its last item */
};

struct xp_program {
	u32 nr_tasks;
	u32 nr_daemons; /* the last ones: the run does not wait for them */
	struct {
		struct xp_item item[XP_MAX_ITEMS];
		u32 nr;
	} task[XP_MAX_TASKS];
};

struct xp_rcu {
	struct sim_rcu_head head;
	struct xp *x;
};

/* One simulation of a program. */
struct xp {
	const struct xp_program *prog;
	struct sim *sim;
	u64 seen[XP_MAX_TASKS]; /* hash of what each task has seen */
	u32 var[XP_OBJS];
	u32 locked[5][XP_OBJS]; /* by lock */
	u32 seq[XP_OBJS];
	u32 freed;
	struct sim_life life; /* ends with the first callback */
	u32 users[XP_OBJS];
	bool flag[XP_OBJS];
	u32 tokens[XP_OBJS];
	struct mutex mutex[XP_OBJS];
	struct spinlock spin[XP_OBJS];
	struct rwlock rw[XP_OBJS];
	struct rw_semaphore sem[XP_OBJS];
	struct srcu_struct srcu;
	struct bit_wait_table table;
	u32 word;
	struct wait_queue_head wq[XP_OBJS];
	struct xp_rcu rcu[XP_MAX_TASKS * XP_MAX_ITEMS];
	u32 nr_rcu;
};

#define XP_VAR_OBJ 500u
#define XP_BIT_OBJ 510u

static inline void xp_see(struct xp *x, const struct task *me, u64 v)
{
	u64 *h = &x->seen[me->id];

	*h = (*h ^ (v + 1)) * 0x9fb21c651e98df25ull;
	*h ^= *h >> 31;
}

static inline void xp_freed(struct sim *sim, struct sim_rcu_head *head)
{
	container_of(head, struct xp_rcu, head)->x->freed++;
	sim_life_end(&container_of(head, struct xp_rcu, head)->x->life);
}

static inline bool xp_any(const struct task *t, void *arg)
{
	return true;
}

static inline void xp_run(struct xp *x, struct task *me, const struct xp_item *item, u32 i,
			  u32 end);

#define XP_SECTION(lock, unlock)                                \
	do {                                                    \
		lock;                                           \
		xp_see(x, me, (*count)++);			\
		xp_run(x, me, item, i + 1, item[i].end);        \
		unlock;                                         \
	} while (0)
#define XP_SHARED(lock, unlock)                                 \
	do {                                                    \
		lock;                                           \
		xp_see(x, me, *count);			\
		xp_run(x, me, item, i + 1, item[i].end);        \
		unlock;                                         \
	} while (0)
#define XP_TRY(try, unlock)                                     \
	do {                                                    \
		bool had = try;                                 \
		xp_see(x, me, had);                             \
		if (had) {                                      \
			xp_run(x, me, item, i + 1, item[i].end); \
			unlock;                                 \
		}                                               \
	} while (0)

static inline u32 xp_lock_of(enum xp_kind k)
{
	switch (k) {
	case XP_MUTEX:
	case XP_KILLABLE:
		return 0;
	case XP_SPIN:
	case XP_SPIN_IRQ:
		return 1;
	case XP_BIT:
		return 2;
	case XP_RW_READ:
	case XP_RW_WRITE:
		return 3;
	default:
		return 4;
	}
}

static inline void xp_lock_item(struct xp *x, struct task *me, const struct xp_item *item, u32 i)
{
	u32 o = item[i].obj, idx;
	u32 *count = &x->locked[xp_lock_of(item[i].kind)][item[i].kind == XP_BIT ? 0 : o];

	/* Its owner, woken by anything but an unlock, could hand a mutex to itself. */
	if ((item[i].kind == XP_MUTEX || item[i].kind == XP_KILLABLE) &&
	    lock_is_held(me, &x->mutex[o].dep_map, LOCK_WRITE))
		return;
	switch (item[i].kind) {
	case XP_MUTEX:
		XP_SECTION(mutex_lock(me, &x->mutex[o]), mutex_unlock(me, &x->mutex[o]));
		break;
	case XP_KILLABLE:
		if (mutex_lock_killable(me, &x->mutex[o])) {
			xp_see(x, me, 77);
			break;
		}
		XP_SECTION((void)0, mutex_unlock(me, &x->mutex[o]));
		break;
	case XP_SPIN:
		XP_SECTION(spin_lock(me, &x->spin[o]), spin_unlock(me, &x->spin[o]));
		break;
	case XP_SPIN_IRQ:
		XP_SECTION(spin_lock_irq(me, &x->spin[o]), spin_unlock_irq(me, &x->spin[o]));
		break;
	case XP_BIT:
		XP_SECTION(bit_lock(me, &x->table, &x->word, 0, XP_BIT_OBJ),
			   bit_unlock(me, &x->table, &x->word, 0, XP_BIT_OBJ));
		break;
	case XP_RW_READ:
		XP_SHARED(read_lock(me, &x->rw[o]), read_unlock(me, &x->rw[o]));
		break;
	case XP_RW_WRITE:
		XP_SECTION(write_lock(me, &x->rw[o]), write_unlock(me, &x->rw[o]));
		break;
	case XP_CONTENDED:
		write_lock(me, &x->rw[o]);
		xp_run(x, me, item, i + 1, item[i].end);
		xp_see(x, me, cond_resched_rwlock_write(me, &x->rw[o]));
		write_unlock(me, &x->rw[o]);
		break;
	case XP_SEM_READ:
		XP_SHARED(down_read(me, &x->sem[o]), up_read(me, &x->sem[o]));
		break;
	case XP_SEM_WRITE:
		XP_SECTION(down_write(me, &x->sem[o]), up_write(me, &x->sem[o]));
		break;
	case XP_DOWNGRADE:
		XP_SECTION(down_write(me, &x->sem[o]), downgrade_write(me, &x->sem[o]));
		sim_point(me, XP_VAR_OBJ + o, SIM_READ);
		xp_see(x, me, *count);
		up_read(me, &x->sem[o]);
		break;
	case XP_RCU:
		rcu_read_lock(me);
		xp_run(x, me, item, i + 1, item[i].end);
		rcu_read_unlock(me);
		break;
	case XP_SRCU:
		idx = srcu_read_lock(me, &x->srcu);
		xp_run(x, me, item, i + 1, item[i].end);
		srcu_read_unlock(me, &x->srcu, idx);
		break;
	default:
		break;
	}
}

static inline void xp_try_item(struct xp *x, struct task *me, const struct xp_item *item, u32 i)
{
	u32 o = item[i].obj;

	switch (item[i].kind) {
	case XP_TRY_MUTEX:
		XP_TRY(mutex_trylock(me, &x->mutex[o]), mutex_unlock(me, &x->mutex[o]));
		break;
	case XP_TRY_SPIN:
		XP_TRY(spin_trylock(me, &x->spin[o]), spin_unlock(me, &x->spin[o]));
		break;
	case XP_TRY_BIT:
		XP_TRY(bit_trylock(me, &x->table, &x->word, 0, XP_BIT_OBJ),
		       bit_unlock(me, &x->table, &x->word, 0, XP_BIT_OBJ));
		break;
	case XP_TRY_RW_READ:
		XP_TRY(read_trylock(me, &x->rw[o]), read_unlock(me, &x->rw[o]));
		break;
	case XP_TRY_RW_WRITE:
		XP_TRY(write_trylock(me, &x->rw[o]), write_unlock(me, &x->rw[o]));
		break;
	case XP_TRY_SEM_READ:
		XP_TRY(down_read_trylock(me, &x->sem[o]), up_read(me, &x->sem[o]));
		break;
	case XP_TRY_SEM_WRITE:
		XP_TRY(down_write_trylock(me, &x->sem[o]), up_write(me, &x->sem[o]));
		break;
	default:
		break;
	}
}

static inline void xp_wait_item(struct xp *x, struct task *me, const struct xp_item *item)
{
	u32 o = item->obj;
	struct task *other = x->sim->tasks[(me->id + 1 + o) % x->sim->nr_tasks];

	switch (item->kind) {
	case XP_WAIT:
		wait_event(me, &x->wq[o], x->flag[o]);
		break;
	case XP_WAIT_ONE:
		wait_event_exclusive(me, &x->wq[o], x->tokens[o] > 0);
		x->tokens[o]--;
		break;
	case XP_WAKE:
		sim_point(me, x->wq[o].dep_map.id, SIM_WRITE);
		x->flag[o] = true;
		x->tokens[o] += 2;
		wake_up_all(me, &x->wq[o]);
		break;
	case XP_WAKE_ONE:
		sim_point(me, x->wq[o].dep_map.id, SIM_WRITE);
		x->tokens[o]++;
		wake_up(me, &x->wq[o]);
		break;
	case XP_PARK:
		xp_see(x, me, (u64)-sim_park(me, PARK_SLEEP, SIM_NS_MAX));
		break;
	case XP_PARK_TIMED:
		xp_see(x, me, (u64)-sim_park(me, PARK_SLEEP, sim_now(me) + 1000));
		break;
	case XP_UNPARK:
		sim_unpark(me, other);
		break;
	case XP_SIGNAL:
		send_signal(me, other, 2);
		break;
	case XP_SLEEP:
		sim_sleep(me, 1000);
		break;
	case XP_SYNC_RCU:
		if (!me->rcu_depth)
			synchronize_rcu(me);
		xp_see(x, me, sim_life_check(me, &x->life, "it"));
		break;
	case XP_CALL_RCU:
		x->rcu[x->nr_rcu].x = x;
		call_rcu(me, &x->rcu[x->nr_rcu++].head, xp_freed);
		break;
	case XP_SYNC_SRCU:
		synchronize_srcu(me, &x->srcu);
		break;
	case XP_IPI:
		if (!me->irq_count)
			xp_see(x, me, sim_ipi(me, xp_any, NULL, (struct ipi_cost){0}));
		break;
	default:
		break;
	}
}

static inline void xp_data_item(struct xp *x, struct task *me, const struct xp_item *item)
{
	u32 o = item->obj, v, s;

	switch (item->kind) {
	case XP_READ:
		xp_see(x, me, READ_ONCE(me, XP_VAR_OBJ + o, x->var[o]));
		break;
	case XP_WRITE:
		WRITE_ONCE(me, XP_VAR_OBJ + o, x->var[o], me->id + 10);
		break;
	case XP_ADD:
		xp_see(x, me, atomic_add_return(me, XP_VAR_OBJ + o, &x->var[o], 1u));
		break;
	case XP_INC:
		sim_point(me, XP_VAR_OBJ + o, SIM_COMMUTE);
		step_add_return(me, &x->var[o], 1u);
		break;
	case XP_BRANCH: /* one step, on one object or on both */
		sim_point(me, XP_VAR_OBJ + o, SIM_READ);
		xp_see(x, me, x->var[o]);
		if (!(x->var[o] & 1)) {
			sim_touch(me, XP_VAR_OBJ + !o, SIM_WRITE);
			xp_see(x, me, x->var[!o]++);
		}
		break;
	case XP_FAIL:
		xp_see(x, me, sim_should_fail(me, "test"));
		break;
	case XP_VALUE:
		xp_see(x, me, sim_choose(me->sim, CHOICE_VALUE, 3));
		break;
	case XP_AWAIT:
		while (!READ_ONCE(me, XP_VAR_OBJ + o, x->var[o]))
			sim_retry(me);
		break;
	case XP_CMPXCHG:
		v = READ_ONCE(me, XP_VAR_OBJ + o, x->var[o]);
		while (!atomic_try_cmpxchg(me, XP_VAR_OBJ + o, &x->var[o], &v, v + 1))
			;
		xp_see(x, me, v);
		break;
	case XP_SEQ_READ:
		for (;;) {
			s = READ_ONCE(me, XP_VAR_OBJ + 4 + o, x->seq[o]);
			v = READ_ONCE(me, XP_VAR_OBJ + o, x->var[o]);
			if (!(s & 1) && READ_ONCE(me, XP_VAR_OBJ + 4 + o, x->seq[o]) == s)
				break;
			sim_retry(me);
		}
		xp_see(x, me, v);
		break;
	case XP_SEQ_WRITE:
		spin_lock(me, &x->spin[o]);
		WRITE_ONCE(me, XP_VAR_OBJ + 4 + o, x->seq[o], x->seq[o] + 1);
		WRITE_ONCE(me, XP_VAR_OBJ + o, x->var[o], x->var[o] + 3);
		WRITE_ONCE(me, XP_VAR_OBJ + 4 + o, x->seq[o], x->seq[o] + 1);
		spin_unlock(me, &x->spin[o]);
		break;
	default:
		break;
	}
}

/* Until somebody has written: in rounds that leave no trace, if nobody has noticed them. */
static inline void xp_loop(struct xp *x, struct task *me, enum xp_kind kind, u32 o)
{
	u32 v;

	sim_loop(me);
	for (;;) {
		v = READ_ONCE(me, XP_VAR_OBJ + o, x->var[o]);
		if (kind == XP_LOOP_LOCKED)
			spin_lock(me, &x->spin[o]);
		if (kind == XP_LOOP_BORROWS) {
			sim_point(me, XP_VAR_OBJ + 8 + o, SIM_BORROW);
			x->users[o]++;
		}
		if (kind == XP_LOOP_BORROWS) {
			sim_point(me, XP_VAR_OBJ + 8 + o, SIM_RETURN);
			x->users[o]--;
		}
		if (kind == XP_LOOP_LOCKED)
			spin_unlock(me, &x->spin[o]);
		if (v)
			break;
		sim_retry(me);
	}
	sim_loop_end(me);
	xp_see(x, me, v);
}

static inline void xp_loop_item(struct xp *x, struct task *me, const struct xp_item *item)
{
	u32 o = item->obj;

	switch (item->kind) {
	case XP_LOOP:
	case XP_LOOP_LOCKED:
	case XP_LOOP_BORROWS:
		xp_loop(x, me, item->kind, o);
		break;
	case XP_LOOK:
		xp_see(x, me, READ_ONCE(me, XP_VAR_OBJ + 8 + o, x->users[o]));
		break;
	default:
		break;
	}
}

static inline void xp_run(struct xp *x, struct task *me, const struct xp_item *item, u32 i,
			  u32 end)
{
	for (; i < end; i = item[i].end) {
		xp_lock_item(x, me, item, i);
		xp_try_item(x, me, item, i);
		xp_wait_item(x, me, &item[i]);
		xp_data_item(x, me, &item[i]);
		xp_loop_item(x, me, &item[i]);
	}
}

static inline void xp_task(struct task *me, void *arg)
{
	struct xp *x = arg;

	xp_run(x, me, x->prog->task[me->id].item, 0, x->prog->task[me->id].nr);
}

static inline struct xp *xp_sim(const struct xp_program *prog, struct sim_config *cfg)
{
	struct sim *sim = test_sim(cfg);
	struct xp *x = sim_zalloc(sim, sizeof(*x)); /* part of a checkpoint */

	x->prog = prog;
	x->sim = sim;
	sim_life_begin(&x->life);
	for (u32 i = 0; i < XP_OBJS; i++) {
		mutex_init(sim, &x->mutex[i], i ? "m1" : "m0");
		spin_lock_init(sim, &x->spin[i], i ? "s1" : "s0");
		rwlock_init(sim, &x->rw[i], i ? "rw1" : "rw0");
		init_rwsem(sim, &x->sem[i], i ? "sem1" : "sem0", 0);
		init_waitqueue_head(sim, &x->wq[i], i ? "wq1" : "wq0");
	}
	init_srcu_struct(sim, &x->srcu, "srcu");
	bit_wait_table_init(sim, &x->table, "bit");
	for (u32 i = 0; i < prog->nr_tasks; i++)
		spawn(sim, "t", xp_task, x)->daemon = i + prog->nr_daemons >= prog->nr_tasks;
	return x;
}

static inline bool xp_is_section(enum xp_kind k)
{
	return (k >= XP_MUTEX && k <= XP_TRY_SEM_WRITE) || k == XP_RCU || k == XP_SRCU ||
	       k == XP_KILLABLE || k == XP_DOWNGRADE || k == XP_CONTENDED;
}

/* Up to @budget items from @kinds, sections nested up to @depth. */
static inline void xp_gen_items(struct prng *rng, u64 kinds, struct xp_item *item, u32 *nr,
				u32 budget, u32 depth)
{
	while (budget-- && *nr < XP_MAX_ITEMS) {
		u32 at = (*nr)++;

		do {
			item[at].kind = (enum xp_kind)prng_below(rng, XP_NR);
		} while (!(kinds >> item[at].kind & 1));
		item[at].obj = prng_below(rng, XP_OBJS);
		if (xp_is_section(item[at].kind) && depth && budget && prng_below(rng, 3)) {
			u32 inner = 1 + prng_below(rng, min(budget, 2u));

			budget -= inner;
			xp_gen_items(rng, kinds, item, nr, inner, depth - 1);
		}
		item[at].end = *nr;
	}
}

static inline void xp_gen(struct prng *rng, u64 kinds, u32 tasks, u32 items,
			  struct xp_program *prog)
{
	memset(prog, 0, sizeof(*prog));
	prog->nr_tasks = tasks;
	for (u32 i = 0; i < tasks; i++)
		xp_gen_items(rng, kinds, prog->task[i].item, &prog->task[i].nr,
			     1 + prng_below(rng, items), 2);
}

static inline void xp_print(const struct xp_program *prog)
{
	for (u32 t = 0; t < prog->nr_tasks; t++) {
		print_message("# task %u:", t);
		for (u32 i = 0; i < prog->task[t].nr; i++)
			print_message(" %u.%u[%u)", prog->task[t].item[i].kind,
				      prog->task[t].item[i].obj, prog->task[t].item[i].end);
		print_message("\n");
	}
}

#endif
