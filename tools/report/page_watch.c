// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run looked at from outside.  See page_watch.h.
 */
#include <inttypes.h>
#include <string.h>

#include "model/events.h"
#include "sim/sim.h"
#include "tools/report/page_watch.h"

/* ---- the page ----------------------------------------------------------------------------- */

/* The number behind @word, which the message has as a word of its own. */
static bool number_after(const char *message, const char *word, u64 *out)
{
	size_t len = strlen(word);

	for (const char *p = strstr(message, word); p; p = strstr(p + 1, word)) {
		const char *digits = p + len + 1;
		char *end;

		if ((p > message && p[-1] != ' ') || p[len] != ' ' || !g_ascii_isdigit(*digits))
			continue;
		*out = g_ascii_strtoull(digits, &end, 0);
		return end > digits;
	}
	return false;
}

/* What was mapped or unmapped last, or else what was touched, or came into the file last. */
static u64 last_used(const struct sim *sim, const char *vm)
{
	u64 touched = PAGE_VIEW_NONE;

	for (size_t i = sim->log.len; i-- > 0;) {
		const struct sim_event *ev = &sim->log.ev[i];

		if (ev->type == EV_kvm_tdp_mmu_spte_changed && ev->a != ev->b)
			return ev->obj;
		if (ev->type == EV_kvm_page_fault && touched == PAGE_VIEW_NONE)
			touched = ev->obj >> PAGE_SHIFT;
		if (ev->type == EV_mm_filemap_add_to_page_cache && touched == PAGE_VIEW_NONE)
			touched = machine_gfn_of_index(sim->model, vm, ev->b);
	}
	return touched;
}

bool page_watch_find_place(struct sim *sim, const char *message, struct watch_place *out)
{
	static const char *const pages[] = {"page", "pfn", "frame", "folio"};
	const char *vm = machine_vm_name(sim->model, 0), *name;
	u64 n;

	*out = (struct watch_place){.gfn = PAGE_VIEW_NONE};
	for (u32 i = 0; (name = machine_vm_name(sim->model, i)); i++) {
		if (strstr(message, name)) {
			vm = name;
			break;
		}
	}
	if (!vm)
		return false;
	g_strlcpy(out->vm, vm, sizeof(out->vm));
	if (number_after(message, "gfn", &n))
		out->gfn = n;
	else if (number_after(message, "gpa", &n))
		out->gfn = n >> PAGE_SHIFT;
	else if (number_after(message, "index", &n))
		out->gfn = machine_gfn_of_index(sim->model, vm, n);
	for (size_t i = 0; i < G_N_ELEMENTS(pages) && out->gfn == PAGE_VIEW_NONE; i++) {
		if (number_after(message, pages[i], &n))
			out->gfn = machine_gfn_of_pfn(sim->model, vm, n);
	}
	if (out->gfn == PAGE_VIEW_NONE)
		out->gfn = last_used(sim, vm);
	return out->gfn != PAGE_VIEW_NONE;
}

/* ---- words -------------------------------------------------------------------------------- */

static const char *attribute(s32 is_private)
{
	return is_private < 0 ? "no attribute" : is_private ? "private" : "shared";
}

static void add_page(struct text *t, u64 pfn)
{
	if (pfn == PAGE_VIEW_NONE)
		text_add(t, "none");
	else
		text_add(t, "page 0x%" PRIx64, pfn);
}

static void add_vcpus(struct text *t, u64 vcpus)
{
	const char *sep = "";

	if (!vcpus)
		text_add(t, "none");
	for (u32 i = 0; i < 64; i++) {
		if (vcpus >> i & 1) {
			text_add(t, "%svcpu%u%s", sep, i, i == 63 ? "..." : "");
			sep = ",";
		}
	}
}

void page_watch_view_text(struct text *t, const struct page_view *v)
{
	if (!v->has_slot)
		text_add(t, "no memslot; ");
	text_add(t, "%s; in the file: ", attribute(v->is_private));
	add_page(t, v->file_pfn);
	text_add(t, "; guest page table: ");
	add_page(t, v->leaf_pfn);
	if (v->leaf_pfn != PAGE_VIEW_NONE)
		text_add(t, ", %s", v->leaf_private ? "private" : "shared");
	if (v->mirror_pfn != PAGE_VIEW_NONE) {
		text_add(t, "; mirror: ");
		add_page(t, v->mirror_pfn);
	}
	if (v->sept)
		text_add(t, "; S-EPT: %s", v->sept);
	text_add(t, "; TLBs: ");
	add_vcpus(t, v->tlbs);
	if (v->flushes) {
		text_add(t, ", to be flushed: ");
		add_vcpus(t, v->flushes);
	}
	if (v->pfn == PAGE_VIEW_NONE)
		return;
	text_add(t, "; page 0x%" PRIx64 ": refcount %d, %u host PTE%s%s", v->pfn, v->refs,
		 v->host_ptes, v->host_ptes == 1 ? "" : "s", v->locked ? ", locked" : "");
	if (v->order)
		text_add(t, ", order %u", v->order);
}

static void sep(struct text *t)
{
	if (t->len)
		text_add(t, "; ");
}

