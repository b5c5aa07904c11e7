/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/gmem_fixture.h - one machine with one VM and one guest_memfd, and actors for it.
 *
 * A set-up task makes the file, binds it at gpa 0 and maps it if it can be mapped; the actors wait
 * for it.  They record what operations answered, in order; tests judge after the run.
 */
#ifndef TESTS_UNIT_GMEM_FIXTURE_H
#define TESTS_UNIT_GMEM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/check.h"
#include "model/gmem/inode.h"
#include "model/kvm/vcpu.h"
#include "model/kvm/vm.h"
#include "model/mm/mmap.h"
#include "model/ops.h"
#include "sim/wait.h"

#define GX_ACTORS 8
#define GX_RET	  64
#define PG(n)	  ((u64)(n) << PAGE_SHIFT)

struct gx_cfg {
	/* constant; 0 is the default */
	enum kernel_design kernel;
	enum vm_type type;
	enum engine_kind engine;
	enum sched_policy sched;
	u64 seed;	 /* 0: 1 */
	u64 nr_pages;	 /* 0: 8 */
	u64 flags;	 /* of gmem_create() */
	u32 page_order;	 /* of a file of huge pages, from a pool of that order */
	u64 pool_pages;	 /* huge pages in that pool; 0: what the file needs */
	bool hvo;
	u32 nr_vcpus;	 /* 0: 1 */
	bool no_slot;	 /* leave the file unbound */
	bool no_checks;	 /* no pass after each operation */
	bool no_lru;	 /* no LRU batches */
	bool timed;	 /* random costs, fewer CPUs than tasks, any preemption model */
	const char *bug;
	const char *locking; /* NULL: "file" */
	u64 locking_arg;
	const struct gmem_locking_ops *locking_ops; /* instead: a strategy that is in no table */
	bool td;	 /* type VM_TDX: a TD, of which the set-up task makes one that runs */
	bool dynamic_pamt;
};

struct gx;

struct gx_actor {
	/* set-up time */
	struct gx *x;
	void (*fn)(struct task *me, struct gx *x);
	u32 id;
};

struct gx {
	/* constant once the set-up task has run */
	struct gx_cfg cfg;
	struct sim *sim;
	struct machine *m;
	struct mm_struct *mm;
	struct vm *vm;
	struct gmem_file *f;
	hva_t hva;
	struct gx_actor actor[GX_ACTORS];
	u32 nr_actors;
	/* protected by wq's guard */
	bool ready;
	struct wait_queue_head wq;
	/* written by the actors, each its own if there are several */
	s64 ret[GX_RET];
	u32 nr_ret;
	u64 err_offset;
	struct access_info info;
	void *priv;
};

static void gx_wait_ready(struct task *me, struct gx *x)
{
	wait_event(me, &x->wq, __atomic_load_n(&x->ready, __ATOMIC_ACQUIRE));
}

static void gx_actor_main(struct task *me, void *arg)
{
	struct gx_actor *a = arg;

	gx_wait_ready(me, a->x);
	a->fn(me, a->x);
	task_work_run(me);
}

static void gx_setup(struct task *me, void *arg)
{
	struct gx *x = arg;
	s64 ret = 0;

	if (gmem_create_order(me, x->vm, (s64)PG(x->cfg.nr_pages), x->cfg.flags, x->cfg.page_order,
			      &x->f) == 0) {
		if (!x->cfg.no_slot)
			ret = vm_set_memory_region(me, x->vm, 0, 0, PG(x->cfg.nr_pages), x->f, 0,
						   0);
		if (!ret && (x->cfg.flags & GMEM_FLAG_MMAP))
			ret = sys_mmap(me, x->f, 0, PG(x->cfg.nr_pages), true, &x->hva);
		if (ret)
			sim_finding(x->sim, me, "test", "set-up answered %lld", (long long)ret);
	}
	if (x->cfg.td && !ret) {
		ret = tdx_build_vm(me, x->vm);
		if (!ret)
			ret = tdx_finalize_vm(me, x->vm);
		if (ret)
			sim_finding(x->sim, me, "test", "building the TD answered %lld",
				    (long long)ret);
	}
	__atomic_store_n(&x->ready, true, __ATOMIC_RELEASE);
	wake_up_all(me, &x->wq);
}

