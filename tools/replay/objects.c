// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes' tables: which files are open, what is mapped where, which pins are held.
 *
 * A name may stand for several objects at a time, when several tasks run the same body or a loop
 * makes another one before it dropped the last: a task means its own newest, and if it made none,
 * the newest of anybody in its process.  Closing a file that another task is in the middle of using
 * takes the name away at once and the file when that task is done, as close() does.
 *
 * Invariants: users counts the operations that hold the object, and 1 while its name stands for it;
 * who brings it to 0 gives the object back.
 */
#include "sim/engine.h"
#include "tools/replay/internal.h"

struct rp_object *rp_object_new(struct replay *r, u8 kind, u32 name)
{
	struct rp_object *o = sim_zalloc(r->sim, sizeof(*o));

	o->kind = kind;
	o->name = name;
	o->actor = TRACE_NONE;
	o->gmem = TRACE_NONE;
	o->obj = sim_new_obj(r->sim);
	o->users = 1;
	INIT_LIST_HEAD(&o->node);
	return o;
}

/* The same thing under another entry; who copies a file takes a reference to it. */
struct rp_object *rp_object_copy(struct replay *r, const struct rp_object *o)
{
	struct rp_object *copy = rp_object_new(r, o->kind, o->name);

	copy->actor = o->actor;
	copy->process = o->process;
	copy->gmem = o->gmem;
	copy->offset = o->offset;
	copy->len = o->len;
	copy->hva = o->hva;
	copy->file = o->file;
	return copy;
}

void rp_object_publish(struct task *me, struct replay *r, struct rp_object *o)
{
	sim_point(me, o->obj, SIM_WRITE);
	sim_guard_lock(r->sim, &r->lock);
	list_add(&o->node, &r->objects);
	sim_guard_unlock(r->sim, &r->lock);
}

static bool covers(const struct rp_object *o, u64 addr, u64 len)
{
	return addr >= o->offset && addr - o->offset < o->len && len <= o->len - (addr - o->offset);
}

/* Context: lock held. */
static struct rp_object *take(struct rp_object *o)
{
	if (o)
		o->users++;
	return o;
}

/*
 * Mappings and pins are a process's own.  So are a forked child's files; all others may use each
 * other's, as if these had been passed to them.
 */
static bool is_reachable(const struct replay *r, const struct rp_object *o, u32 process)
{
	return o->process == process ||
	       (o->kind == RP_FILE && !r->processes[o->process].is_child &&
		!r->processes[process].is_child);
}

struct rp_object *rp_object_get(struct rp_call *c, u8 kind, u32 name, u32 gmem)
{
	struct replay *r = c->a->r;
	struct rp_object *o, *found = NULL;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (o->kind != kind || (kind == RP_FILE ? o->gmem != gmem : o->name != name) ||
		    !is_reachable(r, o, c->a->process))
			continue;
		if (!found || (o->actor == c->a->id && found->actor != c->a->id))
			found = o;
	}
	take(found);
	sim_guard_unlock(r->sim, &r->lock);
	if (found)
		sim_point(c->me, found->obj, SIM_READ);
	return found;
}

/* A file in any process: its descriptor has been passed on. */
struct rp_object *rp_file_anywhere(struct rp_call *c, u32 gmem)
{
	struct replay *r = c->a->r;
	struct rp_object *o, *found = NULL;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (!found && o->kind == RP_FILE && o->gmem == gmem)
			found = take(o);
	}
	sim_guard_unlock(r->sim, &r->lock);
	if (found)
		sim_point(c->me, found->obj, SIM_READ);
	return found;
}

struct rp_object *rp_object_of_process(struct rp_call *c)
{
	struct replay *r = c->a->r;
	struct rp_object *o, *found = NULL;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (o->process == c->a->process)
			found = o;
	}
	take(found);
	sim_guard_unlock(r->sim, &r->lock);
	return found;
}

/*
 * The mapping an access means: the named one, or the process's newest of the file that has all of
 * the range, or the newest at all.
 */
struct rp_object *rp_mapping_get(struct rp_call *c, u64 addr, u64 len)
{
	struct replay *r = c->a->r;
	struct rp_object *o, *found = NULL;
	u32 gmem;

