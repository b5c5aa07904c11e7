// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the guest of a TD comes to accept its private memory: [vm] accept = ve, lazy, eager, none.
 *
 * "ve" is the model's own (guest_set_ve_policy).  The others are as Linux: a bitmap of what has
 * been accepted, in pieces of accept-len; who needs a piece accepts all of it, and whoever else
 * needs it spins meanwhile.
 *
 * Invariant: a piece that is marked as accepted has been, up to what was given back and taken again
 * by conversions, which accept it themselves.
 *
 * Upstream: drivers/firmware/efi/unaccepted_memory.c:accept_memory,
 *	     arch/x86/coco/tdx/tdx.c:tdx_enc_status_changed
 * Fidelity: simplified: one lock for each piece; no padding of the next piece
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

#define BOOT_CLASS	 "trace:boot"
#define UNACCEPTED_CLASS "guest:unaccepted_memory"
#define PIECES_MAX	 (64ull << 20)

enum piece { PIECE_UNACCEPTED, PIECE_BUSY, PIECE_ACCEPTED };

struct rp_unaccepted {
	/* constant */
	u64 nr_pieces;
	u64 piece_bytes;
	struct lockdep_map dep_map; /* its owner: who has begun a piece last */
	/* protected by the replay's lock; read: atomic */
	u8 *piece; /* enum piece */
};

static u64 slots_end(const struct replay *r, const struct trace_vm *vm)
{
	u64 end = 0;

	for (u32 i = 0; i < vm->n_slots; i++) {
		const struct trace_slot *s = &r->trace->slots[vm->first_slot + i];

		end = max(end, s->gpa + s->len);
	}
	return end;
}

static bool unaccepted_create(struct replay *r, struct rp_vm *vm)
{
	struct rp_unaccepted *u = sim_zalloc(r->sim, sizeof(*u));
	u64 end = slots_end(r, vm->trace);

	u->piece_bytes = vm->trace->td.accept_len;
	u->nr_pieces = (end + u->piece_bytes - 1) / u->piece_bytes;
	if (u->nr_pieces > PIECES_MAX) {
		rp_error(r, vm->trace->td_loc.line, vm->trace->td_loc.col,
			 "accept-len: so much memory in so small pieces is too much");
		return false;
	}
	lock_init_map(r->sim, &u->dep_map, UNACCEPTED_CLASS, LOCKC_UNORDERED);
	u->piece = sim_zalloc(r->sim, u->nr_pieces + 1);
	vm->unaccepted = u;
	return true;
}

/* A part of a piece does not count: accepting the rest of it finds that out. */
void rp_mark_accepted(struct rp_vm *vm, gpa_t gpa, u64 len)
{
	struct rp_unaccepted *u = vm->unaccepted;

	if (!u)
		return;
	for (u64 i = (gpa + u->piece_bytes - 1) / u->piece_bytes;
	     i < (gpa + len) / u->piece_bytes; i++) {
		if (i < u->nr_pieces)
			store_release(u->piece[i], PIECE_ACCEPTED);
	}
}

/* ---- the call --------------------------------------------------------------------------- */

/* What was accepted in earlier entries counts, and is not accepted again. */
s64 rp_accept(struct rp_call *c, gpa_t gpa, u64 len, int level, struct accept_info *sum)
{
	struct accept_info acc;
	struct access_info info;
	u64 done = 0;
	s64 ret;

	*sum = (struct accept_info){0};
	do {
		acc = (struct accept_info){0};
		info = (struct access_info){0};
		ret = guest_accept(c->me, gpa + done, len - done, level, &info, &acc);
		sum->accepted_pages += acc.accepted_pages;
		sum->already_pages += acc.already_pages;
		sum->accepted_2m += acc.accepted_2m;
		sum->mismatches += acc.mismatches;
		sum->busy += acc.busy;
		sum->status = acc.status;
		done += (acc.accepted_pages + acc.already_pages) << PAGE_SHIFT;
	} while (done < len && (rp_enter_again(c, ret) || rp_vmm_fault(c, ret, &info)));
	if (info.fault_size) {
		rp_field(c, TRACE_FIELD_FLAGS, info.fault_flags);
		rp_field(c, TRACE_FIELD_GPA, info.fault_gpa);
		rp_field(c, TRACE_FIELD_SIZE, info.fault_size);
	}
	return ret;
}

/* ---- lazy ------------------------------------------------------------------------------- */

struct piece_wait {
	/* constant */
	const struct rp_unaccepted *u;
	u64 i;
};

static bool piece_settled(struct task *me, void *arg)
{
	const struct piece_wait *w = arg;

	sim_point(me, w->u->dep_map.id, SIM_READ);
	return load_acquire(w->u->piece[w->i]) != PIECE_BUSY;
}

static s64 wait_for_piece(struct rp_call *c, struct rp_unaccepted *u, u64 i)
{
	struct piece_wait w = {u, i};
	s64 ret;

	lock_contended(c->me, &u->dep_map, LOCK_WRITE);
	lock_wait_aside(c->me);
	store_release(c->a->spins, RP_ANY);
	do {
		ret = guest_spin_until(c->me, piece_settled, &w);
	} while (rp_enter_again(c, ret));
	store_release(c->a->spins, TRACE_NONE);
	lock_wait_back(c->me);
	lock_wait_abort(c->me, &u->dep_map, (int)ret);
	return ret;
}