__attribute__((unused)) static struct gx *gx_new(struct gx_cfg cfg)
{
	struct gx *x = calloc(1, sizeof(*x));
	struct machine_config mc = {
		.kernel = cfg.kernel,
		.locking = cfg.locking,
		.locking_arg = cfg.locking_arg,
		.locking_ops = cfg.locking_ops,
		.bug = cfg.bug,
	};
	struct sim_config sc;
	struct task *t;

	cfg.nr_pages = cfg.nr_pages ? cfg.nr_pages : 8;
	cfg.nr_vcpus = cfg.nr_vcpus ? cfg.nr_vcpus : 1;
	x->cfg = cfg;
	sim_config_default(&sc);
	sc.seed = cfg.seed ? cfg.seed : 1;
	sc.engine = cfg.engine;
	sc.sched = cfg.sched;
	sc.nr_cpus = 8;
	sc.lock_stat = true;
	if (cfg.timed) {
		sc.nr_cpus = 1 + (u32)(sc.seed % 3);
		sc.preempt = (enum preempt_model)((sc.seed >> 2) % 4);
		for (u32 i = 0; i < NR_COSTS; i++)
			mc.costs.dist[i] = (struct sim_dist){ DIST_UNIFORM, 0, 3000 };
	}
	x->sim = sim_create(&sc);
	assert_non_null(x->sim);
	mc.memory_pages = 1024;
	if (cfg.page_order) {
		x->cfg.flags |= GMEM_FLAG_HUGETLB;
		mc.hugetlb[0].order = cfg.page_order;
		mc.hugetlb[0].nr_huge_pages = cfg.pool_pages ? cfg.pool_pages :
							       cfg.nr_pages >> cfg.page_order;
		mc.memory_pages += cfg.nr_pages + cfg.pool_pages;
		mc.hugetlb_optimize_vmemmap = cfg.hvo;
	}
	mc.enable_tdx = cfg.td;
	mc.memory_pages += cfg.td ? 1024 : 0;
	mc.tdx.dynamic_pamt = cfg.dynamic_pamt;
	mc.tdx_huge_pages = cfg.td;
	mc.lru_batches = !cfg.no_lru;
	mc.checks = !cfg.no_checks;
	x->m = machine_create(x->sim, &mc);
	x->mm = mm_create(x->m, "vmm");
	x->vm = vm_create(x->m, "vm", cfg.type, x->mm, cfg.nr_vcpus);
	init_waitqueue_head(x->sim, &x->wq, "gx.ready");
	t = sim_task_create(x->sim, "setup", ACTOR_VMM, gx_setup, x, -1);
	task_bind_mm(t, x->mm);
	return x;
}

/* An actor; @vcpu >= 0 makes it that vCPU of @vm. */
static struct task *gx_actor_in(struct gx *x, struct vm *vm, s32 vcpu,
				void (*fn)(struct task *me, struct gx *x))
{
	struct gx_actor *a = &x->actor[x->nr_actors];
	char name[SIM_TASK_NAME];
	struct task *t;

	*a = (struct gx_actor){ .x = x, .fn = fn, .id = x->nr_actors++ };
	snprintf(name, sizeof(name), vcpu < 0 ? "vmm%u" : "vcpu%u", a->id);
	t = sim_task_create(x->sim, name, vcpu < 0 ? ACTOR_VMM : ACTOR_GUEST, gx_actor_main, a, -1);
	if (vcpu < 0)
		task_bind_mm(t, x->mm);
	else
		task_bind_vcpu(t, vm_vcpu(vm, (u32)vcpu));
	return t;
}

__attribute__((unused)) static struct task *gx_actor(struct gx *x, s32 vcpu,
						     void (*fn)(struct task *me, struct gx *x))
{
	return gx_actor_in(x, x->vm, vcpu, fn);
}

/* Record what an operation answered, and look at everything if the machine is checked. */
__attribute__((unused)) static s64 gx_ret(struct task *me, struct gx *x, s64 ret)
{
	if (x->nr_ret < GX_RET)
		x->ret[x->nr_ret++] = ret;
	if (!x->cfg.no_checks)
		machine_check_op(me);
	return ret;
}

__attribute__((unused)) static void gx_run(struct gx *x)
{
	sim_run(x->sim);
	machine_check_at_rest(x->m);
}

__attribute__((unused)) static void gx_free(struct gx *x)
{
	sim_destroy(x->sim);
	free(x);
}

/* Nothing was found. */
__attribute__((unused)) static void gx_silent(const struct gx *x)
{
	for (u32 i = 0; i < x->sim->nr_findings; i++)
		print_message("# %s: %s\n", x->sim->findings[i].rule, x->sim->findings[i].message);
	assert_int_equal(x->sim->nr_findings, 0);
}

