// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each recorded thread did, told from its events.
 *
 * A system call is its enter and exit.  A host page fault inside the file's mapping is an access, a
 * guest fault a touch; faults of one thread on the same page in a row are one access that had to
 * try again.  An mmap_lock write section is mmap(), one that is downgraded is munmap().  An ioctl
 * that zaps the whole MMU deletes a memslot, another one of the same kind adds it.
 *
 * Where the file is mapped follows from a fault and the page cache insertion behind it, or from
 * the first page that a punch unmaps, or else is the lowest address that the most frequent
 * faulting instruction touched.
 *
 * Invariants: operations of an actor are in time order and do not overlap; addresses are offsets in
 * the file.
 */
#include <string.h>

#include "tools/import/ftrace.h"

#define PAGE	     4096ull
#define FALLOC_KEEP  1
#define FALLOC_PUNCH 2
/* request numbers of the KVM API */
#define SET_USER_MEMORY_REGION	0x4020ae46ull
#define SET_USER_MEMORY_REGION2 0x40a0ae49ull

#define GPA_ALIGN      (1ull << 30)
#define FAULTS_MIN     16 /* by one instruction, to take it for the one that touches the file */
#define SIZE_MAX_BYTES (1ull << 40)

/* A thread while its events go by. */
struct walker {
	struct ft_actor *actor;
	u64 on_cpu_since_ns, busy_ns;
	u64 mmap_start_ns;
	u64 fault_addr, fault_ns; /* last fault, for the page that is added behind it */
	struct ft_op call;	  /* the system call being made */
	bool in_call, zapped, running, slept, mmap_write, has_mmap;
	u32 nr_mapped;
	u64 cpus_seen[16];
};

struct rebuild {
	const struct ft_capture *c;
	const struct import_assume *assume;
	struct ft_story *s;
	GArray *walkers;     /* struct walker, one per thread */
	GHashTable *present; /* pages added by the recorded threads */
	struct import_error *err;
	u64 nr_ops;
	bool has_sched;
};

static struct walker *walker_of(struct rebuild *rb, u32 thread)
{
	return &g_array_index(rb->walkers, struct walker, thread);
}

static bool too_big(struct rebuild *rb, const struct ft_event *ev, const char *what)
{
	rb->err->line = ev->line;
	rb->err->col = 1;
	g_strlcpy(rb->err->message, what, sizeof(rb->err->message));
	return false;
}

/* ---- where the file is mapped -------------------------------------------- */

/* A fault, then the page it added: the difference is the base. */
static u64 base_from_adds(struct rebuild *rb)
{
	for (u32 i = 0; i < rb->c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(rb->c, i);
		struct walker *w = walker_of(rb, ev->thread);

		if (ev->type == FT_FAULT)
			w->fault_addr = ev->a & ~(PAGE - 1);
		else if (ev->type == FT_PAGE_ADD && w->fault_addr > ev->a && ev->a % PAGE == 0)
			return w->fault_addr - ev->a;
	}
	return 0;
}

/* The first page that a punch unmaps is the first page of the hole. */
static u64 base_from_unmap(struct rebuild *rb)
{
	for (u32 i = 0; i < rb->c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(rb->c, i);
		struct walker *w = walker_of(rb, ev->thread);

		if (ev->type == FT_FALLOCATE) {
			w->in_call = (ev->a & FALLOC_PUNCH) != 0;
			w->call.addr = ev->b;
		} else if (ev->type == FT_SYSCALL_END) {
			w->in_call = false;
		} else if (ev->type == FT_UNMAP_HVA && w->in_call && ev->a > w->call.addr &&
			   ev->b - ev->a == PAGE) {
			return ev->a - w->call.addr;
		}
	}
	return 0;
}

/* The lowest page that the most frequent faulting instruction touched. */
static u64 base_from_faults(struct rebuild *rb)
{
	g_autoptr(GHashTable) count =
		g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	u64 best_ip = 0, lowest = UINT64_MAX;
	u32 best = 0;

	for (u32 i = 0; i < rb->c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(rb->c, i);
		u32 n;

		if (ev->type != FT_FAULT)
			continue;
		n = GPOINTER_TO_UINT(g_hash_table_lookup(count, &ev->b)) + 1;
		g_hash_table_insert(count, g_memdup2(&ev->b, sizeof(ev->b)), GUINT_TO_POINTER(n));
		if (n > best) {
			best = n;
			best_ip = ev->b;
		}
	}
	for (u32 i = 0; best >= FAULTS_MIN && i < rb->c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(rb->c, i);

		if (ev->type == FT_FAULT && ev->b == best_ip)
			lowest = MIN(lowest, ev->a & ~(PAGE - 1));
	}
	return lowest == UINT64_MAX ? 0 : lowest;
}

