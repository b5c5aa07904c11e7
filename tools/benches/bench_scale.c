// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_scale.c - what large guests of huge pages take: resident memory, all layers together, and
 * the time to build them.  Each row is a process of its own.
 */
#include "tools/benches/rig.h"

#define GIB_PAGES (1ull << PUD_SHIFT)
#define PUD_SHIFT 18

enum scale_what {
	SCALE_MIB,	/* resident, of the guest with its file and page tables */
	SCALE_PER_HUGE, /* the same before anything is split, for each huge page */
	SCALE_PER_PAGE, /* the same at the end, for each 4K page of what is split */
	SCALE_MS,	/* CPU time from an empty machine on */
};

/* arg: guest size in GiB, how many of these are split, and what is asked. */
#define SCALE(gib, split, what)	   ((u64)(gib) | (u64)(split) << 16 | (u64)(what) << 32)
#define SCALE_GIB(arg)		   ((arg) & 0xffff)
#define SCALE_SPLIT(arg)	   ((arg) >> 16 & 0xffff)
#define SCALE_WHAT(arg)		   ((enum scale_what)((arg) >> 32))

struct scale {
	/* written by the only task */
	struct rig rig;
	u64 arg;
	double value;
};

static void touch(struct task *me, u64 page, u64 nr, bool is_private)
{
	rig_expect("touch", guest_touch(me, page << PAGE_SHIFT, nr << PAGE_SHIFT, is_private, true,
					1, NULL));
}

/* Every huge page is there and mapped; with smaller leaves each would take a page table or two. */
static void map_whole(struct task *me, struct scale *s)
{
	for (u64 i = 0; i < SCALE_GIB(s->arg); i++)
		touch(me, i * GIB_PAGES, 1, true);
}

/* The first ones become shared: pieces of 4K, each with a guest leaf and a host PTE. */
static void split_some(struct task *me, struct scale *s)
{
	for (u64 i = 0; i < SCALE_SPLIT(s->arg); i++) {
		u64 gfn = i * GIB_PAGES;

		rig_expect("convert",
			   gmem_set_attributes(me, s->rig.f, gfn << PAGE_SHIFT,
					       GIB_PAGES << PAGE_SHIFT, 0, NULL));
		touch(me, gfn, GIB_PAGES, false);
		rig_expect("access", host_access(me, s->rig.hva + (gfn << PAGE_SHIFT),
						 GIB_PAGES << PAGE_SHIFT, true, 2, NULL));
	}
}

static void scale_main(struct task *me, void *arg)
{
	struct scale *s = arg;
	double rss = bench_rss_bytes(), ns = bench_now_ns(), huge, all;

	rig_setup(me, &s->rig);
	map_whole(me, s);
	huge = bench_rss_bytes() - rss;
	split_some(me, s);
	all = bench_rss_bytes() - rss;
	switch (SCALE_WHAT(s->arg)) {
	case SCALE_MIB:
		s->value = all / (1 << 20);
		break;
	case SCALE_PER_HUGE:
		s->value = huge / (double)SCALE_GIB(s->arg);
		break;
	case SCALE_PER_PAGE:
		s->value = (all - huge) / (double)(SCALE_SPLIT(s->arg) * GIB_PAGES);
		break;
	case SCALE_MS:
		s->value = (bench_now_ns() - ns) / 1e6;
		break;
	}
}

static double scale_in_child(const struct bench *b, u64 n)
{
	struct scale s = {.arg = b->arg};

	rig_init(&s.rig, SCALE_GIB(b->arg) * GIB_PAGES);
	s.rig.page_order = PUD_SHIFT;
	s.rig.init_private = true;
	rig_create(&s.rig);
	rig_vcpu(&s.rig, 0, scale_main, &s);
	rig_run(&s.rig);
	return s.value;
}

static double run_scale(const struct bench *b, u64 n)
{
	return bench_child(b, n);
}

#define ROW(name, unit, gib, split, what, ...)                                        \
	{                                                                             \
		name, unit, run_scale, SCALE(gib, split, what), NULL, .ops = 1,       \
			.once = true, .in_child = scale_in_child, __VA_ARGS__         \
	}

static const struct bench benches[] = {
	ROW("1 TiB of 1G folios, 16 split", "MiB", 1024, 16, SCALE_MIB, .at_most = 1024),
	ROW("... CPU time of the 1 TiB", "ms", 1024, 16, SCALE_MS),
	ROW("... an unsplit 1G page", "B/page", 1024, 0, SCALE_PER_HUGE, .at_most = 4096),
	ROW("64 GiB split, guest and host map 4K", "MiB", 64, 64, SCALE_MIB, .at_most = 4096),
	ROW("... CPU time of the 64 GiB", "ms", 64, 64, SCALE_MS),
	ROW("a 4K page of 8 GiB split", "B/page", 8, 8, SCALE_PER_PAGE, .at_most = 64),
};

const struct bench_suite bench_scale = {
	.name = "scale",
	.title = "scale: resident memory and CPU time of large guests, kernel hugetlb-wip",
	.bench = benches,
	.nr = ARRAY_SIZE(benches),
};
