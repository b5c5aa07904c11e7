// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_xarray.c - the xarray against an array that does the same the slow way; failure; readers.
 */
#include "mm_fixture.h"

#include "model/mm/xarray.h"

#define ORACLE 20000

struct oracle {
	void *entry[ORACLE];
	u8 order[ORACLE];
	u8 reserved[ORACLE];
};

static struct sim *x_sim(const struct sim_config *cfg)
{
	struct sim *sim = sim_create(cfg);

	assert_non_null(sim);
	return sim;
}

/* An index that often meets borders between nodes and other entries. */
static u64 some_index(struct prng *p)
{
	switch (prng_below(p, 4)) {
	case 0:
		return prng_below(p, 70);
	case 1:
		return 4096 + prng_below(p, 200) - 100;
	case 2:
		return (u64)prng_below(p, ORACLE / 64) * 64;
	default:
		return prng_below(p, ORACLE);
	}
}

/* What a store of 2^order entries does, by the rules of the header. */
static void oracle_store(struct oracle *o, u64 index, u32 order, void *entry)
{
	u64 first = ALIGN_DOWN(index, 1ull << order), nr = 1ull << order;

	/* An entry larger than the store is replaced whole. */
	if (o->entry[first] && o->order[first] > order) {
		order = o->order[first];
		nr = 1ull << order;
		first = ALIGN_DOWN(first, nr);
	}
	for (u64 i = first; i < first + nr && i < ORACLE; i++) {
		o->entry[i] = entry;
		o->order[i] = entry ? (u8)order : 0;
	}
}

static bool oracle_equal(struct mx *x, struct task *me, struct xarray *xa, struct oracle *o)
{
	u64 index = 0, next = 0;
	void *e;

	for (u64 i = 0; i < ORACLE; i++) {
		if (__xa_load(xa, i) != o->entry[i] ||
		    (o->entry[i] && xa_get_order(xa, i) != o->order[i])) {
			MX_CHECK(x, !"entry and order as in the oracle");
			return false;
		}
	}
	/* Iteration sees each entry once, in order. */
	xa_for_each_range(me, xa, index, e, 0, ORACLE - 1) {
		while (next < ORACLE && !o->entry[next])
			next++;
		MX_CHECK(x, index == next && e == o->entry[next]);
		next += 1ull << o->order[next];
	}
	while (next < ORACLE && !o->entry[next])
		next++;
	MX_CHECK(x, next >= ORACLE && !xa_check(xa));
	return !x->failed;
}

static void oracle_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct oracle *o = calloc(1, sizeof(*o));
	struct xarray xa;
	struct prng p;

	prng_seed(&p, x->cfg.seed);
	xa_init(me->sim, &xa, "xa_lock", XA_FLAGS_LOCK_IRQ);
	for (u32 i = 0; i < 1500 && !x->failed; i++) {
		u64 index = some_index(&p), nr;
		void *entry = prng_below(&p, 3) ? xa_mk_value(1000 + i) : NULL, *old = NULL;
		u32 order = prng_below(&p, 3) ? 0 : prng_below(&p, 9);

		if (ALIGN_DOWN(index, 1ull << order) + (1ull << order) > ORACLE)
			continue;
		if (o->entry[index] && o->order[index] && prng_below(&p, 2)) {
			u32 new_order = prng_below(&p, o->order[index]);
			struct xa_split split;

			order = o->order[index];
			MX_CHECK(x, !xa_split_alloc(me, order, new_order, &split));
			xa_lock(me, &xa);
			__xa_split(me, &xa, index, new_order, &split);
			xa_unlock(me, &xa);
			for (u64 at = ALIGN_DOWN(index, 1ull << order), k = 0; k < 1ull << order;
			     k++)
				o->order[at + k] = (u8)new_order;
		} else if (prng_below(&p, 8)) {
			xa_lock(me, &xa);
			MX_CHECK(x, !__xa_store(me, &xa, index, order, entry, &old));
			xa_unlock(me, &xa);
			MX_CHECK(x, old == o->entry[index]);
			oracle_store(o, index, order, entry);
		} else {
			nr = prng_below(&p, 700) + 1;
			nr = min(nr, ORACLE - index);
			MX_CHECK(x, !xa_store_range(me, &xa, index, index + nr - 1, entry));
			/* The same greedy pieces. */
			for (u64 at = index, end = index + nr; at < end;) {
				u32 k = at ? (u32)__builtin_ctzll(at) : 62;

				while (k && ((1ull << k) > end - at || k > 14))
					k--;
				oracle_store(o, at, k, entry);
				at += 1ull << k;
			}
		}
		if (i % 50 == 0)
			oracle_equal(x, me, &xa, o);
	}
	oracle_equal(x, me, &xa, o);
	for (u64 i = 0; i < ORACLE; i++)
		xa_erase(me, &xa, i);
	MX_CHECK(x, xa_empty(&xa) && !xa.xa_head && !xa.nr_nodes);
	xa_destroy(me->sim, &xa);
	free(o);
}

static void test_oracle(void **state)
{
	for (u64 seed = 1; seed <= 12; seed++) {
		struct mx x;

		mx_init(&x);
		x.cfg.seed = seed;
		x.sim = x_sim(&x.cfg);
		x.m = machine_create(x.sim, &x.mcfg);
		sim_task_create(x.sim, "t", ACTOR_VMM, oracle_main, &x, -1);
		mx_run(&x);
		sim_destroy(x.sim);
	}
}