static void add_page_change(struct text *t, const char *what, u64 was, u64 is)
{
	if (was == is)
		return;
	sep(t);
	text_add(t, "%s: ", what);
	add_page(t, was);
	text_add(t, " -> ");
	add_page(t, is);
}

static void add_leaf_change(struct text *t, const struct page_view *a, const struct page_view *b)
{
	add_page_change(t, "guest page table", a->leaf_pfn, b->leaf_pfn);
	if (a->leaf_pfn != b->leaf_pfn && b->leaf_pfn != PAGE_VIEW_NONE)
		text_add(t, ", %s", b->leaf_private ? "private" : "shared");
	add_page_change(t, "mirror", a->mirror_pfn, b->mirror_pfn);
	if (g_strcmp0(a->sept, b->sept)) {
		sep(t);
		text_add(t, "S-EPT: %s -> %s", a->sept ? a->sept : "none",
			 b->sept ? b->sept : "none");
	}
	if (a->tlbs != b->tlbs) {
		sep(t);
		text_add(t, "TLBs: ");
		add_vcpus(t, a->tlbs);
		text_add(t, " -> ");
		add_vcpus(t, b->tlbs);
	}
	if (b->flushes & ~a->flushes) {
		sep(t);
		text_add(t, "TLB flush requested: ");
		add_vcpus(t, b->flushes & ~a->flushes);
	}
}

static void add_changes(struct text *t, const struct page_view *a, const struct page_view *b)
{
	if (a->seq != b->seq)
		text_add(t, "mmu_invalidate_seq: %" PRIu64 " -> %" PRIu64, a->seq, b->seq);
	if (a->in_progress != b->in_progress) {
		sep(t);
		text_add(t, "mmu_invalidate_in_progress: %" PRId64 " -> %" PRId64, a->in_progress,
			 b->in_progress);
	}
	if (a->has_slot != b->has_slot) {
		sep(t);
		text_add(t, "%s", b->has_slot ? "has a memslot" : "has no memslot");
	}
	if (a->is_private != b->is_private) {
		sep(t);
		text_add(t, "%s -> %s", attribute(a->is_private), attribute(b->is_private));
	}
	add_page_change(t, "in the file", a->file_pfn, b->file_pfn);
	add_leaf_change(t, a, b);
	if (a->pfn == b->pfn && a->refs != b->refs) {
		sep(t);
		text_add(t, "refcount: %d -> %d", a->refs, b->refs);
	}
	if (a->pfn == b->pfn && a->host_ptes != b->host_ptes) {
		sep(t);
		text_add(t, "host PTEs: %u -> %u", a->host_ptes, b->host_ptes);
	}
}

/* ---- looking ------------------------------------------------------------------------------ */

/* The way into the TDX module is no function of the kernel's; its leaf has a row of its own. */
static bool is_function(const char *frame)
{
	return !strchr(frame, '.') && strcmp(frame, "seamcall_on");
}

/* Kept once, however often somebody is there. */
static struct watch_stack stack_of(struct page_watch *w, const struct task *t)
{
	const char *frame[SIM_MAX_FRAMES];
	GBytes *key, *known;
	u32 n = 0;

	for (u32 i = 0; i < t->nr_frames; i++) {
		if (is_function(t->frame[i]))
			frame[n++] = t->frame[i];
	}
	key = g_bytes_new(frame, n * sizeof(frame[0]));
	known = g_hash_table_lookup(w->stacks, key);

	if (known) {
		g_bytes_unref(key);
	} else {
		g_hash_table_add(w->stacks, key);
		known = key;
	}
	return (struct watch_stack){(const char *const *)g_bytes_get_data(known, NULL), n};
}

static struct watch_moment *add_moment(struct page_watch *w, u32 task, enum watch_kind kind,
				       enum page_view_object object, const struct text *t)
{
	struct watch_moment m = {
		.at = w->sim->log.len,
		.task = task,
		.kind = kind,
		.object = object,
		.text = g_string_chunk_insert(w->memory, t->s),
	};

	if (task < w->sim->nr_tasks)
		m.stack = stack_of(w, w->sim->tasks[task]);
	g_array_append_val(w->moments, m);
	return &g_array_index(w->moments, struct watch_moment, w->moments->len - 1);
}

/* What has changed since the last look, @task has done; @inside: in the function it is in now. */
static void look(struct page_watch *w, u32 task, bool inside)
{
	struct page_view v;
	struct text t = {0};
	bool was = w->has_view;

	if (!w->place.vm[0])
		return;
	w->has_view = machine_page_view(w->sim->model, w->place.vm, w->place.gfn, &v);
	if (was && w->has_view) {
		add_changes(&t, &w->now, &v);
		w->nr_invalidations += w->now.seq != v.seq ||
				       w->now.in_progress != v.in_progress;
		w->nr_conversions += w->now.is_private != v.is_private;
	} else if (w->has_view) {
		w->first = v;
	}
	if (w->has_view)
		w->now = v;
	if (t.len)
		add_moment(w, task, WATCH_CHANGED, PAGE_VIEW_OTHER, &t)->inside = inside;
	text_finish(&t);
}

