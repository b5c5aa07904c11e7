// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the set-up: files, memslots, and whether the machine has the memory.
 *
 * What KVM itself would refuse at run time is not repeated here for operations; but the set-up is
 * done before the run, so whatever KVM would refuse of it is an error of the trace.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/trace/trace_internal.h"

/* Huge pages begin private: the kernel refuses them together with INIT_SHARED. */
enum trace_attr trace_default_init(const struct trace_vm *vm, u64 backing)
{
	if ((vm->set & BIT(TRACE_VM_INIT)) || backing == vm->backing)
		return vm->init;
	return vm->type == TRACE_VM_DEFAULT && backing == 4096 ? TRACE_SHARED : TRACE_PRIVATE;
}

void trace_finish_vm(struct trace *t, struct trace_vm *vm)
{
	bool plain = vm->type == TRACE_VM_DEFAULT;
	bool implied = !vm->n_gmems && vm->memory;

	if (!(vm->set & BIT(TRACE_VM_INIT)))
		vm->init = plain && vm->backing == 4096 ? TRACE_SHARED : TRACE_PRIVATE;
	if (!(vm->set & BIT(TRACE_VM_MMAP)))
		vm->mmap = plain;
	if (vm->type == TRACE_VM_TDX && !(vm->set & BIT(TRACE_VM_PRIVATE_ZAP)))
		vm->private_zap = TRACE_ZAP_DESTROYS;
	if (implied) {
		struct trace_gmem g = {
			.loc = vm->loc, .name = "gmem", .vm = vm - t->vms, .size = vm->memory};

		trace_push(t->gmems, t->n_gmems, g);
		vm->n_gmems = 1;
	}
	if (implied && !vm->n_slots) {
		struct trace_slot s = {.loc = vm->loc,
				       .vm = vm - t->vms,
				       .len = vm->memory,
				       .gmem = vm->first_gmem};

		trace_push(t->slots, t->n_slots, s);
		vm->n_slots = 1;
	}
	for (u32 i = 0; i < vm->n_gmems; i++) {
		struct trace_gmem *g = &t->gmems[vm->first_gmem + i];

		if (!(g->set & BIT(TRACE_GMEM_BACKING)))
			g->backing = vm->backing;
		if (!(g->set & BIT(TRACE_GMEM_INIT)))
			g->init = trace_default_init(vm, g->backing);
		if (!(g->set & BIT(TRACE_GMEM_MMAP)))
			g->mmap = vm->mmap;
	}
}

static void check_files(struct trace_parser *p, const struct trace_vm *vm, u64 *total)
{
	struct trace *t = p->t;

	if (!(vm->set & BIT(TRACE_VM_MEMORY)) && !vm->n_gmems)
		trace_err(p, vm->loc, "write: memory = SIZE", "VM '%s' has no memory", vm->name);
	for (u32 i = 0; i < vm->n_gmems; i++) {
		const struct trace_gmem *g = &t->gmems[vm->first_gmem + i];

		if (g->size % g->backing)
			trace_err(p, g->loc, NULL,
				  "the size of '%s' is not a multiple of its backing", g->name);
		*total += g->size; /* both at most 64T: the sum so far is not above the machine's */
		if (*total > t->machine.memory) {
			g_autoptr(GString) has = g_string_new(NULL);

			trace_print_number(has, TRACE_T_SIZE, t->machine.memory);
			trace_err(p, g->loc, NULL,
				  "file '%s' of VM '%s' asks for more memory than the machine has "
				  "(%s)",
				  g->name, vm->name, has->str);
			*total = 0; /* say it once for each excess, not for each file */
		}
	}
}

static bool slot_fits(struct trace_parser *p, const struct trace_vm *vm, struct trace_slot *s)
{
	const struct trace_gmem *g;

	if (s->gmem == TRACE_NONE) {
		if (!vm->n_gmems)
			return trace_err(p, s->loc, NULL, "slot %u: VM '%s' has no file", s->id,
					 vm->name);
		s->gmem = vm->first_gmem;
	}
	g = &p->t->gmems[s->gmem];
	if (g->vm != s->vm)
		return trace_err(p, s->loc, NULL, "slot %u: the file belongs to another VM", s->id);
	if (s->offset > g->size || s->len > g->size - s->offset)
		return trace_err(p, s->loc, NULL, "slot %u ends beyond the end of file '%s'", s->id,
				 g->name);
	return true;
}

