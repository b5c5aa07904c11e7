// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/gmem/attributes.c - the attribute tree: a persistent treap of runs.
 *
 * A node's key is its run's start; where the run ends follows from the next key.  Heap order is by
 * a hash of the key, so the shape of the tree depends on its content and on nothing else.
 *
 * Invariants: A1-A4 of attributes.h; in a tree under construction a node whose version is the
 * update's own has been seen by nobody and may be changed in place, any other is copied first and
 * noted as dead.
 */
#include "model/gmem/attributes.h"

#include "sim/prng.h"
#include "sim/race.h"

struct attr_node {
	/* immutable once published (A4) */
	pgoff_t start;
	struct attr_node *left, *right;
	u32 version; /* of the store that made it */
	struct sim_life life;
	u64 value;
};

/* Nodes that die together, one grace period after their store. */
struct attr_dead {
	/* written by the task that prepares the store */
	struct sim_rcu_head rcu;
	struct attr_dead *next;
	u32 nr;
	struct attr_node *node[12];
};

static u64 attr_priority(const struct attr_node *n)
{
	return prng_mix(n->start);
}

static struct attr_node *attr_node_new(struct gmem_attributes *attrs, pgoff_t start, u64 value,
				       u32 version)
{
	struct attr_node *n = sim_alloc(attrs->sim, sizeof(*n));

	*n = (struct attr_node){ .start = start, .version = version, .value = value };
	sim_life_begin(&n->life);
	return n;
}

static void attr_node_free(struct gmem_attributes *attrs, struct attr_node *n)
{
	sim_life_end(&n->life);
	sim_free(attrs->sim, n, sizeof(*n));
}

/* --- building a version --- */

static bool attr_node_is_new(const struct attr_update *up, const struct attr_node *n)
{
	return n->version == up->attrs->version + 1;
}

static void attr_note_dead(struct attr_update *up, struct attr_node *n)
{
	struct attr_dead *d = up->dead;

	if (!d || d->nr == ARRAY_SIZE(d->node)) {
		d = sim_zalloc(up->attrs->sim, sizeof(*d));
		d->next = up->dead;
		up->dead = d;
	}
	d->node[d->nr++] = n;
}

/* A version of @n that may be changed. */
static struct attr_node *attr_own(struct attr_update *up, struct attr_node *n)
{
	struct attr_node *copy;

	if (attr_node_is_new(up, n))
		return n;
	copy = attr_node_new(up->attrs, n->start, n->value, up->attrs->version + 1);
	copy->left = n->left;
	copy->right = n->right;
	attr_note_dead(up, n);
	return copy;
}

/* Cut @n in two: runs that start below @key, and the others. */
static void attr_split(struct attr_update *up, struct attr_node *n, pgoff_t key,
		       struct attr_node **below, struct attr_node **rest)
{
	if (!n) {
		*below = *rest = NULL;
		return;
	}
	n = attr_own(up, n);
	if (n->start < key) {
		*below = n;
		attr_split(up, n->right, key, &n->right, rest);
	} else {
		*rest = n;
		attr_split(up, n->left, key, below, &n->left);
	}
}

/* The opposite of attr_split(): every key of @a is below every key of @b. */
static struct attr_node *attr_join(struct attr_update *up, struct attr_node *a,
				   struct attr_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if (attr_priority(a) > attr_priority(b)) {
		a = attr_own(up, a);
		a->right = attr_join(up, a->right, b);
		return a;
	}
	b = attr_own(up, b);
	b->left = attr_join(up, a, b->left);
	return b;
}

/* Drop a subtree from the version under construction. */
static u32 attr_drop(struct attr_update *up, struct attr_node *n)
{
	u32 nr = 1;

	if (!n)
		return 0;
	nr += attr_drop(up, n->left);
	nr += attr_drop(up, n->right);
	if (attr_node_is_new(up, n))
		attr_node_free(up->attrs, n);
	else
		attr_note_dead(up, n);
	return nr;
}

/* --- the interface --- */

int gmem_attributes_init(struct sim *sim, struct gmem_attributes *attrs, pgoff_t size_pages,
			 u64 value)
{
	SIM_ASSERT(size_pages > 0);
	*attrs = (struct gmem_attributes){
		.sim = sim,
		.id = sim_new_obj(sim),
		.size_pages = size_pages,
		.nr_runs = 1,
		.rcu = true,
	};
	attrs->root = attr_node_new(attrs, 0, value, 0);
	return 0;
}

static void attr_free_all(struct gmem_attributes *attrs, struct attr_node *n)
{
	if (!n)
		return;
	attr_free_all(attrs, n->left);
	attr_free_all(attrs, n->right);
	attr_node_free(attrs, n);
}