/* How many findings of @rule are there? */
__attribute__((unused)) static u32 gx_found(const struct gx *x, const char *rule)
{
	u32 n = 0;

	for (u32 i = 0; i < x->sim->nr_findings; i++)
		n += !strcmp(x->sim->findings[i].rule, rule);
	return n;
}

/* The recorded answers are @want. */
__attribute__((unused)) static void gx_expect(const struct gx *x, const s64 *want, u32 nr)
{
	for (u32 i = 0; i < nr && i < x->nr_ret; i++) {
		if (x->ret[i] != want[i])
			print_message("# answer %u is %lld, not %lld\n", i, (long long)x->ret[i],
				      (long long)want[i]);
		assert_int_equal(x->ret[i], want[i]);
	}
	assert_int_equal(x->nr_ret, nr);
}
#define GX_EXPECT(x, ...)                                                                          \
	do {                                                                                       \
		const s64 __want[] = { __VA_ARGS__ };                                              \
		gx_expect(x, __want, ARRAY_SIZE(__want));                                          \
	} while (0)

/* Run one actor in one machine, expect these answers and no finding. */
#define GX_CASE(cfg_, vcpu, fn, ...)                                                               \
	do {                                                                                       \
		struct gx *__x = gx_new(cfg_);                                                     \
		gx_actor(__x, vcpu, fn);                                                           \
		gx_run(__x);                                                                       \
		GX_EXPECT(__x, __VA_ARGS__);                                                       \
		gx_silent(__x);                                                                    \
		gx_free(__x);                                                                      \
	} while (0)

/* One page of the mapping: what the first byte is, or how the access ended (negative). */
/* The last access is looked at where only one is made at a time. */
__attribute__((unused)) static s64 gx_accessed(struct gx *x, const struct access_info *info, s64 r)
{
	if (x->sim->is_virtual)
		x->info = *info;
	return r;
}

__attribute__((unused)) static s64 gx_read(struct task *me, struct gx *x, u64 index)
{
	struct access_info info;
	s64 r = host_access(me, x->hva + PG(index), 1, false, 0, &info);

	return gx_accessed(x, &info, r) ? r : info.first_byte;
}

__attribute__((unused)) static s64 gx_write(struct task *me, struct gx *x, u64 index, u8 byte)
{
	struct access_info info;
	s64 r = host_access(me, x->hva + PG(index), 1, true, byte, &info);

	return gx_accessed(x, &info, r);
}

__attribute__((unused)) static s64 gx_guest_read(struct task *me, struct gx *x, u64 index,
						 bool is_private)
{
	struct access_info info;
	s64 r = guest_touch(me, PG(index), 1, is_private, false, 0, &info);

	return gx_accessed(x, &info, r) ? r : info.first_byte;
}

__attribute__((unused)) static s64 gx_guest_write(struct task *me, struct gx *x, u64 index,
						  bool is_private, u8 byte)
{
	struct access_info info;
	s64 r = guest_touch(me, PG(index), 1, is_private, true, byte, &info);

	return gx_accessed(x, &info, r);
}

/* The file's attributes, or in mainline the VM's. */
__attribute__((unused)) static s64 gx_convert(struct task *me, struct gx *x, u64 index, u64 nr,
					      bool to_private)
{
	u64 attrs = to_private ? MEMORY_ATTRIBUTE_PRIVATE : 0, err_offset = x->err_offset;
	s64 r;

	if (x->cfg.kernel == KERNEL_MAINLINE)
		return vm_set_mem_attributes(me, x->vm, PG(index), PG(nr), attrs);
	r = gmem_set_attributes(me, x->f, PG(index), PG(nr), attrs, &err_offset);
	if (x->sim->is_virtual)
		x->err_offset = err_offset;
	return r;
}

__attribute__((unused)) static s64 gx_punch(struct task *me, struct gx *x, u64 index, u64 nr)
{
	return gmem_fallocate(me, x->f, FALLOC_KEEP_SIZE | FALLOC_PUNCH_HOLE, (s64)PG(index),
			      (s64)PG(nr));
}

__attribute__((unused)) static s64 gx_allocate(struct task *me, struct gx *x, u64 index, u64 nr)
{
	return gmem_fallocate(me, x->f, FALLOC_KEEP_SIZE, (s64)PG(index), (s64)PG(nr));
}

#endif
