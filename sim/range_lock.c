// SPDX-License-Identifier: GPL-2.0-only
/*
 * range_lock.c - a lock of ranges.  The rules L1 to L5 are in sim/range_lock.h.
 *
 * Invariants: the tree is a treap in order of (start, seq), its heap order a hash of seq, so its
 * shape depends on what is in it and on nothing else; max_last is that of the subtree; a request
 * with no blockers is granted, and the other way round; blockers are earlier, so nobody waits in a
 * circle inside one lock.  The guard makes a section atomic; tree_lock says how long it takes.
 *
 * Upstream: none merged
 */
#include "sim/range_lock.h"

#include "sim/core.h"
#include "sim/prng.h"

/* --- the tree --- */

static bool request_before(const struct range_request *a, const struct range_request *b)
{
	return a->start != b->start ? a->start < b->start : a->seq < b->seq;
}

static bool request_above(const struct range_request *a, const struct range_request *b)
{
	return prng_mix(a->seq) > prng_mix(b->seq);
}

static struct range_request *tree_update(struct range_request *n)
{
	n->max_last = n->last;
	if (n->left)
		n->max_last = max(n->max_last, n->left->max_last);
	if (n->right)
		n->max_last = max(n->max_last, n->right->max_last);
	return n;
}

/* Cut @n in two: what is before @r, and the others. */
static void tree_split(struct range_request *n, const struct range_request *r,
		       struct range_request **before, struct range_request **rest)
{
	if (!n) {
		*before = *rest = NULL;
	} else if (request_before(n, r)) {
		tree_split(n->right, r, &n->right, rest);
		*before = tree_update(n);
	} else {
		tree_split(n->left, r, before, &n->left);
		*rest = tree_update(n);
	}
}

/* Every request of @a is before every one of @b. */
static struct range_request *tree_join(struct range_request *a, struct range_request *b)
{
	if (!a || !b)
		return a ? a : b;
	if (request_above(a, b)) {
		a->right = tree_join(a->right, b);
		return tree_update(a);
	}
	b->left = tree_join(a, b->left);
	return tree_update(b);
}

static struct range_request *tree_insert(struct range_request *n, struct range_request *r)
{
	if (!n || request_above(r, n)) {
		tree_split(n, r, &r->left, &r->right);
		return tree_update(r);
	}
	if (request_before(r, n))
		n->left = tree_insert(n->left, r);
	else
		n->right = tree_insert(n->right, r);
	return tree_update(n);
}

static struct range_request *tree_remove(struct range_request *n, struct range_request *r)
{
	if (n == r)
		return tree_join(r->left, r->right);
	if (request_before(r, n))
		n->left = tree_remove(n->left, r);
	else
		n->right = tree_remove(n->right, r);
	return tree_update(n);
}

static bool requests_conflict(const struct range_request *a, const struct range_request *b)
{
	return a->start <= b->last && b->start <= a->last &&
	       (a->w.mode == LOCK_WRITE || b->w.mode == LOCK_WRITE);
}

/* A request in the tree that conflicts with @r, in order; @after: behind that one. */
static struct range_request *tree_next_conflict(struct range_request *n,
						const struct range_request *r,
						const struct range_request *after)
{
	struct range_request *found = NULL;

	if (!n || n->max_last < r->start)
		return NULL;
	if (!after || request_before(after, n)) {
		found = tree_next_conflict(n->left, r, after);
		if (!found && n->start <= r->last && requests_conflict(n, r))
			found = n;
	}
	if (!found && n->start <= r->last)
		found = tree_next_conflict(n->right, r, after);
	return found;
}

#define for_each_conflict(n, lock, r)                                  \
	for ((n) = tree_next_conflict((lock)->root, r, NULL); n;       \
	     (n) = tree_next_conflict((lock)->root, r, n))

/* --- the lock --- */

/* Does @w wait for something that @h has asked for before? */
static bool range_lock_blocks(const struct lock_class *class, const struct task *h,
			      const struct task *w)
{
	const struct range_request *mine = w->wait.request, *n;
	struct range_lock *lock = class->instances;
	bool found = false;

	while (lock && lock->dep_map.id != w->wait.id)
		lock = lock->next;
	if (!lock || !mine)
		return false;
	sim_guard_lock(h->sim, &lock->guard);
	for_each_conflict(n, lock, mine)
		found |= n->seq < mine->seq && n->w.task == h;
	sim_guard_unlock(h->sim, &lock->guard);
	return found;
}