static void attr_dead_free(struct sim *sim, struct sim_rcu_head *head)
{
	struct attr_dead *d = container_of(head, struct attr_dead, rcu);
	u32 i;

	for (i = 0; i < d->nr; i++) {
		sim_life_end(&d->node[i]->life);
		sim_free(sim, d->node[i], sizeof(*d->node[i]));
	}
	sim_free(sim, d, sizeof(*d));
}

void gmem_attributes_finish(struct gmem_attributes *attrs)
{
	struct attr_dead *d, *next;

	attr_free_all(attrs, attrs->root);
	attrs->root = NULL;
	for (d = attrs->kept; d; d = next) {
		next = d->next;
		attr_dead_free(attrs->sim, &d->rcu);
	}
	attrs->kept = NULL;
}

void gmem_attributes_make_parallel(struct sim *sim, struct gmem_attributes *attrs)
{
	attrs->parallel = true;
	attrs->rcu = true;
	spin_lock_init(sim, &attrs->ma_lock, "ma_lock");
}

u64 gmem_attributes_picture(const struct gmem_attributes *attrs, pgoff_t start, pgoff_t last)
{
	struct attr_run run;
	u64 h = 0;

	/* Holes reach over the end of the file. */
	for (last = min(last, attrs->size_pages - 1); start <= last; start = run.last + 1) {
		run = gmem_attributes_run(attrs, start);
		h = prng_mix(h ^ max(run.start, start) ^ run.attributes << 48);
	}
	return h;
}

u64 gmem_attributes_load(struct task *me, struct gmem_attributes *attrs, pgoff_t index)
{
	const struct attr_node *n, *found = NULL;
	u64 value = 0;

	SIM_ASSERT(index < attrs->size_pages);
	cost(me, COST_attr_lookup);
	rcu_read_lock(me);
	n = srcu_dereference(me, attrs->id, attrs->root);
	while (n && sim_life_check(me, &n->life, "attribute node")) {
		if (n->start <= index) {
			found = n;
			n = n->right;
		} else {
			n = n->left;
		}
	}
	if (found)
		value = found->value;
	rcu_read_unlock(me);
	SIM_ASSERT(found || !attrs->rcu);
	return value;
}

struct attr_run gmem_attributes_load_run(struct task *me, struct gmem_attributes *attrs,
					 pgoff_t index)
{
	struct attr_run run = { .start = index, .last = attrs->size_pages - 1 };
	const struct attr_node *n;

	SIM_ASSERT(index < attrs->size_pages);
	cost(me, COST_attr_lookup);
	rcu_read_lock(me);
	n = srcu_dereference(me, attrs->id, attrs->root);
	while (n && sim_life_check(me, &n->life, "attribute node")) {
		if (n->start <= index) {
			run.start = n->start;
			run.attributes = n->value;
			n = n->right;
		} else {
			run.last = n->start - 1;
			n = n->left;
		}
	}
	rcu_read_unlock(me);
	return run;
}

struct attr_run gmem_attributes_run(const struct gmem_attributes *attrs, pgoff_t index)
{
	const struct attr_node *n = load_acquire(attrs->root);
	struct attr_run run = { .last = attrs->size_pages - 1 };

	SIM_ASSERT(index < attrs->size_pages);
	while (n) {
		if (n->start <= index) {
			run.start = n->start;
			run.attributes = n->value;
			n = n->right;
		} else {
			run.last = n->start - 1;
			n = n->left;
		}
	}
	return run;
}

bool gmem_attributes_range_has(const struct gmem_attributes *attrs, pgoff_t start, u64 nr_pages,
			       u64 value)
{
	pgoff_t last = start + nr_pages - 1;
	struct attr_run run;

	do {
		run = gmem_attributes_run(attrs, start);
		if (run.attributes != value)
			return false;
		start = run.last + 1;
	} while (run.last < last);
	return true;
}

/* The version of the tree with @up's range changed, all but published. */
static void attr_build(struct attr_update *up)
{
	struct gmem_attributes *attrs = up->attrs;
	struct attr_node *below, *inside, *rest;
	pgoff_t start = up->start, end = start + up->nr_pages;
	u64 value = up->value;
	struct attr_run run;

	if (start > 0) {
		run = gmem_attributes_run(attrs, start - 1);
		if (run.attributes == value)
			start = run.start;
	}
	run = gmem_attributes_run(attrs, end - 1);
	if (run.last >= end || end == attrs->size_pages) {
		/* the range ends inside a run: its rest stays, unless it has the new value */
		if (run.attributes == value)
			end = run.last + 1;
	} else {
		struct attr_run next = gmem_attributes_run(attrs, end);

		if (next.attributes == value)
			end = next.last + 1;
	}

	up->nr_runs = attrs->nr_runs;
	attr_split(up, attrs->root, end, &below, &rest);
	attr_split(up, below, start, &below, &inside);
	up->nr_runs -= attr_drop(up, inside);
	up->root = attr_join(up, below, attr_node_new(attrs, start, value, attrs->version + 1));
	up->nr_runs++;
	if (end < attrs->size_pages && gmem_attributes_run(attrs, end).start != end) {
		u64 old = gmem_attributes_run(attrs, end).attributes;

		up->root = attr_join(up, up->root, attr_node_new(attrs, end, old,
								 attrs->version + 1));
		up->nr_runs++;
	}
	up->root = attr_join(up, up->root, rest);
}

