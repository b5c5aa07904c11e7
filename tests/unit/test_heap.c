// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_heap.c - heap and time queue against plain arrays, and the region's size classes.
 */
#include "simtest.h"
#include "sim/prng.h"
#include "sim/region.h"
#include "sim/virtual/heap.h"
#include "sim/virtual/timeq.h"

#define N 500

struct model {
	struct heap h;
	struct heap_elem room[N];
	u32 pos[N];
	struct heap_elem in[N]; /* by id */
	bool queued[N];
	u64 seq;
};

static void check_shape(struct model *m)
{
	u32 n = 0;

	for (u32 i = 1; i < m->h.len; i++)
		assert_false(heap_less(m->h.e[i], m->h.e[(i - 1) / 4]));
	for (u32 id = 0; id < N; id++) {
		n += m->queued[id];
		if (m->queued[id])
			assert_int_equal(m->h.e[m->pos[id]].tag, m->in[id].tag);
		else
			assert_int_equal(m->pos[id], HEAP_NOWHERE);
	}
	assert_int_equal(n, m->h.len);
}

static struct heap_elem least(const struct model *m)
{
	struct heap_elem best = { UINT64_MAX, UINT64_MAX };

	for (u32 id = 0; id < N; id++) {
		if (m->queued[id] && heap_less(m->in[id], best))
			best = m->in[id];
	}
	return best;
}

static struct heap_elem fresh(struct model *m, struct prng *rng, u32 id)
{
	/* few distinct keys, so that the order of queueing matters */
	return (struct heap_elem){ prng_below(rng, 50), m->seq++ << HEAP_ID_BITS | id };
}

static void behaves_like_a_sorted_list(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	struct prng rng;

	prng_seed(&rng, 3);
	m->h.e = m->room;
	m->h.cap = N;
	memset(m->pos, 0xff, sizeof(m->pos));
	for (u32 step = 0; step < 20000; step++) {
		u32 id = prng_below(&rng, N), what = prng_below(&rng, 4);
		struct heap_elem x, want;

		if (!m->queued[id] && what < 2) {
			m->in[id] = fresh(m, &rng, id);
			m->queued[id] = true;
			heap_push(&m->h, m->pos, m->in[id]);
		} else if (m->queued[id] && what == 2) {
			heap_remove(&m->h, m->pos, m->pos[id]);
			m->queued[id] = false;
		} else if (m->h.len && what == 3) {
			want = least(m);
			if (m->queued[id]) {
				x = heap_pop(&m->h, m->pos);
				m->queued[HEAP_ID(x.tag)] = false;
			} else {
				m->in[id] = fresh(m, &rng, id);
				x = heap_replace_top(&m->h, m->pos, m->in[id]);
				m->queued[HEAP_ID(x.tag)] = false;
				m->queued[id] = true;
			}
			assert_int_equal(x.key, want.key);
			assert_int_equal(x.tag, want.tag);
		}
		if (step % 100 == 0)
			check_shape(m);
	}
	free(m);
}

struct tmodel {
	struct timeq q;
	struct timeq_node node[N];
	u64 order[N]; /* when it was queued */
	u64 seq;
};

/* The least (time, order) among the queued, by looking at all. */
static u32 tmodel_first(const struct tmodel *m)
{
	u32 best = TIMEQ_NONE;

	for (u32 id = 0; id < N; id++) {
		if (!timeq_has(&m->q, id))
			continue;
		if (best == TIMEQ_NONE || m->node[id].at_ns < m->node[best].at_ns ||
		    (m->node[id].at_ns == m->node[best].at_ns && m->order[id] < m->order[best]))
			best = id;
	}
	return best;
}

/* Delays of all magnitudes, many of them equal. */
static u64 delay(struct prng *rng)
{
	u32 bits = prng_below(rng, 61);

	return prng_below(rng, 3) ? prng_below(rng, 4) * 50 : prng_next(rng) >> (63 - bits);
}

static void time_queue_behaves_like_a_sorted_list(void **state)
{
	struct tmodel *m = calloc(1, sizeof(*m));
	struct prng rng;

	for (u64 seed = 0; seed < 8; seed++) {
		u64 now_ns = 0;

		prng_seed(&rng, seed);
		timeq_init(&m->q, m->node, N);
		for (u32 step = 0; step < 8000; step++) {
			u32 id = prng_below(&rng, N), first = tmodel_first(m);
			u64 at_ns = now_ns + delay(&rng);

			assert_int_equal(first == TIMEQ_NONE, m->q.len == 0);
			if (first != TIMEQ_NONE)
				assert_true(timeq_horizon(&m->q) <= m->node[first].at_ns);
			if (timeq_has(&m->q, id) && prng_below(&rng, 2)) {
				timeq_del(&m->q, id);
			} else if (!timeq_has(&m->q, id) && prng_below(&rng, 2) &&
				   at_ns < 1ull << 63) {
				timeq_add(&m->q, id, at_ns);
				m->order[id] = m->seq++;
			} else if (first != TIMEQ_NONE) {
				assert_int_equal(timeq_pop(&m->q), first);
				assert_true(m->node[first].at_ns >= now_ns);
				assert_int_equal(m->q.base_ns, m->node[first].at_ns);
				now_ns = m->q.base_ns;
			}
		}
	}
	free(m);
}

static void region_sizes_fit_and_are_tight(void **state)
{
	u32 last = 0;

	for (size_t bytes = 1; bytes <= REGION_MAX_BLOCK; bytes++) {
		size_t rounded;
		u32 size = region_size(bytes, &rounded);

		assert_true(size < REGION_NR_SIZES);
		assert_true(size >= last);
		assert_true(rounded >= bytes);
		assert_true(rounded % 16 == 0);
		assert_true(rounded - bytes < max((size_t)16, bytes / 4));
		last = size;
	}
}

static void region_blocks_do_not_overlap(void **state)
{
	struct chunk_pool pool = { 0 };
	struct region r;
	struct prng rng;
	struct {
		u8 *p;
		size_t bytes;
	} b[1500] = { { 0 } }; /* enough at once for huge chunks */

	prng_seed(&rng, 5);
	for (u32 round = 0; round < 3; round++) {
		region_init(&r, &pool);
		memset(b, 0, sizeof(b));
		for (u32 step = 0; step < 5000; step++) {
			u32 i = prng_below(&rng, ARRAY_SIZE(b));

			if (b[i].p) {
				for (size_t k = 0; k < b[i].bytes; k += 64)
					assert_int_equal(b[i].p[k], (u8)i);
				assert_int_equal(b[i].p[b[i].bytes - 1], (u8)i);
				region_free(&r, b[i].p, b[i].bytes);
			}
			b[i].bytes = prng_below(&rng, REGION_MAX_BLOCK) >> prng_below(&rng, 14);
			b[i].bytes++;
			b[i].p = region_alloc(&r, b[i].bytes, step % 2);
			assert_true(((uintptr_t)b[i].p & 15) == 0);
			for (size_t k = 0; step % 2 && k < b[i].bytes; k++)
				assert_int_equal(b[i].p[k], 0);
			memset(b[i].p, (int)i, b[i].bytes);
		}
		region_exit(&r);
		assert_true(pool.nr > 0);
	}
	chunk_pool_exit(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behaves_like_a_sorted_list),
		cmocka_unit_test(time_queue_behaves_like_a_sorted_list),
		cmocka_unit_test(region_sizes_fit_and_are_tight),
		cmocka_unit_test(region_blocks_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