/* How far the operations reach that name a place in the file. */
static u64 reach(struct rebuild *rb)
{
	u64 end = 0, gpa_low = UINT64_MAX, gpa_high = 0;

	for (u32 i = 0; i < rb->c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(rb->c, i);

		if (ev->type == FT_FALLOCATE && ev->b + ev->c > ev->b)
			end = MAX(end, ev->b + ev->c);
		else if (ev->type == FT_PAGE_ADD || ev->type == FT_PAGE_DEL)
			end = MAX(end, ev->a + PAGE);
		else if (ev->type == FT_GUEST_MAPPED && ev->a < UINT64_MAX / PAGE) {
			/* a fault that maps nothing may be to a device */
			gpa_low = MIN(gpa_low, ev->a * PAGE);
			gpa_high = MAX(gpa_high, ev->a * PAGE);
		}
	}
	if (gpa_high) {
		rb->s->base_gpa = gpa_low & ~(GPA_ALIGN - 1);
		end = MAX(end, (gpa_high - rb->s->base_gpa + PAGE) & ~(PAGE - 1));
	}
	return end;
}

/* Without a size from anywhere: as far as the faulting instruction got from the base. */
static u64 reach_of_faults(struct rebuild *rb)
{
	u64 end = 0;

	for (u32 i = 0; i < rb->c->events->len; i++) {
		const struct ft_event *ev = ft_event_at(rb->c, i);

		if (ev->type == FT_FAULT && ev->a >= rb->s->base_hva &&
		    ev->a - rb->s->base_hva < GPA_ALIGN && ev->a % PAGE == 0)
			end = MAX(end, ev->a - rb->s->base_hva + PAGE);
	}
	return end;
}

static void find_mapping(struct rebuild *rb)
{
	struct ft_story *s = rb->s;

	s->base_hva = base_from_adds(rb);
	if (!s->base_hva)
		s->base_hva = base_from_unmap(rb);
	if (!s->base_hva)
		s->base_hva = base_from_faults(rb);
	s->size_bytes = reach(rb);
	if (!s->size_bytes && s->base_hva)
		s->size_bytes = reach_of_faults(rb);
	if (rb->assume->size_bytes)
		s->size_bytes = rb->assume->size_bytes;
	if (s->size_bytes <= SIZE_MAX_BYTES)
		s->size_bytes = (s->size_bytes + PAGE - 1) & ~(PAGE - 1);
	for (u32 i = 0; i < rb->walkers->len; i++) {
		walker_of(rb, i)->in_call = false;
		walker_of(rb, i)->fault_addr = 0;
	}
}

/* ---- operations ------------------------------------------------------------ */

static struct ft_op *last_op(struct walker *w)
{
	GArray *ops = w->actor->ops;

	return ops->len ? &g_array_index(ops, struct ft_op, ops->len - 1) : NULL;
}

static bool add_op(struct rebuild *rb, struct walker *w, const struct ft_event *ev, struct ft_op op)
{
	if (rb->nr_ops++ == IMPORT_OPS_MAX)
		return too_big(rb, ev, "more than a million operations");
	/* without scheduler events every gap may be a pause */
	op.slept = w->slept || !rb->has_sched;
	w->slept = false;
	g_array_append_val(w->actor->ops, op);
	return true;
}

static bool on_fault(struct rebuild *rb, struct walker *w, const struct ft_event *ev)
{
	struct ft_story *s = rb->s;
	struct ft_op *last = last_op(w);
	u64 offset = (ev->a & ~(PAGE - 1)) - s->base_hva;

	if (!s->base_hva || ev->a < s->base_hva || offset >= s->size_bytes) {
		s->dropped_faults++;
		return true;
	}
	if (last && last->verb == FT_OP_ACCESS && last->addr == offset && !w->slept) {
		last->end_ns = ev->at_ns;
		s->merged_faults++;
		return true;
	}
	return add_op(rb, w, ev,
		      (struct ft_op){.verb = FT_OP_ACCESS,
				     .write = (ev->c & 2) != 0,
				     .start_ns = ev->at_ns,
				     .end_ns = ev->at_ns,
				     .addr = offset,
				     .len = PAGE});
}