static int by_id(const void *a, const void *b)
{
	const struct trace_slot *x = *(struct trace_slot *const *)a;
	const struct trace_slot *y = *(struct trace_slot *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static int by_gpa(const void *a, const void *b)
{
	const struct trace_slot *x = *(struct trace_slot *const *)a;
	const struct trace_slot *y = *(struct trace_slot *const *)b;

	return (x->gpa > y->gpa) - (x->gpa < y->gpa);
}

static int by_file(const void *a, const void *b)
{
	const struct trace_slot *x = *(struct trace_slot *const *)a;
	const struct trace_slot *y = *(struct trace_slot *const *)b;

	if (x->gmem != y->gmem)
		return (x->gmem > y->gmem) - (x->gmem < y->gmem);
	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The later one in the file is in error, the earlier one is cited. */
static void overlap(struct trace_parser *p, const struct trace_slot *a, const struct trace_slot *b,
		    const char *where)
{
	const struct trace_slot *late = a > b ? a : b, *early = a > b ? b : a;

	trace_err(p, late->loc, NULL, "slot %u overlaps slot %u (line %u) in %s", late->id,
		  early->id, early->loc.line, where);
}

static void check_slots(struct trace_parser *p, const struct trace_vm *vm)
{
	g_autofree struct trace_slot **s = g_new(struct trace_slot *, vm->n_slots + 1);
	u32 n = 0;

	for (u32 i = 0; i < vm->n_slots; i++) {
		s[n] = &p->t->slots[vm->first_slot + i];
		if (slot_fits(p, vm, s[n]))
			n++;
	}
	qsort(s, n, sizeof(*s), by_id);
	for (u32 i = 1; i < n; i++)
		if (s[i]->id == s[i - 1]->id)
			trace_err(p, s[i]->loc, NULL, "slot %u is there already", s[i]->id);
	qsort(s, n, sizeof(*s), by_gpa);
	for (u32 i = 1; i < n; i++)
		if (s[i]->gpa - s[i - 1]->gpa < s[i - 1]->len)
			overlap(p, s[i - 1], s[i], "guest memory");
	qsort(s, n, sizeof(*s), by_file);
	for (u32 i = 1; i < n; i++)
		if (s[i]->gmem == s[i - 1]->gmem && s[i]->offset - s[i - 1]->offset < s[i - 1]->len)
			overlap(p, s[i - 1], s[i], "the file");
}

/* Ranges of one kind, and of the two kinds against each other. */
static bool ranges_overlap(const struct trace *t, const struct trace_ranges *a,
			   const struct trace_ranges *b)
{
	for (u32 i = 0; i < a->n; i++) {
		for (u32 k = a == b ? i + 1 : 0; k < b->n; k++) {
			const struct trace_range *x = &t->ranges[a->first + i];
			const struct trace_range *y = &t->ranges[b->first + k];

			if (x->from < y->end && y->from < x->end)
				return true;
		}
	}
	return false;
}

static void check_td(struct trace_parser *p, const struct trace_vm *vm)
{
	const struct trace_td *td = &vm->td;

	if (ranges_overlap(p->t, &vm->mapped, &vm->mapped))
		trace_err(p, vm->loc, NULL, "ranges of 'mapped' overlap");
	if (vm->type != TRACE_VM_TDX) {
		if (vm->td_loc.line)
			trace_err(p, vm->td_loc, "add type = tdx",
				  "this is for TDs, and VM '%s' is none", vm->name);
		return;
	}
	if (vm->mapped.n)
		trace_err(p, vm->loc, "say pending or accepted",
			  "'mapped' is not for TDs, whose guest accepts memory");
	if ((vm->set & BIT(TRACE_VM_PRIVATE_ZAP)) && vm->private_zap == TRACE_ZAP_KEEPS)
		trace_err(p, vm->loc, NULL, "memory that leaves a TD loses its content");
	if (td->accept_len & (td->accept_len - 1))
		trace_err(p, vm->td_loc, NULL, "'accept-len' is not a power of 2");
	if (ranges_overlap(p->t, &td->accepted, &td->accepted) ||
	    ranges_overlap(p->t, &td->pending, &td->pending) ||
	    ranges_overlap(p->t, &td->accepted, &td->pending))
		trace_err(p, vm->td_loc, NULL, "ranges of 'accepted' and 'pending' overlap");
	if (td->build != TRACE_BUILD_ALL && (td->accepted.n || td->pending.n))
		trace_err(p, vm->td_loc, "populate it, and finalize",
			  "a TD that is not built has no memory yet");
}

void trace_check_vms(struct trace_parser *p)
{
	u64 total = 0;

	for (u32 i = 0; i < p->t->n_vms; i++) {
		check_files(p, &p->t->vms[i], &total);
		check_slots(p, &p->t->vms[i]);
		check_td(p, &p->t->vms[i]);
	}
}
