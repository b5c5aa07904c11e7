// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_model.c - what the model does per page: faults, conversions, holes; and what a page takes.
 *
 * One task does everything, so no other task is ever due: this is the cost of the modelled kernel's
 * steps themselves.  A page "through convert + fault" is made private or shared with everything
 * mapped, then faulted in again by the guest and, if shared, by the host.
 */
#include "tools/benches/rig.h"

enum phase {
	GUEST_SHARED,
	GUEST_PRIVATE,
	GUEST_MAPPED,
	HOST_FAULT,
	TO_PRIVATE,
	TO_SHARED,
	ROUND,
	PUNCH,
	ALLOCATE,
	BYTES_COUNTED,
	BYTES_RESIDENT,
};

#define PAGES (1u << 15)
#define ALL   0u /* one call for all pages */

#define PHASE(phase, costs, call_pages) ((phase) | (costs) << 8 | (u64)(call_pages) << 16)

struct job {
	/* constant during a run */
	struct rig rig;
	enum phase phase;
	u64 pages;
	u64 call_pages; /* pages of one conversion */
	/* written by the task */
	double value;
};

static void guest(struct task *me, struct job *j)
{
	rig_expect("touch", guest_touch(me, 0, j->pages << PAGE_SHIFT, false, true, 1, NULL));
}

static void host(struct task *me, struct job *j)
{
	rig_expect("access", host_access(me, j->rig.hva, j->pages << PAGE_SHIFT, true, 2, NULL));
}

static void convert(struct task *me, struct job *j, u64 attrs)
{
	for (u64 i = 0; i < j->pages; i += j->call_pages)
		rig_expect("convert",
			   gmem_set_attributes(me, j->rig.f, i << PAGE_SHIFT,
					       j->call_pages << PAGE_SHIFT, attrs, NULL));
}

static void hole(struct task *me, struct job *j, u32 mode)
{
	rig_expect("fallocate", gmem_fallocate(me, j->rig.f, FALLOC_KEEP_SIZE | mode, 0,
					       (s64)(j->pages << PAGE_SHIFT)));
}

static void prepare(struct task *me, struct job *j)
{
	switch (j->phase) {
	case GUEST_SHARED:
	case GUEST_PRIVATE:
	case ALLOCATE:
		break;
	case HOST_FAULT:
	case GUEST_MAPPED:
		guest(me, j);
		break;
	case TO_PRIVATE:
	case PUNCH:
	case ROUND:
		guest(me, j);
		host(me, j);
		break;
	case TO_SHARED:
		guest(me, j);
		convert(me, j, MEMORY_ATTRIBUTE_PRIVATE);
		guest(me, j);
		break;
	default:
		break;
	}
}

/* What is measured, in one function for profilers: bench child "NAME" PAGES runs it once. */
static __attribute__((noinline)) void go(struct task *me, struct job *j)
{
	switch (j->phase) {
	case GUEST_SHARED:
	case GUEST_PRIVATE:
	case GUEST_MAPPED:
		guest(me, j);
		break;
	case HOST_FAULT:
		host(me, j);
		break;
	case TO_PRIVATE:
		convert(me, j, MEMORY_ATTRIBUTE_PRIVATE);
		break;
	case TO_SHARED:
		convert(me, j, 0);
		break;
	case ROUND:
		convert(me, j, MEMORY_ATTRIBUTE_PRIVATE);
		guest(me, j);
		convert(me, j, 0);
		guest(me, j);
		host(me, j);
		break;
	case PUNCH:
		hole(me, j, FALLOC_PUNCH_HOLE);
		break;
	case ALLOCATE:
		hole(me, j, 0);
		break;
	default:
		break;
	}
}

static void pages_main(struct task *me, void *arg)
{
	struct job *j = arg;

	rig_setup(me, &j->rig);
	prepare(me, j);
	j->value = bench_now_ns();
	go(me, j);
	j->value = bench_now_ns() - j->value;
}

static double run_pages(const struct bench *b, u64 n)
{
	struct job j = {.phase = b->arg & 0xff, .call_pages = b->arg >> 16};

	j.pages = j.phase == ROUND ? n / 2 : n;
	if (j.call_pages == ALL)
		j.call_pages = j.pages;
	rig_init(&j.rig, j.pages);
	j.rig.costs = b->arg >> 8 & 0xff;
	j.rig.init_private = j.phase == GUEST_PRIVATE;
	rig_create(&j.rig);
	rig_vcpu(&j.rig, 0, pages_main, &j);
	rig_finish(&j.rig);
	return j.value;
}

/* --- memory --- */

/* Every layer there is: frame, file, host PTE, guest leaf; attributes as @alternate says. */
static void bytes_main(struct task *me, void *arg)
{
	struct job *j = arg;
	const struct sim *sim = j->rig.sim;
	double counted, rss;

	rig_setup(me, &j->rig);
	counted = (double)sim->bytes_live;
	rss = bench_rss_bytes();
	guest(me, j);
	host(me, j);
	/* alternate attributes: each page is a run of its own */
	for (u64 i = 0; j->call_pages && i < j->pages; i += 2)
		rig_expect("convert", gmem_set_attributes(me, j->rig.f, i << PAGE_SHIFT, PAGE_SIZE,
							  MEMORY_ATTRIBUTE_PRIVATE, NULL));
	if (j->call_pages)
		guest(me, j);
	j->value = j->phase == BYTES_RESIDENT ? bench_rss_bytes() - rss :
						(double)sim->bytes_live - counted;
}