void range_lock_init(struct sim *sim, struct range_lock *lock, const char *class_name,
		     u32 class_flags)
{
	struct lock_class *class;

	*lock = (struct range_lock){.root = NULL};
	lock_init_map(sim, &lock->dep_map, class_name, class_flags);
	lock->obj = sim_new_obj(sim);
	class = lock->dep_map.class;
	sim_guard_lock(sim, &sim->guard);
	lock->next = class->instances;
	class->instances = lock;
	class->blocks = range_lock_blocks;
	sim_guard_unlock(sim, &sim->guard);
}

void range_lock_tree_cost(struct sim *sim, struct range_lock *lock, const char *class_name,
			  const struct sim_dist *level)
{
	lock->level = level;
	spin_lock_init(sim, &lock->tree_lock, class_name);
}

static bool tree_takes_time(const struct range_lock *lock)
{
	return lock->level && (lock->level->a_ns || lock->level->b_ns);
}

static void tree_enter(struct task *me, struct range_lock *lock)
{
	if (tree_takes_time(lock))
		spin_lock(me, &lock->tree_lock);
}

/* @nr_walks: to the place of the request, and to each one that it conflicts with */
static void tree_leave(struct task *me, struct range_lock *lock, u64 nr_walks)
{
	u64 nr, levels;

	if (!tree_takes_time(lock))
		return;
	sim_guard_lock(me->sim, &lock->guard);
	nr = lock->nr_held[LOCK_READ] + lock->nr_held[LOCK_WRITE] + lock->nr_waiting;
	sim_guard_unlock(me->sim, &lock->guard);
	levels = 64 - (u64)__builtin_clzll(nr + 1);
	sim_cost(me, nr_walks * levels * sim_dist_sample(me->sim, lock->level));
	spin_unlock(me, &lock->tree_lock);
}

/* Context: guard held. */
static void request_add(struct range_lock *lock, struct range_request *r)
{
	const struct range_request *n;

	r->seq = ++lock->seq;
	r->nr_blockers = 0;
	for_each_conflict(n, lock, r)
		r->nr_blockers++;
	lock->root = tree_insert(lock->root, r);
	if (!r->nr_blockers)
		lock->nr_held[r->w.mode]++;
	else
		lock->nr_waiting++;
}

/*
 * @r leaves, held or not: who waited for nobody else is let in.
 *
 * Context: guard held.
 * Return: how many it was in conflict with.
 */
static u64 request_remove(struct task *me, struct range_lock *lock, struct range_request *r)
{
	struct range_request *n;
	u64 nr = 0;

	lock->root = tree_remove(lock->root, r);
	if (!r->nr_blockers)
		lock->nr_held[r->w.mode]--;
	else
		lock->nr_waiting--;
	for_each_conflict(n, lock, r) {
		nr++;
		if (n->seq < r->seq || --n->nr_blockers)
			continue;
		lock->nr_held[n->w.mode]++;
		lock->nr_waiting--;
		waiter_grant(me, &n->w);
	}
	return nr;
}

/* Somebody who has what @r wants, for reports.  Context: guard held. */
static u32 request_holder(const struct range_lock *lock, const struct range_request *r)
{
	const struct range_request *n;
	u32 holder = SIM_NO_TASK;

	for_each_conflict(n, lock, r) {
		if (n->seq < r->seq && (holder == SIM_NO_TASK || !n->nr_blockers))
			holder = n->w.task->id;
		if (n->seq < r->seq && !n->nr_blockers)
			break;
	}
	return holder;
}

static bool request_wait(struct task *me, struct range_lock *lock, struct range_request *r,
			 enum park_how how)
{
	while (!waiter_granted(&r->w)) {
		if (signal_pending_how(me, how)) {
			bool gone;

			sim_guard_lock(me->sim, &lock->guard);
			gone = r->nr_blockers;
			if (gone)
				request_remove(me, lock, r);
			sim_guard_unlock(me->sim, &lock->guard);
			if (gone)
				return false;
			how = PARK_SLEEP; /* granted already; the news is on its way */
		}
		sim_park(me, how, SIM_NS_MAX);
	}
	return true;
}

static void request_init(struct task *me, struct range_request *r, u64 start, u64 last,
			 enum lock_mode mode)
{
	SIM_ASSERT(start <= last);
	r->start = start;
	r->last = last;
	waiter_init(&r->w, me, mode);
}

