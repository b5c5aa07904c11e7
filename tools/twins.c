// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small traces for the correctness column of compare.  See twins.h.
 *
 * Invariants: one CPU, since each has a worker that drains its LRU batches, and one more task makes
 * ten times as many orders; nothing is mapped at the beginning; a twin ends without findings if the
 * design is right, whatever the order, so its operations expect every answer that is no defect.
 *
 * The text is tried by tests/golden/compare.py: it has to parse for every kernel.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "model/lockings.h"
#include "tools/replay/replay.h"
#include "tools/twins.h"

/* What a workload does. */
enum change {
	TO_SHARED = BIT(0),
	TO_PRIVATE = BIT(1),
	PUNCH = BIT(2),
	ALLOCATE = BIT(3),
};

struct twin {
	/* constant */
	const char *path;
	u32 changes; /* the workload does one of them */
	bool small, huge; /* backing that it is for */
	bool not_mainline; /* that kernel has no such operation */
	const char *init;  /* and mmap, if "mmap = yes" follows */
	const char *tasks; /* CONVERT: the verb that the kernel has for it */
};

static const struct twin all_twins[] = {
	{
		.path = "twin: guest fault, conversion to shared",
		.changes = TO_SHARED,
		.small = true, .huge = true,
		.init = "private",
		.tasks = "[task vcpu0]\ntouch private 0 4K read\n"
			 "[task vmm]\nCONVERT shared 0 len=8K expect=ok|EAGAIN\n",
	},
	{
		.path = "twin: guest fault, conversion to private",
		.changes = TO_PRIVATE,
		.small = true, .huge = true,
		.init = "shared",
		.tasks = "[task vcpu0]\ntouch shared 0 4K read\n"
			 "[task vmm]\nCONVERT private 0 len=8K expect=ok|EAGAIN\n",
	},
	{
		.path = "twin: host fault, conversion to private",
		.changes = TO_PRIVATE,
		.small = true, .huge = true,
		.not_mainline = true,
		.init = "shared\nmmap = yes",
		.tasks = "[task vmm0]\naccess write 0 len=4K expect=ok|sigbus\n"
			 "[task vmm1]\nCONVERT private 0 len=8K expect=ok|EAGAIN\n",
	},
	{
		.path = "twin: two conversions",
		.changes = TO_SHARED | TO_PRIVATE,
		.small = true,
		.init = "private",
		.tasks = "[task vmm0]\nCONVERT shared 0 len=4K expect=ok|EAGAIN\n"
			 "[task vmm1]\nCONVERT shared 4K len=4K expect=ok|EAGAIN\n",
	},
	{
		.path = "twin: two conversions in one huge page",
		.changes = TO_SHARED | TO_PRIVATE,
		.huge = true,
		.init = "private",
		.tasks = "[task vmm0]\nallocate 0 len=2M expect=ok\nsignal there\n"
			 "CONVERT shared 0 len=4K expect=ok|EAGAIN\n"
			 "[task vmm1]\nwait there\nCONVERT shared 1M len=4K expect=ok|EAGAIN\n",
	},
	{
		.path = "twin: guest fault, hole",
		.changes = PUNCH,
		.small = true, .huge = true,
		.init = "private",
		.tasks = "[task vcpu0]\ntouch private 0 4K read\n"
			 "[task vmm]\npunch 0 len=PIECE\n",
	},
	{
		.path = "twin: allocation, hole",
		.changes = PUNCH | ALLOCATE,
		.small = true, .huge = true,
		.init = "private",
		.tasks = "[task vmm0]\nallocate 0 len=PIECE\n"
			 "[task vmm1]\npunch 0 len=PIECE\n",
	},
};

static u32 change_of(const struct trace *t, const struct trace_op *op)
{
	const struct trace_arg *attr;

	switch (op->verb) {
	case TRACE_OP_CONVERT:
	case TRACE_OP_MAPGPA:
	case TRACE_OP_ATTRIBUTES:
		attr = trace_op_arg(t, op, TRACE_ARG_ATTR);
		return attr && attr->value == TRACE_PRIVATE ? TO_PRIVATE : TO_SHARED;
	case TRACE_OP_PUNCH:
		return PUNCH;
	case TRACE_OP_ALLOCATE:
	case TRACE_OP_PREFAULT:
		return ALLOCATE;
	default:
		return 0;
	}
}

static struct trace *parse(const struct twin *twin, const struct trace_vm *vm, bool huge,
			   bool mainline)
{
	g_autoptr(GString) g = g_string_new("gmemsim trace 1\n[machine]\ncpus = 1\n");
	struct trace_errors errs = {0};
	struct trace *t;

	if (huge)
		g_string_append(g, "memory = 1G\nhugepages-2M = 4\n");
	g_string_append_printf(g, "[vm vm0]\ntype = %s\nmemory = %s\nvcpus = 1\ninit = %s\n%s\n%s",
			       vm->type == TRACE_VM_TDX ? "tdx" : "sw-protected",
			       huge ? "4M" : "8K", twin->init, huge ? "backing = 2M\n" : "",
			       twin->tasks);
	g_string_replace(g, "CONVERT", mainline ? "attributes" : "convert", 0);
	g_string_replace(g, "PIECE", huge ? "4M" : "8K", 0);
	t = trace_parse_buf(twin->path, g->str, g->len, &replay_names, &errs);
	if (!t)
		trace_errors_print(&errs, stderr);
	trace_errors_finish(&errs);
	SIM_ASSERT(t);
	return t;
}

struct trace **twins_of(const struct trace *workload, int kernel)
{
	GPtrArray *twins = g_ptr_array_new();
	bool mainline = kernel == TRACE_KERNEL_MAINLINE;
	u32 changes = 0;

	for (u32 i = 0; i < workload->n_ops; i++)
		changes |= change_of(workload, &workload->ops[i]);
	for (u32 i = 0; workload->n_vms && i < G_N_ELEMENTS(all_twins); i++) {
		const struct trace_vm *vm = &workload->vms[0];
		const struct twin *twin = &all_twins[i];
		bool huge = vm->backing > 4096 && !mainline;

		if (!(twin->changes & changes) || (twin->not_mainline && mainline) ||
		    !(huge ? twin->huge : twin->small))
			continue;
		g_ptr_array_add(twins, parse(twin, vm, huge, mainline));
	}
	g_ptr_array_add(twins, NULL);
	return (struct trace **)g_ptr_array_free(twins, FALSE);
}

char *twins_locking(const char *locking)
{
	struct locking_text l;
	size_t len;

	if (!locking)
		return NULL;
	len = strcspn(locking, ":");
	for (u32 i = 0; locking_text(i, &l); i++) {
		if (strlen(l.name) == len && strncmp(l.name, locking, len) == 0 && l.argument &&
		    strcmp(l.argument, "SIZE") == 0)
			return g_strdup_printf("%s:4K", l.name);
	}
	return g_strdup(locking);
}

void twins_free(struct trace **twins)
{
	for (u32 i = 0; twins && twins[i]; i++)
		trace_free(twins[i]);
	g_free(twins);
}