static bool on_guest_fault(struct rebuild *rb, struct walker *w, const struct ft_event *ev)
{
	struct ft_op *last = last_op(w);
	u64 gpa = (ev->a & ~(PAGE - 1)) - rb->s->base_gpa;

	w->actor->guest = true;
	if (ev->a < rb->s->base_gpa || gpa >= rb->s->size_bytes) {
		rb->s->dropped_faults++;
		return true;
	}
	if (last && last->verb == FT_OP_TOUCH && last->addr == gpa) {
		last->end_ns = ev->at_ns;
		rb->s->merged_faults++;
		return true;
	}
	return add_op(rb, w, ev,
		      (struct ft_op){.verb = FT_OP_TOUCH,
				     .write = true,
				     .start_ns = ev->at_ns,
				     .end_ns = ev->at_ns,
				     .addr = gpa,
				     .len = PAGE});
}

static bool is_memslot_ioctl(u64 cmd)
{
	return cmd == SET_USER_MEMORY_REGION || cmd == SET_USER_MEMORY_REGION2;
}

static void on_call(struct walker *w, const struct ft_event *ev)
{
	if (ev->type == FT_IOCTL && !is_memslot_ioctl(ev->a))
		return;
	w->call = (struct ft_op){.start_ns = ev->at_ns, .addr = ev->b, .len = ev->c};
	w->in_call = true;
	w->zapped = false;
	if (ev->type == FT_IOCTL)
		w->call.verb = FT_OP_BIND;
	else
		w->call.verb = ev->a & FALLOC_PUNCH ? FT_OP_PUNCH : FT_OP_ALLOCATE;
}

static bool on_call_end(struct rebuild *rb, struct walker *w, const struct ft_event *ev)
{
	if (!w->in_call)
		return true;
	w->in_call = false;
	w->call.end_ns = ev->at_ns;
	if (w->call.verb == FT_OP_BIND) {
		rb->s->has_ioctl_slots = true;
		if (w->zapped)
			w->call.verb = FT_OP_UNBIND;
	}
	return add_op(rb, w, ev, w->call);
}

/* A write section is mmap(), a downgraded one munmap(), a read section belongs to a fault or GUP.
 */
static bool on_mmap_lock(struct rebuild *rb, struct walker *w, const struct ft_event *ev)
{
	struct ft_op *last = last_op(w);
	bool downgraded;

	if (ev->type == FT_MMAP_START) {
		w->mmap_start_ns = ev->at_ns;
		w->mmap_write = ev->a;
		w->has_mmap = true;
		return true;
	}
	if (ev->type == FT_MMAP_GOT)
		return true;
	if (last && last->verb == FT_OP_ACCESS && !ev->a)
		last->end_ns = ev->at_ns;
	if (!w->has_mmap)
		return true;
	w->has_mmap = false;
	if (!w->mmap_write) {
		if (!last || last->end_ns != ev->at_ns)
			rb->s->dropped_mmap_reads++;
		return true;
	}
	downgraded = !ev->a;
	/* what was mapped before the recording began, or by somebody else, has no name here */
	if (downgraded && !w->nr_mapped) {
		rb->s->dropped_mmap_reads++;
		return true;
	}
	w->nr_mapped += downgraded ? -1u : 1u;
	return add_op(rb, w, ev,
		      (struct ft_op){.verb = downgraded ? FT_OP_MUNMAP : FT_OP_MMAP,
				     .start_ns = w->mmap_start_ns,
				     .end_ns = ev->at_ns,
				     .len = rb->assume->mmap_bytes});
}

static void on_page(struct rebuild *rb, const struct ft_event *ev)
{
	gpointer key = GSIZE_TO_POINTER(ev->a / PAGE + 1);

	if (ev->type == FT_PAGE_ADD)
		g_hash_table_add(rb->present, key);
	else if (!g_hash_table_contains(rb->present, key))
		rb->s->seen_present = true;
}

