/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tools/benches/rig.h - one modelled machine to measure: one VM, one guest_memfd over all of its
 * memory, mapped by the process, and the tasks that the benchmark adds.
 */
#ifndef TOOLS_BENCHES_RIG_H
#define TOOLS_BENCHES_RIG_H

#include "model/ops.h"
#include "sim/engine.h"
#include "tools/benches/bench.h"

enum rig_costs { COSTS_ZERO, COSTS_DEBIAN_VM };

struct rig {
	/* the benchmark's; before rig_create() */
	struct sim_config cfg;
	enum rig_costs costs;
	u64 pages;
	u32 nr_vcpus;
	bool init_private;
	u32 page_order; /* of the file's folios: not 0 makes it the hugetlb-wip kernel */
	bool checks; /* invariants after every operation */

	/* constant once set up */
	struct sim *sim;
	struct machine *m;
	struct mm_struct *mm;
	struct vm *vm;
	struct gmem_file *f;
	hva_t hva;
};

/* In time order, statistics on, in-place kernel, software-protected VM. */
void rig_init(struct rig *r, u64 pages);

/* The machine, without tasks and without memory. */
void rig_create(struct rig *r);

/* From the first task: the file, its slot at guest address 0, its mapping. */
void rig_setup(struct task *me, struct rig *r);

struct task *rig_vcpu(struct rig *r, u32 index, void (*fn)(struct task *me, void *arg), void *arg);
struct task *rig_vmm(struct rig *r, void (*fn)(struct task *me, void *arg), void *arg);

/* Run and look for findings (there are none); and free everything. */
void rig_run(struct rig *r);
void rig_finish(struct rig *r);

/* An operation that cannot fail did. */
void rig_expect(const char *what, s64 ret);

/* bench_costs.c: traces/costs/debian-vm.ini; read once. */
const struct cost_table *bench_costs_debian_vm(void);

/* bench_plain.c: the same data structures in plain C, without steps, locks, events and costs. */
double run_plain_page(const struct bench *b, u64 n);
double run_memset_page(const struct bench *b, u64 n);
double plain_bytes(const struct bench *b, u64 n);

/* bench_many.c */
double run_vcpus(const struct bench *b, u64 n);
double run_schedule(const struct bench *b, u64 n);
double run_schedule_decisions(const struct bench *b, u64 n);
double run_task_bytes(const struct bench *b, u64 n);
double task_bytes_in_child(const struct bench *b, u64 n);

/*
 * Run @b->in_child for @n in a new process, so that nothing of before is in its resident memory.
 * Return: what it returned.
 */
double bench_child(const struct bench *b, u64 n);
double bench_rss_bytes(void);

#endif