static void settle_piece(struct rp_call *c, struct rp_unaccepted *u, u64 i, enum piece state)
{
	sim_point(c->me, u->dep_map.id, SIM_WRITE);
	store_release(u->piece[i], (u8)state);
	rp_wake_spinners(c, RP_ANY);
}

/* Take the piece, if nobody has; what it was. */
static enum piece claim_piece(struct rp_call *c, struct rp_unaccepted *u, u64 i)
{
	struct replay *r = c->a->r;
	enum piece was;

	sim_point(c->me, u->dep_map.id, SIM_WRITE);
	sim_guard_lock(r->sim, &r->lock);
	was = (enum piece)u->piece[i];
	if (was == PIECE_UNACCEPTED)
		store_release(u->piece[i], PIECE_BUSY);
	sim_guard_unlock(r->sim, &r->lock);
	if (was == PIECE_UNACCEPTED)
		lock_set_owner(c->me, &u->dep_map);
	return was;
}

/* The part of the piece that is memory; of several parts the one that was asked for. */
static s64 accept_piece(struct rp_call *c, struct rp_unaccepted *u, u64 i, gpa_t gpa)
{
	gpa_t from = i * u->piece_bytes, end = from + u->piece_bytes;
	struct accept_info acc;
	struct rp_slot s;

	if (!rp_slot_at(c->a->r, c->a->vm, gpa, &s))
		return 0; /* the touch says what is wrong */
	from = max(from, s.gpa);
	end = min(end, s.gpa + s.len);
	return rp_accept(c, from, end - from, 0, &acc);
}

s64 rp_lazy_accept(struct rp_call *c, gpa_t gpa, u64 len)
{
	struct rp_unaccepted *u = c->a->vm ? c->a->vm->unaccepted : NULL;
	s64 ret = 0;

	if (!u)
		return 0;
	for (u64 i = gpa / u->piece_bytes; !ret && i <= (gpa + len - 1) / u->piece_bytes; i++) {
		if (i >= u->nr_pieces)
			return 0;
		while (!ret && load_acquire(u->piece[i]) != PIECE_ACCEPTED) {
			if (claim_piece(c, u, i) != PIECE_UNACCEPTED) {
				ret = wait_for_piece(c, u, i);
				continue;
			}
			ret = accept_piece(c, u, i, max(gpa, i * u->piece_bytes));
			settle_piece(c, u, i, ret ? PIECE_UNACCEPTED : PIECE_ACCEPTED);
		}
	}
	return ret;
}

/* ---- eager ------------------------------------------------------------------------------ */

/* The vCPU that boots the TD: the first one of the trace. */
static bool boots(const struct rp_actor *a)
{
	for (u32 i = 0; i < a->r->nr_actors; i++) {
		const struct rp_actor *b = &a->r->actors[i];

		if (b->vm == a->vm && b->trace->kind == TRACE_ACTOR_GUEST)
			return a == b;
	}
	return false;
}

static void accept_all(struct rp_call *c)
{
	const struct trace_vm *vm = c->a->vm->trace;
	struct accept_info acc;

	sim_op_begin(c->me, "accept");
	for (u32 i = 0; i < vm->n_slots && !c->res->ret; i++) {
		const struct trace_slot *s = &c->a->r->trace->slots[vm->first_slot + i];

		if (c->a->r->trace->gmems[s->gmem].init == TRACE_PRIVATE)
			c->res->ret = rp_accept(c, s->gpa, s->len, 0, &acc);
	}
	sim_op_end(c->me, c->res->ret);
}

/* Before the first operation of a vCPU. */
void rp_boot(struct task *me, struct rp_actor *a)
{
	struct rp_result res = {0};
	struct rp_call c = {.a = a, .me = me, .res = &res};
	struct rp_boot *boot = a->vm ? a->vm->boot : NULL;

	if (!boot || a->trace->kind != TRACE_ACTOR_GUEST)
		return;
	if (!boots(a)) {
		wait_event_killable(me, &boot->wait,
				    READ_ONCE(me, boot->wait.dep_map.id, boot->done) != 0);
		return;
	}
	accept_all(&c);
	store_release(boot->done, 1u);
	wake_up_all(me, &boot->wait);
}

bool rp_guest_init(struct replay *r)
{
	for (u32 i = 0; i < r->trace->n_vms; i++) {
		const struct trace_vm *t = &r->trace->vms[i];
		struct rp_vm *vm = &r->vms[i];

		if (t->type != TRACE_VM_TDX)
			continue;
		guest_set_ve_policy(vm->vm, t->td.accept == TRACE_ACCEPT_VE ? TDX_VE_ACCEPT :
									      TDX_VE_DIE);
		if (t->td.accept == TRACE_ACCEPT_LAZY && !unaccepted_create(r, vm))
			return false;
		if (t->td.accept != TRACE_ACCEPT_EAGER)
			continue;
		vm->boot = sim_zalloc(r->sim, sizeof(*vm->boot));
		lock_class_get(r->sim, BOOT_CLASS, LOCKC_WAITQ | LOCKC_PACING);
		init_waitqueue_head(r->sim, &vm->boot->wait, BOOT_CLASS);
	}
	return true;
}