static void on_switch(struct rebuild *rb, const struct ft_event *ev)
{
	gpointer found;

	if (g_hash_table_lookup_extended(rb->c->by_pid, GUINT_TO_POINTER((u32)ev->a), NULL,
					 &found)) {
		struct walker *w = walker_of(rb, GPOINTER_TO_UINT(found));

		if (w->running)
			w->busy_ns += ev->at_ns - w->on_cpu_since_ns;
		w->running = false;
		if (ev->c == 'S')
			w->slept = true;
	}
	if (g_hash_table_lookup_extended(rb->c->by_pid, GUINT_TO_POINTER((u32)ev->b), NULL,
					 &found)) {
		struct walker *w = walker_of(rb, GPOINTER_TO_UINT(found));

		w->running = true;
		w->on_cpu_since_ns = ev->at_ns;
		w->cpus_seen[ev->cpu / 64] |= 1ull << ev->cpu % 64;
		if (!w->actor->first_ns)
			w->actor->first_ns = ev->at_ns;
		w->actor->last_ns = ev->at_ns;
	}
}

static bool on_event(struct rebuild *rb, const struct ft_event *ev)
{
	struct walker *w = walker_of(rb, ev->thread);

	w->actor->first_ns = w->actor->first_ns ? w->actor->first_ns : ev->at_ns;
	w->actor->last_ns = ev->at_ns;
	if (ev->type != FT_SWITCH)
		w->cpus_seen[ev->cpu / 64] |= 1ull << ev->cpu % 64;
	switch ((enum ft_type)ev->type) {
	case FT_FALLOCATE:
	case FT_IOCTL:
		on_call(w, ev);
		return true;
	case FT_SYSCALL_END:
		return on_call_end(rb, w, ev);
	case FT_FAULT:
		return w->in_call || on_fault(rb, w, ev);
	case FT_GUEST_FAULT:
		return on_guest_fault(rb, w, ev);
	case FT_GUEST_MAPPED:
		if (last_op(w))
			last_op(w)->end_ns = ev->at_ns;
		return true;
	case FT_MMAP_START:
	case FT_MMAP_GOT:
	case FT_MMAP_DONE:
		return w->in_call || on_mmap_lock(rb, w, ev);
	case FT_PAGE_ADD:
	case FT_PAGE_DEL:
		on_page(rb, ev);
		return true;
	case FT_ZAP_ALL:
		w->zapped = true;
		return true;
	case FT_TLB_SEND:
	case FT_UNMAP_HVA:
		rb->s->seen_mapped |= w->in_call;
		return true;
	case FT_SWITCH:
		on_switch(rb, ev);
		return true;
	default:
		return true;
	}
}

/* ---- actors ----------------------------------------------------------------- */

/* The only CPU a thread was seen on, or -1. */
static s32 only_cpu(const struct walker *w)
{
	s32 cpu = -1;

	for (u32 i = 0; i < 1024; i++) {
		if (!(w->cpus_seen[i / 64] >> i % 64 & 1))
			continue;
		if (cpu >= 0)
			return -1;
		cpu = (s32)i;
	}
	return cpu;
}

/* Threads are taken for pinned if none of those that worked was ever seen on a second CPU. */
static void find_pins(struct rebuild *rb)
{
	bool pinned = rb->assume->pinning != PINNING_NO;

	for (u32 i = 0; i < rb->walkers->len; i++) {
		struct walker *w = walker_of(rb, i);

		w->actor->cpu = only_cpu(w);
		if ((w->actor->generated || w->actor->ops->len) && w->actor->cpu < 0)
			pinned &= rb->assume->pinning == PINNING_YES;
	}
	for (u32 i = 0; !pinned && i < rb->walkers->len; i++)
		walker_of(rb, i)->actor->cpu = -1;
}

/* Threads that touch pages all the time began together, whenever each first got a CPU. */
static void align_starts(struct rebuild *rb)
{
	u64 first_ns = UINT64_MAX;

	for (u32 i = 0; i < rb->walkers->len; i++)
		if (walker_of(rb, i)->actor->generated)
			first_ns = MIN(first_ns, walker_of(rb, i)->actor->first_ns);
	for (u32 i = 0; i < rb->walkers->len; i++)
		if (walker_of(rb, i)->actor->generated)
			walker_of(rb, i)->actor->first_ns = first_ns;
}

/* Did a thread without a recorded operation work, rather than wait for the others? */
static bool was_busy(const struct walker *w)
{
	u64 life_ns = w->actor->last_ns - w->actor->first_ns;

	return !w->actor->ops->len && w->busy_ns > life_ns / 20;
}

