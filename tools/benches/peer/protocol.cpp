// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small protocol of tools/benches/bench_peer.c, operation by operation, for Relacy (a header-only
 * checker of C++ programs, https://github.com/dvyukov/relacy): what the same schedules cost there.
 *
 * usage: relacy-protocol TASKS SCHEDULES      (TASKS: 2 or 4)
 * output: CPU nanoseconds of all schedules, visible operations of all schedules
 */
#include <relacy/relacy.hpp>
#include <relacy/pthread.h>

#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

enum { SHARED, PRIVATE, UNMAPPED };

static unsigned long long visible;

template <unsigned NR> struct protocol : rl::test_suite<protocol<NR>, NR> {
	pthread_rwlock_t invalidate_lock, mmu_lock;
	rl::atomic<int> attribute, seq, in_progress;
	rl::var<int> mapping;

	void before()
	{
		pthread_rwlock_init(&invalidate_lock, 0);
		pthread_rwlock_init(&mmu_lock, 0);
		attribute($) = SHARED;
		seq($) = 0;
		in_progress($) = 0;
		mapping($) = UNMAPPED;
	}

	void convert()
	{
		pthread_rwlock_wrlock(&invalidate_lock);
		pthread_rwlock_wrlock(&mmu_lock);
		in_progress($).fetch_add(1, rl::memory_order_seq_cst);
		mapping($) = UNMAPPED;
		pthread_rwlock_unlock(&mmu_lock);
		attribute($).store(PRIVATE, rl::memory_order_seq_cst);
		pthread_rwlock_wrlock(&mmu_lock);
		seq($).fetch_add(1, rl::memory_order_seq_cst);
		in_progress($).fetch_sub(1, rl::memory_order_seq_cst);
		pthread_rwlock_unlock(&mmu_lock);
		pthread_rwlock_unlock(&invalidate_lock);
		visible += 11;
	}

	/* Return: false: once more. */
	bool fault()
	{
		int snapshot = seq($).load(rl::memory_order_seq_cst);
		int attr = attribute($).load(rl::memory_order_seq_cst);
		bool retry;

		pthread_rwlock_rdlock(&invalidate_lock);
		pthread_rwlock_unlock(&invalidate_lock);
		pthread_rwlock_wrlock(&mmu_lock);
		retry = in_progress($).load(rl::memory_order_seq_cst) ||
			seq($).load(rl::memory_order_seq_cst) != snapshot;
		if (!retry)
			mapping($) = attr;
		pthread_rwlock_unlock(&mmu_lock);
		visible += 8;
		return !retry;
	}

	void other()
	{
		pthread_rwlock_rdlock(&invalidate_lock);
		pthread_rwlock_unlock(&invalidate_lock);
		visible += 2;
	}

	void thread(unsigned index)
	{
		if (index == 0)
			convert();
		else if (index == 3)
			other();
		else
			while (!fault())
				;
	}

	void after()
	{
		RL_ASSERT(mapping($) == UNMAPPED ||
			  mapping($) == attribute($).load(rl::memory_order_seq_cst));
		pthread_rwlock_destroy(&invalidate_lock);
		pthread_rwlock_destroy(&mmu_lock);
	}
};

static double now_ns()
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

int main(int argc, char **argv)
{
	std::ostringstream quiet;
	rl::test_params params;
	double ns;
	bool ok;

	if (argc != 3)
		return 64;
	params.iteration_count = strtoull(argv[2], 0, 10);
	params.search_type = rl::random_scheduler_type;
	params.output_stream = &quiet;
	params.progress_stream = &quiet;
	ns = now_ns();
	ok = atoi(argv[1]) == 2 ? rl::simulate<protocol<2> >(params) :
				  rl::simulate<protocol<4> >(params);
	ns = now_ns() - ns;
	if (!ok || params.stop_iteration < params.iteration_count) {
		fprintf(stderr, "relacy: %s\n", quiet.str().c_str());
		return 70;
	}
	printf("%.17g %llu\n", ns, visible);
	return 0;
}