/* Every store that fails leaves everything as it was; a reserved slot cannot fail. */
static void failure_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	struct xarray xa;
	void *old;
	int err = -ENOMEM;
	u32 nth;

	xa_init(me->sim, &xa, "xa_lock", 0);
	MX_CHECK(x, !xa_store(me, &xa, 5, xa_mk_value(5), NULL));
	MX_CHECK(x, !xa_store(me, &xa, 70, xa_mk_value(70), NULL));
	for (nth = 1; err && !x->failed; nth++) {
		me->fail_site = "xa_node";
		me->fail_nth = nth;
		err = xa_store(me, &xa, 1ull << 40, xa_mk_value(1), NULL);
		me->fail_site = NULL;
		MX_CHECK(x, !err || err == -ENOMEM);
		MX_CHECK(x, !xa_check(&xa));
		MX_CHECK(x, err ? !xa_load(me, &xa, 1ull << 40) : !!xa_load(me, &xa, 1ull << 40));
		MX_CHECK(x, xa_load(me, &xa, 5) == xa_mk_value(5));
		MX_CHECK(x, xa_load(me, &xa, 70) == xa_mk_value(70));
	}
	x->count[0] = nth - 2; /* how many nodes it needed */

	MX_CHECK(x, !xa_reserve(me, &xa, 1ull << 50));
	MX_CHECK(x, !xa_load(me, &xa, 1ull << 50));
	old = xa_find(me, &xa, &(u64){(1ull << 40) + 1}, XA_MAX_INDEX);
	MX_CHECK(x, !old);
	me->fail_site = "xa_node";
	me->fail_nth = 1;
	MX_CHECK(x, !xa_store(me, &xa, 1ull << 50, xa_mk_value(7), NULL));
	me->fail_site = NULL;
	MX_CHECK(x, xa_load(me, &xa, 1ull << 50) == xa_mk_value(7));
	xa_release(me, &xa, 1ull << 50);
	MX_CHECK(x, xa_load(me, &xa, 1ull << 50) == xa_mk_value(7));
	MX_CHECK(x, !xa_reserve(me, &xa, 1ull << 51));
	xa_release(me, &xa, 1ull << 51);
	MX_CHECK(x, !xa_check(&xa));
	MX_CHECK(x, !xa_store(me, &xa, XA_MAX_INDEX, xa_mk_value(9), NULL));
	MX_CHECK(x, xa_load(me, &xa, XA_MAX_INDEX) == xa_mk_value(9));
	xa_destroy(me->sim, &xa);
}

static void test_failure(void **state)
{
	struct mx x;

	mx_init(&x);
	x.sim = x_sim(&x.cfg);
	sim_task_create(x.sim, "t", ACTOR_VMM, failure_main, &x, -1);
	mx_run(&x);
	/* From one level (shift 6) to index 2^40: 6 on top, and 6 down to the leaf. */
	assert_int_equal(x.count[0], 11);
	sim_destroy(x.sim);
}

/* Lockless readers see the old or the new entry, whatever the writer does to the tree. */
struct race {
	struct mx x;
	struct xarray xa;
};

static void reader_main(struct task *me, void *arg)
{
	struct race *r = arg;

	for (u32 i = 0; i < 40; i++) {
		void *e = xa_load(me, &r->xa, 100);
		u64 index = 0;

		MX_CHECK(&r->x, e == xa_mk_value(100) || e == xa_mk_value(200));
		e = xa_find(me, &r->xa, &index, XA_MAX_INDEX);
		MX_CHECK(&r->x, e && (index == 0 || index == 100 || index == 96));
	}
}

static void writer_main(struct task *me, void *arg)
{
	struct race *r = arg;

	for (u32 i = 0; i < 10; i++) {
		xa_store(me, &r->xa, 1ull << (10 + i), xa_mk_value(1), NULL);
		xa_store(me, &r->xa, 100, xa_mk_value(200), NULL);
		xa_store(me, &r->xa, 0, xa_mk_value(3), NULL);
		xa_erase(me, &r->xa, 1ull << (10 + i));
		xa_erase(me, &r->xa, 0);
		xa_store(me, &r->xa, 100, xa_mk_value(100), NULL);
	}
}

static void race_main(struct task *me, void *arg)
{
	struct race *r = arg;

	xa_store(me, &r->xa, 100, xa_mk_value(100), NULL);
	r->x.ready = true;
	wake_up_all(me, &r->x.gate);
	writer_main(me, arg);
}

static void race_reader(struct task *me, void *arg)
{
	struct race *r = arg;

	mx_wait(me, &r->x);
	reader_main(me, arg);
}

static void test_lockless_readers(void **state)
{
	for (u64 seed = 1; seed <= 200; seed++) {
		struct race r;

		mx_init(&r.x);
		r.x.cfg.sched = SCHED_RANDOM;
		r.x.cfg.seed = seed;
		r.x.sim = x_sim(&r.x.cfg);
		xa_init(r.x.sim, &r.xa, "xa_lock", XA_FLAGS_LOCK_IRQ);
		init_waitqueue_head(r.x.sim, &r.x.gate, "gate");
		sim_task_create(r.x.sim, "w", ACTOR_VMM, race_main, &r, -1);
		sim_task_create(r.x.sim, "r1", ACTOR_VMM, race_reader, &r, -1);
		sim_task_create(r.x.sim, "r2", ACTOR_VMM, race_reader, &r, -1);
		mx_run(&r.x);
		assert_null(xa_check(&r.xa));
		assert_int_equal(mx_findings(&r.x, NULL), 0);
		sim_destroy(r.x.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_lockless_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
