/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/mm_fixture.h - one machine with two processes and one file, and tasks to use them.
 *
 * The file is like shared memory: a fault makes the page, zeroes it and returns it locked.  A
 * set-up task maps it into the first process; the other tasks wait for that.  Tasks only record
 * what they see (MX_CHECK); mx_finish() asserts on the main stack, and checks the ledger.
 */
#ifndef TESTS_UNIT_MM_FIXTURE_H
#define TESTS_UNIT_MM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/events.h"
#include "model/mm/filemap.h"
#include "model/mm/gup.h"
#include "model/mm/ledger.h"
#include "model/mm/lru.h"
#include "model/mm/memory.h"
#include "model/mm/mmu_notifier.h"
#include "model/mm/truncate.h"
#include "model/ops.h"
#include "sim/wait.h"

#define MX_PAGES 64
#define PG(n)	 ((u64)(n) << PAGE_SHIFT)

struct mx {
	struct sim_config cfg;
	struct machine_config mcfg;
	struct sim *sim;
	struct machine *m;
	struct mm_struct *mm, *other;
	struct address_space mapping;
	struct file file;
	bool released;
	hva_t hva;
	bool ready;
	struct wait_queue_head gate;
	const char *failed; /* the first condition that did not hold */
	void (*setup)(struct task *me, struct mx *x);
	void *priv;
	u64 count[8];
};

#define MX_STR2(x) #x
#define MX_STR(x)  MX_STR2(x)
#define MX_CHECK(x, cond)                                                                          \
	do {                                                                                       \
		if (!(cond) && !(x)->failed)                                                       \
			(x)->failed = __FILE__ ":" MX_STR(__LINE__) ": " #cond;                    \
	} while (0)

static inline struct mx *mx_of(struct address_space *mapping)
{
	return container_of(mapping, struct mx, mapping);
}

static inline vm_fault_t mx_fault(struct task *me, struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;

	if (vmf->pgoff >= MX_PAGES)
		return VM_FAULT_SIGBUS;
	vmf->page = __filemap_get_folio(me, mapping, vmf->pgoff, FGP_LOCK | FGP_CREAT);
	if (IS_ERR(vmf->page))
		return vmf_error(PTR_ERR(vmf->page));
	if (!folio_test_uptodate(me, vmf->page)) {
		clear_highpage(me, vmf->page, mapping->owner);
		folio_mark_uptodate(me, vmf->page);
	}
	return VM_FAULT_LOCKED;
}

static const struct vm_operations mx_vm_ops = {.name = "test", .fault = mx_fault};

static inline int mx_mmap(struct task *me, struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &mx_vm_ops;
	return 0;
}

static inline void mx_release(struct task *me, struct file *file)
{
	container_of(file, struct mx, file)->released = true;
}

static const struct file_operations mx_fops = {.mmap = mx_mmap, .release = mx_release};

/* Defaults of a test; change x->cfg and x->mcfg, then mx_start(). */
static inline void mx_init(struct mx *x)
{
	memset(x, 0, sizeof(*x));
	sim_config_default(&x->cfg);
	x->cfg.nr_cpus = 4;
	x->cfg.event_desc = model_event_desc;
	x->cfg.nr_event_desc = NR_MODEL_EVENTS;
}

static inline void mx_setup_main(struct task *me, void *arg)
{
	struct mx *x = arg;
	s64 err = vm_mmap(me, &x->file, 0, 0, PG(MX_PAGES), true, &x->hva);

	MX_CHECK(x, !err);
	if (x->setup)
		x->setup(me, x);
	__atomic_store_n(&x->ready, true, __ATOMIC_RELEASE);
	wake_up_all(me, &x->gate);
}

static inline void mx_wait(struct task *me, struct mx *x)
{
	wait_event(me, &x->gate, __atomic_load_n(&x->ready, __ATOMIC_ACQUIRE));
}

static inline struct task *mx_task(struct mx *x, const char *name, struct mm_struct *mm, s32 cpu,
				   void (*fn)(struct task *me, void *arg))
{
	struct task *t = sim_task_create(x->sim, name, ACTOR_VMM, fn, x, cpu);

	assert_non_null(t);
	task_bind_mm(t, mm);
	return t;
}

static inline void mx_start(struct mx *x)
{
	x->sim = sim_create(&x->cfg);
	assert_non_null(x->sim);
	x->m = machine_create(x->sim, &x->mcfg);
	x->mm = mm_create(x->m, "vmm");
	x->other = mm_create(x->m, "other");
	address_space_init(x->m, &x->mapping, x, 0);
	file_init(x->m, &x->file, &mx_fops, &x->mapping);
	init_waitqueue_head(x->sim, &x->gate, "gate");
	mx_task(x, "setup", x->mm, -1, mx_setup_main);
}

static inline u32 mx_findings(const struct mx *x, const char *rule)
{
	u32 n = 0;

	for (u32 i = 0; i < x->sim->nr_findings; i++)
		n += !rule || !strcmp(x->sim->findings[i].rule, rule);
	return n;
}

/* Run, and check what must hold after every run; the simulation stays for the test to look at. */
static inline void mx_run(struct mx *x)
{
	sim_run(x->sim);
	if (x->failed)
		print_error("seed %llu: %s\n", (unsigned long long)x->cfg.seed, x->failed);
	assert_null(x->failed);
}

static inline void mx_assert_clean(struct mx *x)
{
	u32 bad = mm_check_at_rest(x->m) + filemap_check(&x->mapping);

	for (u32 i = 0; i < x->sim->nr_findings; i++)
		print_error("seed %llu: %s: %s\n", (unsigned long long)x->cfg.seed,
			    x->sim->findings[i].rule, x->sim->findings[i].message);
	assert_int_equal(x->sim->nr_findings, 0);
	assert_int_equal(bad, 0);
	assert_false(x->sim->stopped);
}

static inline void mx_finish(struct mx *x)
{
	mx_run(x);
	mx_assert_clean(x);
	sim_destroy(x->sim);
}

#endif