int range_lock(struct task *me, struct range_lock *lock, struct range_request *r, u64 start,
	       u64 last, enum lock_mode mode, enum park_how how)
{
	struct lockdep_map map = {.class = lock->dep_map.class, .id = lock->dep_map.id};
	bool taken = true;
	u64 nr_blockers;

	might_sleep(me);
	request_init(me, r, start, last, mode);
	tree_enter(me, lock);
	sim_point(me, lock->obj, mode == LOCK_READ ? SIM_RWLOCK_READ : SIM_RWLOCK_WRITE);
	sim_guard_lock(me->sim, &lock->guard);
	request_add(lock, r);
	nr_blockers = r->nr_blockers;
	if (likely(!nr_blockers)) {
		sim_guard_unlock(me->sim, &lock->guard);
		tree_leave(me, lock, 1);
		lock_acquired(me, &lock->dep_map, mode, false);
		return 0;
	}
	map.owner = request_holder(lock, r);
	map.owner_cpu = __atomic_load_n(&lock->dep_map.owner_cpu, __ATOMIC_RELAXED);
	sim_guard_unlock(me->sim, &lock->guard);

	sim_touch(me, lock->obj, SIM_WRITE); /* who queues first matters */
	tree_leave(me, lock, 1 + nr_blockers);
	me->wait.request = r;
	lock_contended(me, &map, mode);
	taken = request_wait(me, lock, r, how);
	me->wait.request = NULL;
	if (!taken) {
		lock_wait_abort(me, &lock->dep_map, -EINTR);
		/* it has gone already; who waits for one lock cannot wait for another */
		tree_enter(me, lock);
		tree_leave(me, lock, 1);
		return -EINTR;
	}
	lock_acquired(me, &lock->dep_map, mode, false);
	return 0;
}

bool range_trylock(struct task *me, struct range_lock *lock, struct range_request *r, u64 start,
		   u64 last, enum lock_mode mode)
{
	bool taken;

	request_init(me, r, start, last, mode);
	tree_enter(me, lock);
	sim_point(me, lock->obj, mode == LOCK_READ ? SIM_TRY_READ : SIM_TRY_WRITE);
	sim_guard_lock(me->sim, &lock->guard);
	taken = !tree_next_conflict(lock->root, r, NULL);
	if (taken)
		request_add(lock, r);
	sim_guard_unlock(me->sim, &lock->guard);
	tree_leave(me, lock, 1);
	if (taken)
		lock_acquired(me, &lock->dep_map, mode, true);
	return taken;
}

void range_unlock(struct task *me, struct range_lock *lock, struct range_request *r)
{
	bool contended;
	u64 nr;

	if (unlikely(!lock_release_mode(me, &lock->dep_map, r->w.mode)))
		return;
	tree_enter(me, lock);
	sim_guard_lock(me->sim, &lock->guard);
	nr = request_remove(me, lock, r);
	contended = r->w.mode == LOCK_WRITE || tree_next_conflict(lock->root, r, NULL);
	sim_guard_unlock(me->sim, &lock->guard);
	sim_touch(me, lock->obj, contended ? SIM_WRITE : SIM_READ);
	tree_leave(me, lock, 1 + nr);
	sim_release_point_shared(me, lock->obj, contended);
}

static const char *check_node(const struct range_lock *lock, const struct range_request *r,
			      u64 held[LOCK_NR_MODES], u64 *waiting)
{
	const char *why;
	const struct range_request *n;
	u64 nr = 0;

	if (!r)
		return NULL;
	why = check_node(lock, r->left, held, waiting);
	if (!why)
		why = check_node(lock, r->right, held, waiting);
	if (why)
		return why;
	if ((r->left && (!request_before(r->left, r) || r->left->max_last > r->max_last)) ||
	    (r->right && (!request_before(r, r->right) || r->right->max_last > r->max_last)))
		return "the tree is out of order";
	for_each_conflict(n, lock, r)
		nr += n->seq < r->seq;
	if (nr != r->nr_blockers)
		return "a request's blockers are not counted right";
	if (!nr)
		held[r->w.mode]++;
	else
		*waiting += 1;
	return NULL;
}

const char *range_lock_check(const struct range_lock *lock)
{
	u64 held[LOCK_NR_MODES] = {0}, waiting = 0;
	const char *why = check_node(lock, lock->root, held, &waiting);

	if (why)
		return why;
	return held[LOCK_READ] == lock->nr_held[LOCK_READ] &&
			       held[LOCK_WRITE] == lock->nr_held[LOCK_WRITE] &&
			       waiting == lock->nr_waiting ?
		       NULL :
		       "requests are not counted right";
}