	if (rp_has(c, TRACE_ARG_MAP))
		return rp_object_get(c, RP_MAPPING, rp_name(c, TRACE_ARG_MAP), TRACE_NONE);
	gmem = rp_gmem_of(c);
	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (o->kind != RP_MAPPING || o->gmem != gmem || o->process != c->a->process ||
		    o->name != TRACE_NONE)
			continue;
		if (!found)
			found = o;
		if (covers(o, addr, len)) {
			found = o;
			break;
		}
	}
	take(found);
	sim_guard_unlock(r->sim, &r->lock);
	if (found)
		sim_point(c->me, found->obj, SIM_READ);
	return found;
}

/* The last user is gone: give back what the name stood for. */
static s64 give_back(struct rp_call *c, struct rp_object *o)
{
	switch (o->kind) {
	case RP_FILE:
		return gmem_close(c->me, o->file);
	case RP_PIN:
		/* a pin of nothing */
		if (!o->pin)
			return 0;
		return o->how == RP_PIN_IOMMU ? iommu_unmap(c->me, o->pin) :
						unpin_user_pages(c->me, o->pin);
	default:
		return 0;
	}
}

s64 rp_object_put(struct rp_call *c, struct rp_object *o)
{
	struct replay *r = c->a->r;
	bool last;

	sim_guard_lock(r->sim, &r->lock);
	SIM_ASSERT(o->users > 0);
	last = --o->users == 0;
	sim_guard_unlock(r->sim, &r->lock);
	return last ? give_back(c, o) : 0;
}

/*
 * Take the name away.  The caller keeps its own use of the object until rp_object_put(), whose
 * result is the operation's.
 */
s64 rp_object_close(struct rp_call *c, struct rp_object *o)
{
	struct replay *r = c->a->r;
	bool mine;

	sim_point(c->me, o->obj, SIM_WRITE);
	sim_guard_lock(r->sim, &r->lock);
	mine = !list_empty(&o->node);
	if (mine) {
		list_del_init(&o->node);
		o->users--;
	}
	sim_guard_unlock(r->sim, &r->lock);
	/* somebody else closed it between our look-up and now */
	if (!mine) {
		rp_object_put(c, o);
		return o->kind == RP_FILE ? -EBADF : -EINVAL;
	}
	return rp_object_put(c, o);
}

bool rp_pinned(struct replay *r, u32 gmem, u64 offset)
{
	struct rp_object *o;
	bool pinned = false;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node)
		pinned |= o->kind == RP_PIN && o->gmem == gmem && covers(o, offset, 1);
	sim_guard_unlock(r->sim, &r->lock);
	return pinned;
}

/* Where a process has @offset of a file mapped; 0: nowhere. */
hva_t rp_mapped_at(struct replay *r, u32 process, u32 gmem, u64 offset)
{
	struct rp_object *o;
	hva_t hva = 0;

	sim_guard_lock(r->sim, &r->lock);
	list_for_each_entry(o, &r->objects, node) {
		if (!hva && o->kind == RP_MAPPING && o->gmem == gmem && o->process == process &&
		    covers(o, offset, 1))
			hva = o->hva + (offset - o->offset);
	}
	sim_guard_unlock(r->sim, &r->lock);
	return hva;
}

/* ---- memslots ------------------------------------------------------------------ */

/* Context: lock held. */
static struct rp_slot *find_slot(struct rp_vm *vm, u32 id)
{
	struct rp_slot *s;

	list_for_each_entry(s, &vm->slots, node) {
		if (s->id == id)
			return s;
	}
	return NULL;
}

struct rp_slot *rp_slot_get(struct replay *r, struct rp_vm *vm, u32 id, struct rp_slot *copy)
{
	struct rp_slot *s;

	sim_guard_lock(r->sim, &r->lock);
	s = find_slot(vm, id);
	if (s)
		*copy = *s;
	sim_guard_unlock(r->sim, &r->lock);
	return s ? copy : NULL;
}

void rp_slot_set(struct replay *r, struct rp_vm *vm, const struct rp_slot *slot)
{
	struct rp_slot *fresh = sim_alloc(r->sim, sizeof(*fresh)), *s;
	struct list_head node;

	sim_guard_lock(r->sim, &r->lock);
	s = find_slot(vm, slot->id);
	if (!s) {
		s = fresh;
		fresh = NULL;
		list_add_tail(&s->node, &vm->slots);
	}
	node = s->node;
	*s = *slot;
	s->node = node;
	sim_guard_unlock(r->sim, &r->lock);
	if (fresh)
		sim_free(r->sim, fresh, sizeof(*fresh));
}
