// SPDX-License-Identifier: GPL-2.0-only
/*
 * rig.c - the machine that benchmarks of the model run on, and measuring resident memory.
 */
#include "tools/benches/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rig_init(struct rig *r, u64 pages)
{
	memset(r, 0, sizeof(*r));
	sim_config_default(&r->cfg);
	r->cfg.limit_points = 1ull << 40;
	r->pages = pages;
	r->nr_vcpus = 1;
}

void rig_create(struct rig *r)
{
	struct machine_config mc = {
		.kernel = KERNEL_INPLACE,
		.memory_pages = r->pages + 4096,
		.checks = r->checks,
		.lru_batches = true,
	};

	if (r->page_order) {
		mc.kernel = KERNEL_HUGETLB_WIP;
		mc.hugetlb[0].order = r->page_order;
		mc.hugetlb[0].nr_huge_pages = r->pages >> r->page_order;
		mc.hugetlb_optimize_vmemmap = true;
	}

	if (r->costs == COSTS_DEBIAN_VM) {
		mc.costs = *bench_costs_debian_vm();
		r->cfg.switch_cost_ns = mc.costs.dist[COST_context_switch].a_ns;
		r->cfg.wake_latency_ns = mc.costs.dist[COST_wake_latency].a_ns;
	}
	r->sim = sim_create(&r->cfg);
	if (!r->sim) {
		perror("bench: sim_create");
		exit(70);
	}
	r->m = machine_create(r->sim, &mc);
	r->mm = mm_create(r->m, "vmm");
	r->vm = vm_create(r->m, "vm", VM_SW_PROTECTED, r->mm, r->nr_vcpus);
}

void rig_expect(const char *what, s64 ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "bench: %s answered %lld\n", what, (long long)ret);
	exit(70);
}

void rig_setup(struct task *me, struct rig *r)
{
	u64 bytes = r->pages << PAGE_SHIFT;
	u64 flags = GMEM_FLAG_MMAP | (r->init_private ? 0 : GMEM_FLAG_INIT_SHARED) |
		    (r->page_order ? GMEM_FLAG_HUGETLB : 0);

	rig_expect("gmem_create",
		   gmem_create_order(me, r->vm, (s64)bytes, flags, r->page_order, &r->f));
	rig_expect("slot", vm_set_memory_region(me, r->vm, 0, 0, bytes, r->f, 0, 0));
	rig_expect("mmap", sys_mmap(me, r->f, 0, bytes, true, &r->hva));
}

struct task *rig_vcpu(struct rig *r, u32 index, void (*fn)(struct task *me, void *arg), void *arg)
{
	struct task *t = sim_task_create(r->sim, "vcpu", ACTOR_GUEST, fn, arg, -1);

	task_bind_vcpu(t, vm_vcpu(r->vm, index));
	return t;
}

struct task *rig_vmm(struct rig *r, void (*fn)(struct task *me, void *arg), void *arg)
{
	struct task *t = sim_task_create(r->sim, "vmm", ACTOR_VMM, fn, arg, -1);

	task_bind_mm(t, r->mm);
	return t;
}

void rig_run(struct rig *r)
{
	sim_run(r->sim);
	if (r->checks)
		machine_check_at_rest(r->m);
	for (u32 i = 0; i < r->sim->nr_findings; i++) {
		fprintf(stderr, "bench: %s: %s\n", r->sim->findings[i].rule,
			r->sim->findings[i].message);
		exit(70);
	}
}

void rig_finish(struct rig *r)
{
	rig_run(r);
	sim_destroy(r->sim);
}

double bench_rss_bytes(void)
{
	long total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &total, &resident) != 2)
		perror("bench: /proc/self/statm");
	if (f)
		fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

double bench_child(const struct bench *b, u64 n)
{
	char command[256];
	double value;
	FILE *f;

	snprintf(command, sizeof(command), "exec /proc/%ld/exe child '%s' %llu", (long)getpid(),
		 b->name, (unsigned long long)n);
	f = popen(command, "r");
	if (!f || fscanf(f, "%lf", &value) != 1 || pclose(f)) {
		fprintf(stderr, "bench: no answer from: %s\n", command);
		exit(70);
	}
	return value;
}
