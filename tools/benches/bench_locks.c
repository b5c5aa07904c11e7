// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_locks.c - what a lock pair costs: on both engines, alone and contended, beside the same
 * lock without its reports (bare.h) and the C library's.
 *
 * Budgets (design section 11) are for real threads: at most 25 ns above the bare pair with
 * statistics, at most 3 ns without.
 */
#include <pthread.h>

#include "tools/benches/bench.h"
#include "tools/benches/pairs.h"

#define LOCK_ARG(kind, setting, tasks) ((kind) | (setting) << 8 | (tasks) << 16)

static double run_pairs(const struct bench *b, u64 n)
{
	return pairs_run(b->arg & 0xff, b->arg >> 8 & 0xff, (u32)(b->arg >> 16), n);
}

static double run_bare(const struct bench *b, u64 n)
{
	return bare_pairs_run(b->arg & 0xff, b->arg >> 8 & 0xff, (u32)(b->arg >> 16), n);
}

/* What any lock pays at least: two locked instructions on a line that is in the cache. */
static double run_instructions(const struct bench *b, u64 n)
{
	u64 word = 0;
	double ns = bench_now_ns();

	for (u64 i = 0; i < n; i++) {
		u64 old = 0;

		__atomic_compare_exchange_n(&word, &old, 1, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED);
		__atomic_sub_fetch(&word, 1, __ATOMIC_RELEASE);
	}
	return bench_now_ns() - ns;
}

/* The C library's locks. */

enum pthread_kind { PT_MUTEX, PT_RDLOCK, PT_WRLOCK, PT_SPIN };

struct pt {
	/* protected by itself */
	pthread_mutex_t mutex;
	pthread_rwlock_t rw;
	pthread_spinlock_t spin;
	/* constant during a run */
	enum pthread_kind kind;
	u64 n;
};

static void *pt_pairs(void *arg)
{
	struct pt *p = arg;

	for (u64 i = 0; i < p->n; i++) {
		switch (p->kind) {
		case PT_MUTEX:
			pthread_mutex_lock(&p->mutex);
			pthread_mutex_unlock(&p->mutex);
			break;
		case PT_RDLOCK:
			pthread_rwlock_rdlock(&p->rw);
			pthread_rwlock_unlock(&p->rw);
			break;
		case PT_WRLOCK:
			pthread_rwlock_wrlock(&p->rw);
			pthread_rwlock_unlock(&p->rw);
			break;
		case PT_SPIN:
			pthread_spin_lock(&p->spin);
			pthread_spin_unlock(&p->spin);
			break;
		}
	}
	return NULL;
}

/* In a second thread: the library drops the locked instructions while there is only one. */
static double run_pthread(const struct bench *b, u64 n)
{
	struct pt p = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_RWLOCK_INITIALIZER, 0, .kind = b->arg,
		       .n = n};
	pthread_t thread;
	double ns = bench_now_ns();

	pthread_spin_init(&p.spin, PTHREAD_PROCESS_PRIVATE);
	if (pthread_create(&thread, NULL, pt_pairs, &p))
		return 0;
	pthread_join(thread, NULL);
	return bench_now_ns() - ns;
}

#define THR_ADDED 25
#define OFF_ADDED 3

#define PAIRS(what, kind)                                                                      \
	{"bare " what, "ns/pair", run_bare, LOCK_ARG(kind, THREADS, 1u), "2 locked instr."},   \
		{what ", threads", "ns/pair",	      run_pairs, LOCK_ARG(kind, THREADS, 1u),  \
		 "bare " what,	   .added = THR_ADDED},                                        \
		{what ", threads, no statistics",    "ns/pair",	   run_pairs,                  \
		 LOCK_ARG(kind, THREADS_NOSTAT, 1u), "bare " what, .added = OFF_ADDED},        \
		{"bare " what ", virtual", "ns/pair", run_bare, LOCK_ARG(kind, FIFO, 1u),      \
		 "2 locked instr."},                                                           \
		{what ", virtual, time order", "ns/pair", run_pairs, LOCK_ARG(kind, FIFO, 1u), \
		 "bare " what ", virtual"},                                                    \
	{                                                                                      \
		what ", virtual, random", "ns/pair", run_pairs, LOCK_ARG(kind, RANDOM, 1u),    \
			"bare " what ", virtual"                                               \
	}

#define PT(name, kind)                                                \
	{                                                             \
		name, "ns/pair", run_pthread, kind, "2 locked instr." \
	}

static const struct bench benches[] = {
	{"2 locked instr.", "ns/pair", run_instructions},
	PT("pthread mutex", PT_MUTEX),
	PT("pthread rwlock R", PT_RDLOCK),
	PT("pthread rwlock W", PT_WRLOCK),
	PT("pthread spinlock", PT_SPIN),
	{"bare mutex", "ns/pair", run_bare, LOCK_ARG(MUTEX, THREADS, 1u), "pthread mutex",
	 .headline = true},
	{"mutex, threads", "ns/pair", run_pairs, LOCK_ARG(MUTEX, THREADS, 1u), "bare mutex",
	 .added = THR_ADDED, .headline = true},
	{"mutex, threads, no statistics", "ns/pair", run_pairs, LOCK_ARG(MUTEX, THREADS_NOSTAT, 1u),
	 "bare mutex", .added = OFF_ADDED, .headline = true},
	{"bare mutex, virtual", "ns/pair", run_bare, LOCK_ARG(MUTEX, FIFO, 1u), "pthread mutex",
	 .headline = true},
	{"mutex, virtual, time order", "ns/pair", run_pairs, LOCK_ARG(MUTEX, FIFO, 1u),
	 "bare mutex, virtual", .headline = true},
	{"mutex, virtual, random", "ns/pair", run_pairs, LOCK_ARG(MUTEX, RANDOM, 1u),
	 "bare mutex, virtual", .headline = true},
	PAIRS("rwsem R", RWSEM_R),
	PAIRS("rwsem W", RWSEM_W),
	PAIRS("rwlock R", RWLOCK_R),
	PAIRS("rwlock W", RWLOCK_W),
	PAIRS("spinlock", SPINLOCK),
	PAIRS("srcu", SRCU),
	PAIRS("bit lock", BITLOCK),
	{"bare mutex, virtual, 2 that meet", "ns/pair", run_bare, LOCK_ARG(MEET, RANDOM, 2u),
	 "2x pthread mutex", .headline = true},
	{"mutex, virtual, 2 tasks", "ns/pair", run_pairs, LOCK_ARG(MUTEX, RANDOM, 2u),
	 "bare mutex, virtual"},
	{"mutex, virtual, 2 that meet", "ns/pair", run_pairs, LOCK_ARG(MEET, RANDOM, 2u),
	 "bare mutex, virtual, 2 that meet", .headline = true},
	{"mutex, virtual, 8 that meet", "ns/pair", run_pairs, LOCK_ARG(MEET, RANDOM, 8u),
	 "bare mutex, virtual, 2 that meet"},
};

const struct bench_suite bench_locks = {
	"locks",
	"lock pairs: CPU time of all threads",
	benches,
	ARRAY_SIZE(benches),
};