int gmem_attributes_prealloc(struct task *me, struct gmem_attributes *attrs, pgoff_t start,
			     u64 nr_pages, u64 value, struct attr_update *up)
{
	SIM_FRAME(me);
	SIM_ASSERT(nr_pages && start + nr_pages <= attrs->size_pages);
	might_sleep(me);
	cost(me, COST_attr_prealloc);
	if (sim_should_fail(me, "attr_prealloc"))
		return -ENOMEM;
	*up = (struct attr_update){
		.attrs = attrs, .start = start, .nr_pages = nr_pages, .value = value,
	};
	if (!attrs->parallel) {
		plain_reads(me, attrs->version); /* and what else only writers look at */
		attr_build(up);
	}
	return 0;
}

/*
 * Without RCU a store recycles nodes while they are reachable: who walks the tree without the
 * external lock meets them.
 *
 * Upstream: lib/maple_tree.c:mas_wr_node_store, mas_wr_spanning_store (not mt_in_rcu())
 * Fidelity: simplified: the nodes that change are dead for the time of the store
 */
static void attr_edit_in_place(struct task *me, struct attr_update *up)
{
	const struct attr_dead *d;

	sim_point(me, up->attrs->id, SIM_WRITE);
	for (d = up->dead; d; d = d->next) {
		for (u32 i = 0; i < d->nr; i++)
			sim_life_end(&d->node[i]->life);
	}
}

/* Under ma_lock nobody on real threads can wait for readers that hold a range and not RCU. */
static void attr_keep_dead(struct gmem_attributes *attrs, struct attr_dead *d)
{
	d->next = attrs->kept;
	attrs->kept = d;
}

static void attr_publish(struct task *me, struct attr_update *up)
{
	struct gmem_attributes *attrs = up->attrs;
	struct attr_dead *d, *next;

	cost(me, COST_attr_store);
	srcu_publish(me, attrs->id, attrs->root, up->root);
	plain_add(me, attrs->version, 1);
	plain_write(me, attrs->nr_runs, up->nr_runs);
	for (d = up->dead; d; d = next) {
		next = d->next;
		if (unlikely(attrs->parallel && !me->sim->is_virtual))
			attr_keep_dead(attrs, d);
		else
			kfree_rcu(me, &d->rcu, attr_dead_free); /* a walk is one step */
	}
	up->dead = NULL;
}

void gmem_attributes_store(struct task *me, struct attr_update *up)
{
	struct gmem_attributes *attrs = up->attrs;

	SIM_FRAME(me);
	if (unlikely(attrs->parallel)) {
		spin_lock(me, &attrs->ma_lock);
		plain_reads(me, attrs->version);
		attr_build(up);
		attr_publish(me, up);
		spin_unlock(me, &attrs->ma_lock);
		return;
	}
	if (unlikely(!attrs->rcu))
		attr_edit_in_place(me, up);
	attr_publish(me, up);
}

static void attr_free_new(struct attr_update *up, struct attr_node *n)
{
	if (!n || !attr_node_is_new(up, n))
		return;
	attr_free_new(up, n->left);
	attr_free_new(up, n->right);
	attr_node_free(up->attrs, n);
}

void gmem_attributes_destroy(struct attr_update *up)
{
	struct attr_dead *d, *next;

	attr_free_new(up, up->root);
	for (d = up->dead; d; d = next) {
		next = d->next;
		sim_free(up->attrs->sim, d, sizeof(*d));
	}
	up->dead = NULL;
}

static const char *attr_check_node(const struct attr_node *n, u64 *prev, bool *first, u32 *nr)
{
	const char *why;

	if (!n)
		return NULL;
	why = attr_check_node(n->left, prev, first, nr);
	if (why)
		return why;
	if (n->life.state != SIM_LIFE_ALIVE)
		return "dead node in the tree";
	if (*first && n->start != 0)
		return "index 0 is not covered";
	if (!*first && n->value == *prev)
		return "neighbouring runs are equal";
	*first = false;
	*prev = n->value;
	(*nr)++;
	return attr_check_node(n->right, prev, first, nr);
}

const char *gmem_attributes_check(const struct gmem_attributes *attrs)
{
	bool first = true;
	u64 prev = 0;
	u32 nr = 0;
	const char *why = attr_check_node(attrs->root, &prev, &first, &nr);

	if (why)
		return why;
	if (first)
		return "the tree is empty";
	return nr == attrs->nr_runs ? NULL : "run count is wrong";
}