/* Whose recorded operations, if any, are the touching of pages that is to be generated. */
static bool is_candidate(struct rebuild *rb, u32 i)
{
	const struct walker *w = walker_of(rb, i);
	const GArray *ops = w->actor->ops;

	if (!ft_thread_at(rb->c, i)->ours || w->actor->guest)
		return false;
	if (!ops->len)
		return was_busy(w);
	for (u32 k = 0; k < ops->len; k++) {
		if (g_array_index(ops, struct ft_op, k).verb != FT_OP_ACCESS)
			return false;
	}
	return true;
}

/* A vCPU thread's own system calls and host faults have no place in a guest task. */
static void drop_host_ops(struct rebuild *rb, struct ft_actor *a)
{
	u32 kept = 0;

	for (u32 i = 0; a->guest && i < a->ops->len; i++) {
		struct ft_op *op = &g_array_index(a->ops, struct ft_op, i);

		if (op->verb == FT_OP_TOUCH)
			g_array_index(a->ops, struct ft_op, kept++) = *op;
	}
	if (!a->guest)
		return;
	rb->s->dropped_guest_ops += a->ops->len - kept;
	g_array_set_size(a->ops, kept);
}

static bool finish(struct rebuild *rb)
{
	u32 want = rb->assume->faulters + rb->assume->pinners;
	const char *what = NULL;
	bool any = false;

	for (u32 i = 0; i < rb->walkers->len; i++) {
		struct walker *w = walker_of(rb, i);

		drop_host_ops(rb, w->actor);
		w->actor->generated = want && is_candidate(rb, i);
		rb->s->nr_generated += w->actor->generated;
		any |= w->actor->generated || w->actor->ops->len;
	}
	find_pins(rb);
	align_starts(rb);
	if (rb->s->size_bytes > SIZE_MAX_BYTES)
		what = "the file would be larger than 1 TiB";
	else if (!rb->s->size_bytes)
		what = "the events do not tell the size of the file: assume \"size=...\"";
	else if (!any)
		what = "the events do not tell of anything a thread did";
	else if (rb->assume->touch_to > rb->s->size_bytes)
		what = "the assumed range of touched pages is outside the file";
	if (what)
		g_strlcpy(rb->err->message, what, sizeof(rb->err->message));
	else if (rb->s->nr_generated != want)
		g_snprintf(rb->err->message, sizeof(rb->err->message),
			   "%u threads only touched pages or were busy with nothing the events "
			   "name, not the %u assumed",
			   rb->s->nr_generated, want);
	return !rb->err->message[0];
}

bool ft_reconstruct(const struct ft_capture *c, const struct import_assume *assume,
		    struct ft_story *s, struct import_error *err)
{
	struct rebuild rb = {.c = c, .assume = assume, .s = s, .err = err};
	bool ok = true;

	*s = (struct ft_story){.actors = g_array_new(FALSE, TRUE, sizeof(struct ft_actor))};
	rb.walkers = g_array_sized_new(FALSE, TRUE, sizeof(struct walker), c->threads->len);
	rb.present = g_hash_table_new(NULL, NULL);
	g_array_set_size(s->actors, c->threads->len);
	g_array_set_size(rb.walkers, c->threads->len);
	for (u32 i = 0; i < c->threads->len; i++) {
		struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);

		a->thread = i;
		a->ops = g_array_new(FALSE, FALSE, sizeof(struct ft_op));
		walker_of(&rb, i)->actor = a;
	}
	for (u32 i = 0; i < c->events->len; i++)
		rb.has_sched |= ft_event_at(c, i)->type == FT_SWITCH;
	find_mapping(&rb);
	for (u32 i = 0; ok && i < c->events->len; i++) {
		if (ft_thread_at(c, ft_event_at(c, i)->thread)->ours ||
		    ft_event_at(c, i)->type == FT_SWITCH)
			ok = on_event(&rb, ft_event_at(c, i));
	}
	if (ok)
		ok = finish(&rb);
	g_array_free(rb.walkers, TRUE);
	g_hash_table_destroy(rb.present);
	ft_measure(c, s);
	return ok;
}

void ft_story_free(struct ft_story *s)
{
	for (u32 i = 0; i < s->actors->len; i++)
		g_array_free(g_array_index(s->actors, struct ft_actor, i).ops, TRUE);
	g_array_free(s->actors, TRUE);
	for (u32 i = 0; i < FT_NR_FIGURES; i++)
		if (s->figure[i])
			g_array_free(s->figure[i], TRUE);
}