/* A task is about to read something that is known. */
static void look_ahead(struct page_watch *w, u32 task, const struct explore_op *op)
{
	enum page_view_object object;
	struct text t = {0};

	if (!w->has_view || op->write || op->kind != OP_ACCESS)
		return;
	object = machine_object(w->sim->model, w->place.vm, w->place.gfn, op->obj);
	if (object == PAGE_VIEW_OTHER)
		return;
	if (object == PAGE_VIEW_INVALIDATE)
		text_add(&t, "reads mmu_invalidate_seq: %" PRIu64, w->now.seq);
	if (object == PAGE_VIEW_INVALIDATE && w->now.in_progress)
		text_add(&t, ", in_progress: %" PRId64, w->now.in_progress);
	if (object == PAGE_VIEW_ATTRIBUTES)
		text_add(&t, "reads the attribute: %s", attribute(w->now.is_private));
	add_moment(w, task, WATCH_READS, object, &t);
	text_finish(&t);
}

/* sim_config.watch */
static void on_event(void *arg, const struct task *me, u32 type)
{
	struct page_watch *w = arg;
	struct watch_point p = {stack_of(w, me), me->op_line};
	struct watch_finding f = {.at = w->sim->log.len};

	look(w, me->id, true);
	g_array_set_size(w->points, (guint)w->sim->log.len);
	g_array_append_val(w->points, p);
	if (type != EV_FINDING)
		return;
	f.view = w->now;
	f.has_view = w->has_view;
	f.stack = g_new(struct watch_stack, w->sim->nr_tasks);
	for (u32 i = 0; i < w->sim->nr_tasks; i++)
		f.stack[i] = stack_of(w, w->sim->tasks[i]);
	g_array_append_val(w->findings, f);
}

/* ---- an explorer over another one's shoulder ---------------------------------------------- */

static struct page_watch *watcher(struct explorer *ex)
{
	return container_of(ex, struct page_watch, ex);
}

static void watch_begin_run(struct explorer *ex, struct sim *sim)
{
	struct page_watch *w = watcher(ex);

	if (w->inner->ops->begin)
		w->inner->ops->begin(w->inner, sim);
}

/* How far a task has come when somebody else goes on. */
static void note_stop(struct page_watch *w, u32 task)
{
	struct text t = {0};

	if (task >= w->sim->nr_tasks || !w->sim->tasks[task]->nr_frames)
		return;
	text_add(&t, "%s", "");
	add_moment(w, task, WATCH_STOPS, PAGE_VIEW_OTHER, &t);
	text_finish(&t);
}

static u32 watch_pick(struct explorer *ex, const struct explore_view *view)
{
	struct page_watch *w = watcher(ex);
	u32 id;

	look(w, view->last, false);
	id = w->inner->ops->pick(w->inner, view);
	if (id != view->last)
		note_stop(w, view->last);
	if (id != EXPLORE_STOP)
		look_ahead(w, id, &view->pending[id]);
	return id;
}

static u32 watch_choose(struct explorer *ex, struct task *me, enum choice_kind kind, u32 n)
{
	struct page_watch *w = watcher(ex);

	return w->inner->ops->choose(w->inner, me, kind, n);
}

static bool watch_done(struct explorer *ex, struct sim *sim)
{
	return explorer_done(watcher(ex)->inner, sim);
}

void page_watch_begin(struct page_watch *w, struct sim *sim, const struct watch_place *place)
{
	*w = (struct page_watch){
		.inner = sim->cfg.explorer,
		.sim = sim,
		.place = *place,
		.points = g_array_new(FALSE, TRUE, sizeof(struct watch_point)),
		.moments = g_array_new(FALSE, FALSE, sizeof(struct watch_moment)),
		.findings = g_array_new(FALSE, FALSE, sizeof(struct watch_finding)),
		.memory = g_string_chunk_new(4096),
		.stacks = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
						(GDestroyNotify)g_bytes_unref, NULL),
	};
	if (place->gfn == PAGE_VIEW_NONE)
		w->place.vm[0] = 0;
	w->has_view = w->place.vm[0] &&
		      machine_page_view(sim->model, w->place.vm, w->place.gfn, &w->first);
	w->now = w->first;
	sim->cfg.watch = on_event;
	sim->cfg.watch_arg = w;
	if (!w->inner)
		return;
	w->ops = (struct explorer_ops){
		.name = w->inner->ops->name,
		.begin = watch_begin_run,
		.pick = watch_pick,
		.choose = w->inner->ops->choose ? watch_choose : NULL,
		.done = watch_done,
	};
	w->ex = (struct explorer){.ops = &w->ops, .max_retries = w->inner->max_retries};
	sim->cfg.explorer = &w->ex;
}

void page_watch_finish(struct page_watch *w)
{
	for (u32 i = 0; i < w->findings->len; i++)
		g_free(g_array_index(w->findings, struct watch_finding, i).stack);
	g_array_unref(w->points);
	g_array_unref(w->moments);
	g_array_unref(w->findings);
	g_string_chunk_free(w->memory);
	g_hash_table_destroy(w->stacks);
}
