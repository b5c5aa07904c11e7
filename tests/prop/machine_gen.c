// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random small machines at work; see machine_gen.h.
 *
 * Invariants: the text parses and the machine can be built, whatever the seed.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prop/machine_gen.h"
#include "tools/replay/replay.h"

#define TASK_OPS_MAX 3
#define SIZE_2M	     (2ull << 20)
#define SIZE_1G	     (1ull << 30)

struct gen {
	/* written by everybody below, in the order of the text */
	u64 seed;
	GString *out;
	enum trace_kernel kernel;
	enum trace_vm_type type;
	u64 backing, size; /* of the file */
	bool shared;	   /* the file begins shared */
	bool mmap;
	bool two_slots; /* the second half of the file has slot 1, at 1T */
	u32 nr_vcpus;
	u32 names; /* mappings and pins made so far */
};

static u64 below(struct gen *g, u64 n)
{
	u64 z = (g->seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % n;
}

static bool one_in(struct gen *g, u32 n)
{
	return below(g, n) == 0;
}

G_GNUC_PRINTF(2, 3) static void put(struct gen *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g_string_append_vprintf(g->out, fmt, ap);
	va_end(ap);
}

static bool is_huge_kernel(const struct gen *g)
{
	return g->kernel == TRACE_KERNEL_HUGETLB_WIP || g->kernel == TRACE_KERNEL_HUGETLB_PLAN;
}

/* ---- ranges ----------------------------------------------------------------------------- */

/* A few pages, over and over: tasks are to meet.  Huge files: near the ends of huge pages. */
static u64 pick_page(struct gen *g)
{
	u64 page = below(g, 3) * 4096;

	if (g->size <= SIZE_2M / 2)
		return one_in(g, 4) ? below(g, g->size / 4096) * 4096 : page % g->size;
	switch (below(g, 4)) {
	case 0:
		return SIZE_2M / 2 + page;
	case 1:
		return (one_in(g, 2) && g->size > SIZE_2M ? SIZE_2M : g->size) - 4096 - page;
	default:
		return page;
	}
}

static u64 pick_len(struct gen *g, u64 start)
{
	static const u64 lens[] = {4096, 4096, 4096, 8192, 8192, 65536, SIZE_2M, SIZE_1G};

	u64 len = lens[below(g, G_N_ELEMENTS(lens))];

	return MIN(len, g->size - start);
}

static void put_range(struct gen *g)
{
	u64 start = one_in(g, 3) ? 0 : pick_page(g), len = pick_len(g, start);

	put(g, "%" PRIu64 " len=%" PRIu64, start, len);
}

/* A range that the host touches page by page is short. */
static void put_short_range(struct gen *g)
{
	u64 start = pick_page(g), len = 4096 * (1 + below(g, 2));

	put(g, "%" PRIu64 " len=%" PRIu64, start, MIN(len, g->size - start));
}

static const char *pick_attr(struct gen *g)
{
	return one_in(g, 2) ? "private" : "shared";
}

/* ---- operations ------------------------------------------------------------------------- */

static void put_guest_op(struct gen *g)
{
	u64 page = pick_page(g), at = page;
	u64 len = 4096 * (1 + below(g, 2));

	len = MIN(len, g->size - page);
	if (g->two_slots && page >= g->size / 2)
		at += (1ull << 40) - g->size / 2;
	if (g->type == TRACE_VM_TDX && one_in(g, 4)) {
		put(g, "accept %" PRIu64 " len=%" PRIu64 "%s", at, len,
		    one_in(g, 2) ? " level=4K" : "");
	} else if (g->type == TRACE_VM_TDX && one_in(g, 3)) {
		put(g, "mapgpa %s %" PRIu64 " len=%" PRIu64, pick_attr(g), at, len);
	} else if (one_in(g, 8)) {
		put(g, "halt 1us");
	} else {
		put(g, "touch %s %" PRIu64 " %" PRIu64 " %s", pick_attr(g), at, len,
		    one_in(g, 2) ? "write" : "read");
	}
}

static void put_convert(struct gen *g)
{
	bool per_vm = g->kernel == TRACE_KERNEL_MAINLINE ? !one_in(g, 16) : one_in(g, 16);

	put(g, "%s %s ", per_vm ? "attributes" : "convert", pick_attr(g));
	put_range(g);
}

/* Made and undone in one go: the names of others are theirs. */
static void put_mapping(struct gen *g)
{
	u32 n = g->names++;

	switch (below(g, 4)) {
	case 0:
		put(g, "mmap ");
		put_short_range(g);
		put(g, " as=m%u\nmunmap m%u", n, n);
		break;
	case 1:
		put(g, "iommu-map ");
		put_short_range(g);
		put(g, " as=p%u\niommu-unmap p%u", n, n);
		break;
	default:
		put(g, "pin ");
		put_short_range(g);
		put(g, "%s as=p%u", one_in(g, 2) ? " longterm" : "", n);
		if (!one_in(g, 8))
			put(g, "\nunpin p%u", n);
	}
}

static void put_slot_op(struct gen *g)
{
	if (one_in(g, 2))
		put(g, "memslot-delete slot=%u%s", (u32)below(g, 1 + g->two_slots),
		    one_in(g, 2) ? "" : " again");
	else if (one_in(g, 2))
		put(g, "close");
	else
		put(g, "bind slot=2 gpa=2T offset=%" PRIu64 " len=%" PRIu64, g->size / 2,
		    g->size / 2);
}

static void put_advice(struct gen *g)
{
	static const char *const ops[] = {"advise dontneed ", "advise remove ", "mlock ",
					  "munlock ", "protect read "};

	put(g, "%s", ops[below(g, G_N_ELEMENTS(ops))]);
	put_short_range(g);
}

static void put_vmm_op(struct gen *g)
{
	switch (below(g, 20)) {
	case 0 ... 6:
		put_convert(g);
		break;
	case 7 ... 9:
		put(g, "punch ");
		put_range(g);
		break;
	case 10:
		put(g, "allocate ");
		put_range(g);
		break;
	case 11 ... 13:
		put(g, "access %s ", one_in(g, 2) ? "write" : "read");
		put_short_range(g);
		if (one_in(g, 4))
			put(g, " via=%s", one_in(g, 2) ? "copy" : "process-vm");
		break;
	case 14:
		put_mapping(g);
		break;
	case 15:
		put_advice(g);
		break;
	case 16:
		put_slot_op(g);
		break;
	case 17:
		put(g, "prefault ");
		put_short_range(g);
		break;
	case 18:
		put(g, "populate ");
		put_short_range(g);
		break;
	default:
		if (one_in(g, 3))
			put(g, "%s", g->type == TRACE_VM_TDX ? "terminate" : "destroy");
		else
			put(g, "sleep 1us");
	}
}

static void put_kernel_op(struct gen *g)
{
	switch (below(g, 12)) {
	case 0 ... 3:
		put(g, "memory-failure %" PRIu64, pick_page(g));
		break;
	case 4 ... 5:
		put(g, "speculative-ref ");
		put_short_range(g);
		break;
	case 6:
		put(g, "lru-drain");
		break;
	case 7 ... 8:
		put(g, "migrate ");
		put_short_range(g);
		put(g, "%s", one_in(g, 2) ? " compact" : "");
		break;
	case 9:
		put(g, "collapse 0 len=%" PRIu64, g->size);
		break;
	default:
		put(g, "kvm-access %s %" PRIu64, one_in(g, 2) ? "write" : "read", pick_page(g));
	}
}

/* ---- sections --------------------------------------------------------------------------- */

static void put_head(struct gen *g)
{
	put(g, "gmemsim trace 1\n[machine]\n");
	if (one_in(g, 2))
		put(g, "cpus = %u\n", 2 + (u32)below(g, 3));
	if (one_in(g, 3))
		put(g, "preempt = %s\n", one_in(g, 2) ? "none" : "full");
	if (is_huge_kernel(g) && one_in(g, 3))
		put(g, "hvo = no\n");
	if (one_in(g, 3))
		put(g, "fail-one-in = %u\n", 4 << below(g, 4));
	put(g, "[design]\nkernel = %s\n", trace_kernel_name(g->kernel));
	if (g->type == TRACE_VM_TDX) {
		put(g, "[tdx]\ndynamic-pamt = %s\n", one_in(g, 2) ? "yes" : "no");
		put(g, "huge-pages = %s\n", one_in(g, 2) ? "yes" : "no");
	}
}

static void put_td_keys(struct gen *g)
{
	/* not lazy: a vCPU that is left in the middle of it keeps others spinning, as it would */
	static const char *const accepts[] = {"ve", "ve", "none"};
	/* each page costs a few dozen steps when it goes */
	u64 some = one_in(g, 6) ? g->size : 65536, len = MIN(some, g->size / (1 + g->two_slots));

	if (!g->shared)
		put(g, "%s = 0..%" PRIu64 "\n", one_in(g, 2) ? "accepted" : "pending", len);
	put(g, "accept = %s\n", accepts[below(g, G_N_ELEMENTS(accepts))]);
	if (one_in(g, 4))
		put(g, "on-mapgpa = thread\n");
}

static void put_vm(struct gen *g)
{
	put(g, "[vm vm0]\ntype = %s\n", trace_vm_type_name(g->type));
	put(g, "memory = %" PRIu64 "\nvcpus = %u\n", g->size, MAX(g->nr_vcpus, 1));
	put(g, "backing = %" PRIu64 "K\n", g->backing >> 10);
	put(g, "init = %s\nmmap = %s\n", g->shared ? "shared" : "private", g->mmap ? "yes" : "no");
	if (g->type == TRACE_VM_SW_PROTECTED && one_in(g, 3))
		put(g, "private-zap = destroys\n");
	if (one_in(g, 4))
		put(g, "on-memory-fault = convert\n");
	if (g->type == TRACE_VM_TDX)
		put_td_keys(g);
	if (!g->two_slots)
		return;
	put(g, "gmem gmem size=%" PRIu64 "\n", g->size);
	put(g, "slot 0 gpa=0 len=%" PRIu64 "\n", g->size / 2);
	put(g, "slot 1 gpa=1T len=%" PRIu64 " offset=%" PRIu64 "\n", g->size / 2, g->size / 2);
}

static void put_task(struct gen *g, const char *kind, u32 nr, void (*put_op)(struct gen *g))
{
	put(g, "[task %s%u]\n", kind, nr);
	for (u32 i = 1 + (u32)below(g, TASK_OPS_MAX); i; i--) {
		put_op(g);
		put(g, "\n");
	}
}

static void put_tasks(struct gen *g)
{
	u32 others = 2 + (u32)below(g, 3) - g->nr_vcpus;
	u32 kernels = others > 1 ? (u32)below(g, 2) : 0;

	if (!g->nr_vcpus)
		kernels = MIN(kernels, others - 1);
	for (u32 i = 0; i < g->nr_vcpus; i++)
		put_task(g, "vcpu", i, put_guest_op);
	for (u32 i = 0; i < others - kernels; i++)
		put_task(g, "vmm", i, put_vmm_op);
	for (u32 i = 0; i < kernels; i++)
		put_task(g, "kernel", i, put_kernel_op);
}

static void choose_machine(struct gen *g)
{
	bool huge = is_huge_kernel(g) && !one_in(g, 4);

	g->type = (enum trace_vm_type)below(g, TRACE_VM_NR);
	g->backing = !huge ? 4096 : one_in(g, 32) ? SIZE_1G : SIZE_2M;
	g->size = g->backing == 4096 ? 8192u << below(g, 4) : g->backing << one_in(g, 3);
	/* the kernel refuses huge pages that begin shared, and mainline TDs that do */
	g->shared = !huge && one_in(g, 2) &&
		    (g->kernel != TRACE_KERNEL_MAINLINE || g->type == TRACE_VM_DEFAULT);
	g->mmap = !one_in(g, 4);
	g->nr_vcpus = (u32)below(g, 3);
	/* a TD's vCPUs are all of its slots' */
	g->two_slots = g->size > g->backing && one_in(g, 6);
}

char *machine_gen(u64 seed, enum trace_kernel kernel)
{
	struct gen g = {.seed = seed, .out = g_string_new(NULL), .kernel = kernel};
	struct trace_errors errs = {0};
	struct trace *t;
	char *text, *out;

	choose_machine(&g);
	put_head(&g);
	put_vm(&g);
	put_tasks(&g);
	text = g_string_free(g.out, FALSE);
	t = trace_parse_buf("generated", text, strlen(text), &replay_names, &errs);
	if (!t)
		g_error("seed %" PRIu64 ": line %u: %s\n%s", seed, errs.v[0].loc.line,
			errs.v[0].message, text);
	g_free(text);
	text = trace_print(t, NULL);
	out = g_strdup(text);
	free(text);
	trace_free(t);
	return out;
}