static double bytes_in_child(const struct bench *b, u64 n)
{
	struct job j = {.phase = b->arg & 0xff, .call_pages = b->arg >> 16, .pages = n};

	rig_init(&j.rig, n);
	rig_create(&j.rig);
	rig_vcpu(&j.rig, 0, bytes_main, &j);
	rig_finish(&j.rig);
	return j.value;
}

static double run_bytes(const struct bench *b, u64 n)
{
	return bench_child(b, n);
}

#define PAGES_ROW(name, phase, costs, call_pages, ...)                                       \
	{                                                                                    \
		name, "pages/s", run_pages, PHASE(phase, costs, call_pages), "plain C page", \
			.ops = PAGES, .in_child = run_pages, __VA_ARGS__                     \
	}

#define BYTE_PAGES (1u << 17)

static const struct bench benches[] = {
	{"memset 4K page", "pages/s", run_memset_page, .ops = PAGES},
	{"plain C page", "pages/s", run_plain_page, 0, "memset 4K page", .ops = PAGES},
	PAGES_ROW("convert + fault, all layers", ROUND, COSTS_ZERO, ALL, .at_least = 3e6,
		  .headline = true),
	PAGES_ROW("convert + fault, costs debian-vm", ROUND, COSTS_DEBIAN_VM, ALL, .at_least = 3e6,
		  .headline = true),
	PAGES_ROW("convert + fault, calls of 2M", ROUND, COSTS_DEBIAN_VM, 512),
	PAGES_ROW("convert + fault, calls of 4K", ROUND, COSTS_DEBIAN_VM, 1),
	PAGES_ROW("guest fault, shared, new page", GUEST_SHARED, COSTS_ZERO, ALL, .headline = true),
	PAGES_ROW("guest fault, private, new page", GUEST_PRIVATE, COSTS_ZERO, ALL),
	PAGES_ROW("guest fault, costs debian-vm", GUEST_SHARED, COSTS_DEBIAN_VM, ALL),
	PAGES_ROW("guest access, mapped", GUEST_MAPPED, COSTS_ZERO, ALL),
	PAGES_ROW("host fault", HOST_FAULT, COSTS_ZERO, ALL, .headline = true),
	PAGES_ROW("host fault, costs debian-vm", HOST_FAULT, COSTS_DEBIAN_VM, ALL),
	PAGES_ROW("convert to private, all mapped", TO_PRIVATE, COSTS_ZERO, ALL, .headline = true),
	PAGES_ROW("convert to private, costs debian-vm", TO_PRIVATE, COSTS_DEBIAN_VM, ALL),
	PAGES_ROW("convert to shared, all mapped", TO_SHARED, COSTS_ZERO, ALL, .headline = true),
	PAGES_ROW("convert to shared, costs debian-vm", TO_SHARED, COSTS_DEBIAN_VM, ALL),
	PAGES_ROW("punch hole, all mapped", PUNCH, COSTS_ZERO, ALL),
	PAGES_ROW("punch hole, costs debian-vm", PUNCH, COSTS_DEBIAN_VM, ALL),
	PAGES_ROW("allocate", ALLOCATE, COSTS_ZERO, ALL),
	{"plain C bytes", "B/page", plain_bytes, .ops = BYTE_PAGES},
	{"bytes of a page, counted", "B/page", run_bytes, PHASE(BYTES_COUNTED, 0, 0),
	 "plain C bytes", .at_most = 64, .in_child = bytes_in_child, .ops = BYTE_PAGES,
	 .headline = true},
	{"bytes of a page, resident", "B/page", run_bytes, PHASE(BYTES_RESIDENT, 0, 0),
	 "plain C bytes", .at_most = 64, .in_child = bytes_in_child, .ops = BYTE_PAGES,
	 .headline = true},
	{"... every other page private", "B/page", run_bytes, PHASE(BYTES_COUNTED, 0, 1),
	 "plain C bytes", .in_child = bytes_in_child, .ops = BYTE_PAGES / 4},
	{"bytes of a task, virtual", "B/task", run_task_bytes, ENGINE_VIRTUAL, NULL,
	 .at_most = 65536, .in_child = task_bytes_in_child, .ops = 1024, .headline = true},
	{"bytes of a task, threads", "B/task", run_task_bytes, ENGINE_THREADS, NULL,
	 .at_most = 65536, .in_child = task_bytes_in_child, .ops = 256},
	{"512 vCPUs, 1 TiB, 1 kHz faults", "sim s/s", run_vcpus, 1000, NULL, .at_least = 6,
	 .in_child = run_vcpus, .ops = 1, .headline = true},
	{"512 vCPUs, 1 TiB, 10 Hz faults", "sim s/s", run_vcpus, 10, NULL, .at_least = 300,
	 .in_child = run_vcpus, .ops = 1},
	{"schedules, 4 tasks, convert vs fault", "runs/s", run_schedule, 0, NULL, .at_least = 500e3,
	 .in_child = run_schedule,
	 .ops = 1000, .headline = true},
	{"decisions in these schedules", "steps/s", run_schedule_decisions, 0, NULL, .ops = 1000},
};

const struct bench_suite bench_model = {
	"model",
	"the model: CPU time, in time order unless it says otherwise",
	benches,
	ARRAY_SIZE(benches),
};
