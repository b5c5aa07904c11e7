/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/kvm_fixture.h - one machine, one process, one VM, and tasks to use them.
 *
 * A set-up task runs x->setup (by default: one guest_memfd, bound as slot 0 at KX_GPA); the others
 * wait for it.  Tasks only record what they see (KX_CHECK); kx_finish() asserts on the main stack
 * and has model/check look at the machine at rest.
 */
#ifndef TESTS_UNIT_KVM_FIXTURE_H
#define TESTS_UNIT_KVM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/events.h"
#include "model/gmem/gmem.h"
#include "model/kvm/invalidate.h"
#include "model/kvm/memslots.h"
#include "model/kvm/mmu.h"
#include "model/kvm/tdp_mmu.h"
#include "model/kvm/vcpu.h"
#include "model/kvm/vm.h"
#include "model/mm/mmap.h"
#include "model/ops.h"
#include "sim/wait.h"

#define KX_GPA	 0x10000000ull
#define KX_PAGES 16
#define PG(n)	 ((u64)(n) << PAGE_SHIFT)
#define GFN(n)	 ((KX_GPA >> PAGE_SHIFT) + (n))
#define KX_GMEM	 (GMEM_FLAG_MMAP | GMEM_FLAG_INIT_SHARED)

struct kx {
	/* the test's; before kx_start() */
	struct sim_config cfg;
	struct machine_config mcfg;
	enum vm_type type;
	u32 nr_vcpus;
	u64 pages;
	u64 gmem_flags;
	void (*setup)(struct task *me, struct kx *x);
	void *priv;

	/* constant once set up */
	struct sim *sim;
	struct machine *m;
	struct mm_struct *mm;
	struct vm *vm;
	struct gmem_file *gmem;
	hva_t hva;

	/* written by the tasks */
	bool ready;
	struct wait_queue_head gate;
	const char *failed;
	s64 ret[8];
	u64 count[8];
	struct access_info info;
};

#define KX_STR2(x) #x
#define KX_STR(x)  KX_STR2(x)
#define KX_CHECK(x, cond)                                                       \
	do {                                                                    \
		if (!(cond) && !(x)->failed)                                    \
			(x)->failed = __FILE__ ":" KX_STR(__LINE__) ": " #cond; \
	} while (0)

/* Software-protected VM with in-place attributes and one vCPU; change what the test needs. */
static inline void kx_init(struct kx *x)
{
	memset(x, 0, sizeof(*x));
	sim_config_default(&x->cfg);
	x->cfg.nr_cpus = 4;
	x->cfg.event_desc = model_event_desc;
	x->cfg.nr_event_desc = NR_MODEL_EVENTS;
	x->mcfg.kernel = KERNEL_INPLACE;
	x->type = VM_SW_PROTECTED;
	x->nr_vcpus = 1;
	x->pages = KX_PAGES;
	x->gmem_flags = KX_GMEM;
}

/* The random scheduler, for races. */
static inline void kx_init_random(struct kx *x, u64 seed)
{
	kx_init(x);
	x->cfg.sched = SCHED_RANDOM;
	x->cfg.seed = seed;
	x->cfg.lock_stat = false;
}

static inline s64 kx_slot(struct task *me, struct kx *x, u32 id, u64 page, u64 nr)
{
	return vm_set_memory_region(me, x->vm, id, KX_GPA + PG(page), PG(nr), x->gmem, PG(page), 0);
}

static inline s64 kx_slot_delete(struct task *me, struct kx *x, u32 id)
{
	return vm_set_memory_region(me, x->vm, id, 0, 0, NULL, 0, 0);
}

static inline void kx_setup_gmem(struct task *me, struct kx *x)
{
	KX_CHECK(x, !gmem_create(me, x->vm, (s64)PG(x->pages), x->gmem_flags, &x->gmem));
	KX_CHECK(x, !kx_slot(me, x, 0, 0, x->pages));
}

static inline void kx_setup_main(struct task *me, void *arg)
{
	struct kx *x = arg;

	x->setup(me, x);
	__atomic_store_n(&x->ready, true, __ATOMIC_RELEASE);
	wake_up_all(me, &x->gate);
}

static inline void kx_wait(struct task *me, struct kx *x)
{
	wait_event(me, &x->gate, __atomic_load_n(&x->ready, __ATOMIC_ACQUIRE));
}

static inline struct task *kx_vmm(struct kx *x, const char *name,
				  void (*fn)(struct task *me, void *arg))
{
	struct task *t = sim_task_create(x->sim, name, ACTOR_VMM, fn, x, -1);

	assert_non_null(t);
	task_bind_mm(t, x->mm);
	return t;
}

static inline struct task *kx_vcpu(struct kx *x, u32 index, void (*fn)(struct task *me, void *arg))
{
	char name[SIM_TASK_NAME];
	struct task *t;

	snprintf(name, sizeof(name), "vcpu%u", index);
	t = sim_task_create(x->sim, name, ACTOR_GUEST, fn, x, -1);
	assert_non_null(t);
	task_bind_vcpu(t, vm_vcpu(x->vm, index));
	return t;
}

static inline void kx_start(struct kx *x)
{
	x->sim = sim_create(&x->cfg);
	assert_non_null(x->sim);
	x->m = machine_create(x->sim, &x->mcfg);
	x->mm = mm_create(x->m, "vmm");
	x->vm = vm_create(x->m, "vm", x->type, x->mm, x->nr_vcpus);
	init_waitqueue_head(x->sim, &x->gate, "gate");
	if (!x->setup)
		x->setup = kx_setup_gmem;
	kx_vmm(x, "setup", kx_setup_main);
}

static inline u32 kx_findings(const struct kx *x, const char *rule)
{
	u32 n = 0;

	for (u32 i = 0; i < x->sim->nr_findings; i++)
		n += !rule || !strcmp(x->sim->findings[i].rule, rule);
	return n;
}

static inline void kx_print(const struct kx *x)
{
	for (u32 i = 0; i < x->sim->nr_findings; i++)
		print_error("seed %llu: %s: %s\n", (unsigned long long)x->cfg.seed,
			    x->sim->findings[i].rule, x->sim->findings[i].message);
}

/* Run, check at rest, and leave the simulation for the test to look at. */
static inline void kx_run(struct kx *x)
{
	sim_run(x->sim);
	machine_check_at_rest(x->m);
	if (x->failed) {
		print_error("seed %llu: %s\n", (unsigned long long)x->cfg.seed, x->failed);
		kx_print(x);
	}
	assert_null(x->failed);
}

static inline void kx_assert_clean(struct kx *x)
{
	if (x->sim->nr_findings)
		kx_print(x);
	assert_int_equal(x->sim->nr_findings, 0);
	assert_false(x->sim->stopped);
}

static inline void kx_finish(struct kx *x)
{
	kx_run(x);
	kx_assert_clean(x);
	sim_destroy(x->sim);
}

#endif
