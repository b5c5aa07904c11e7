// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the recorded threads did, written down as a trace.
 *
 * Everything is moved behind a warm-up in which a task "prepare" brings the file into the state it
 * had when the recording began.  The first operation of a task has its recorded time; a later one
 * has its recorded distance from the end of the one before if the thread slept in between, and else
 * follows at once: pauses are the program's, speed is the machine's.
 *
 * Invariant: the text depends on the recording and the options alone.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/import/ftrace.h"

#define PAGE		    4096ull
#define RUN_MIN		    4 /* operations one page apart that are written as a loop */
#define WARM_UP_NS_PER_PAGE 3000ull

struct emitter {
	const struct ft_capture *c;
	const struct ft_story *s;
	const struct import_options *opt;
	enum import_prefill prefill;
	u64 warm_up_ns;
	GString *out;
	GHashTable *names; /* of tasks, in use */
	u64 skipped_mmaps;
};

static const char *const prefill_names[] = {
	[PREFILL_NONE] = "an empty file",
	[PREFILL_ALLOCATED] = "all pages allocated, none written",
	[PREFILL_PRESENT] = "all pages written, none mapped in the process",
	[PREFILL_MAPPED] = "all pages written and mapped in the process",
};

static void add_size(GString *g, u64 bytes)
{
	static const char units[] = {'T', 'G', 'M', 'K'};

	for (u32 i = 0; bytes && i < sizeof(units); i++) {
		u64 unit = 1ull << (40 - 10 * i);

		if (bytes % unit == 0) {
			g_string_append_printf(g, "%" PRIu64 "%c", bytes / unit, units[i]);
			return;
		}
	}
	g_string_append_printf(g, bytes ? "0x%" PRIx64 : "%" PRIu64, bytes);
}

static void add_addr(GString *g, u64 addr)
{
	if (addr % (1 << 20) == 0)
		add_size(g, addr);
	else
		g_string_append_printf(g, "0x%" PRIx64, addr);
}

static void add_time(GString *g, u64 ns)
{
	static const struct {
		u64 ns;
		const char *name;
	} units[] = {{NSEC_PER_SEC, "s"}, {NSEC_PER_MS, "ms"}, {NSEC_PER_US, "us"}};

	for (u32 i = 0; i < ARRAY_SIZE(units); i++) {
		u64 n = ns / units[i].ns;

		if (ns % units[i].ns == 0) {
			g_string_append_printf(g, "%" PRIu64 "%s", n, units[i].name);
			return;
		}
	}
	g_string_append_printf(g, "%" PRIu64 "ns", ns);
}

/* ---- head -------------------------------------------------------------------- */

static void add_comment(GString *g, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **l = lines; *l; l++) {
		g_autofree char *clean = g_utf8_make_valid(*l, -1);

		for (char *p = clean; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				*p = ' ';
		if (l[1] || *clean)
			g_string_append_printf(g, "# %s\n", g_strchomp(clean));
	}
}

static const char *const figure_names[FT_NR_FIGURES] = {
	[FT_PUNCH] = "punch call",
	[FT_HOLD] = "invalidate lock held by punch",
	[FT_READ_WAIT] = "invalidate lock read wait",
	[FT_WRITE_WAIT] = "invalidate lock write wait",
	[FT_ALLOCATE_CALL] = "allocate call",
	[FT_IOCTL_CALL] = "ioctl call",
	[FT_HOST_FAULT] = "host fault",
	[FT_TOUCH_FAULT] = "guest fault, exit to mapping",
};

static void add_figures(struct emitter *e)
{
	bool any = false;

	for (u32 i = 0; i < FT_NR_FIGURES; i++) {
		const u64 *ns = (const u64 *)(void *)e->s->figure[i]->data;
		u32 n = e->s->figure[i]->len;
		double total_ns = 0;

		if (!n)
			continue;
		if (!any)
			g_string_append(e->out,
					"#\n# The real kernel's figures, from the events:\n");
		any = true;
		for (u32 k = 0; k < n; k++)
			total_ns += (double)ns[k];
		g_string_append_printf(e->out,
				       "# real %s: n=%u p50_us=%.1f max_us=%.1f total_us=%.1f\n",
				       figure_names[i], n, (double)ns[n / 2] / 1e3,
				       (double)ns[n - 1] / 1e3, total_ns / 1e3);
	}
}

static void add_inferred(struct emitter *e)
{
	const struct ft_story *s = e->s;
	GString *g = e->out;

	g_string_append(g, "#\n# Inferred: ");
	g_string_append_printf(g, "the file has %" PRIu64 " KiB; it started as %s%s.\n",
			       s->size_bytes / 1024, prefill_names[e->prefill],
			       e->opt->assume.prefill ? " (as told)" : "");
	if (e->warm_up_ns) {
		g_string_append(g, "# Task \"prepare\" makes it so before the recorded times, "
				   "which are moved by ");
		add_time(g, e->warm_up_ns);
		g_string_append(g, ".\n");
	}
	if (s->base_gpa)
		g_string_append_printf(g, "# Guest addresses are less 0x%" PRIx64 ".\n",
				       s->base_gpa);
	if (e->opt->assume.faulters || e->opt->assume.pinners)
		g_string_append(g,
				"# Threads whose operations the events do not name do what the "
				"program was told to do\n# (touch or pin pages, again and again), "
				"for as long as the others work.\n");
	g_string_append_printf(g,
			       "# Merged: %" PRIu64 " faults that repeated the one before.  "
			       "Dropped: %" PRIu64 " faults outside the\n"
			       "# file (stacks, code), %" PRIu64 " mmap_lock sections that belong "
			       "to none, %" PRIu64 " mmap or munmap calls\n"
			       "# of unknown size, all threads but the program's.\n",
			       s->merged_faults, s->dropped_faults, s->dropped_mmap_reads,
			       e->skipped_mmaps);
	if (e->c->lost)
		g_string_append_printf(g, "# The recorder lost %" PRIu64 " events.\n", e->c->lost);
}

static void add_head(struct emitter *e)
{
	const struct ft_event *last = ft_event_at(e->c, e->c->events->len - 1);
	g_autofree char *title = e->opt->title ? g_strdup(e->opt->title) :
						 g_strdup_printf("Recorded: %s", e->opt->source);
	GString *g = e->out;

	for (char *p = title; *p; p++)
		if (*p == '"' || *p == '\\' || (unsigned char)*p < 0x20)
			*p = ' ';
	g_string_append(g, "gmemsim trace 1\n");
	g_string_append_printf(
		g, "# Imported by gmemsim from %s: %u events of %u threads in %.3f ms.\n",
		e->opt->source, e->c->events->len, e->c->threads->len,
		(double)(last->at_ns - e->c->start_ns) / 1e6);
	if (e->opt->comments)
		add_comment(g, e->opt->comments);
	add_inferred(e);
	add_figures(e);
	g_string_append_printf(g, "title = \"%.1000s\"\n\n", title);
	g_string_append_printf(g, "[machine]\ncpus = %u\npreempt = none\n\n",
			       e->opt->cpus ? e->opt->cpus : e->c->cpus);
	g_string_append(g, "[design]\nkernel = mainline\nlocking = file\n\n");
	if (e->opt->costs)
		g_string_append_printf(g, "[cost]\ninclude = %s\n\n", e->opt->costs);
}

static u32 count_guests(const struct ft_story *s)
{
	u32 n = 0;

	for (u32 i = 0; i < s->actors->len; i++)
		n += g_array_index(s->actors, struct ft_actor, i).guest;
	return n;
}

/* With recorded memslot ioctls, the slots are the program's business from the start. */
static void add_vm(struct emitter *e)
{
	GString *g = e->out;
	u64 size = e->s->size_bytes, slot = e->opt->assume.slot_offset;

	g_string_append(g, "[vm vm0]\ntype = default\nmemory = ");
	add_size(g, size);
	g_string_append_printf(g, "\nvcpus = %u\ninit = shared\nmmap = yes\n",
			       MAX(1u, count_guests(e->s)));
	if (e->s->has_ioctl_slots && slot) {
		g_string_append(g, "gmem = gmem size=");
		add_size(g, size);
		g_string_append(g, "\nslot = 0 gpa=0 len=");
		add_size(g, slot);
		g_string_append(g, " offset=0 gmem=gmem\n");
	}
	g_string_append_c(g, '\n');
}

/* ---- tasks -------------------------------------------------------------------- */

static void add_prepare(struct emitter *e)
{
	GString *g = e->out;

	if (e->prefill == PREFILL_NONE)
		return;
	g_string_append(g, "[task prepare vm=vm0 kind=vmm]\n");
	g_string_append(g, e->prefill == PREFILL_ALLOCATED ? "allocate 0 len=" :
							     "access write 0 len=");
	add_size(g, e->s->size_bytes);
	g_string_append_c(g, '\n');
	if (e->prefill == PREFILL_PRESENT) {
		g_string_append(g, "advise dontneed 0 len=");
		add_size(g, e->s->size_bytes);
		g_string_append_c(g, '\n');
	}
	g_string_append_c(g, '\n');
}

static bool is_name_char(const char *p, u32 n)
{
	return g_ascii_isalnum(*p) || (*p == '-' && n && g_ascii_isalpha(p[1]));
}

/* A thread's name is its task's; what is no word of the language becomes '_'. */
static void task_name(struct emitter *e, const struct ft_actor *a, u32 vcpu, char name[64])
{
	const struct ft_thread *t = ft_thread_at(e->c, a->thread);
	u32 n = 0;

	memset(name, 0, 64);
	if (a->guest) {
		g_snprintf(name, 64, "vcpu%u", vcpu);
		return;
	}
	if (!g_ascii_isalpha(t->name[0]) || g_str_has_prefix(t->name, "vcpu"))
		n = (u32)g_snprintf(name, 64, "t_");
	for (const char *p = t->name; *p; p++, n++)
		name[n] = is_name_char(p, n) ? *p : '_';
	if (g_hash_table_contains(e->names, name))
		g_snprintf(name + n, 64 - n, "_%u", t->pid);
	g_hash_table_add(e->names, g_strdup(name));
}

static void add_task_header(struct emitter *e, const struct ft_actor *a, u32 vcpu)
{
	GString *g = e->out;
	char name[64];

	task_name(e, a, vcpu, name);
	g_string_append_printf(g, "[task %s vm=vm0%s", name, a->guest ? "" : " kind=vmm");
	if (a->cpu >= 0)
		g_string_append_printf(g, " cpu=%d", a->cpu);
	g_string_append(g, "]\n");
}

static void add_when(struct emitter *e, const struct ft_op *op, const struct ft_op *before)
{
	GString *g = e->out;

	if (!before) {
		g_string_append(g, "at ");
		add_time(g, op->start_ns - e->c->start_ns + e->warm_up_ns);
		g_string_append_c(g, ' ');
	} else if (op->slept && op->start_ns > before->end_ns) {
		g_string_append(g, "after ");
		add_time(g, op->start_ns - before->end_ns);
		g_string_append_c(g, ' ');
	}
}

static void add_verb(GString *g, const struct ft_op *op, const struct import_assume *assume)
{
	switch ((enum ft_verb)op->verb) {
	case FT_OP_ALLOCATE:
		g_string_append(g, "allocate ");
		break;
	case FT_OP_PUNCH:
		g_string_append(g, "punch ");
		break;
	case FT_OP_ACCESS:
		g_string_append_printf(g, "access %s ", op->write ? "write" : "read");
		break;
	case FT_OP_TOUCH:
		g_string_append(g, "touch shared ");
		break;
	case FT_OP_BIND:
		g_string_append(g, "bind slot=1 gpa=");
		add_addr(g, assume->slot_offset);
		g_string_append(g, " offset=");
		add_addr(g, assume->slot_offset);
		g_string_append(g, " len=");
		add_size(g, assume->slot_bytes);
		break;
	case FT_OP_UNBIND:
		g_string_append(g, "unbind slot=1");
		break;
	case FT_OP_MMAP:
		g_string_append(g, "mmap 0 len=");
		add_size(g, op->len);
		g_string_append(g, " as=view");
		break;
	case FT_OP_MUNMAP:
		g_string_append(g, "munmap view");
		break;
	}
}

/* Address and length of the verbs that have them behind the verb. */
static void add_range(GString *g, const struct ft_op *op, const char *addr)
{
	if (op->verb > FT_OP_TOUCH)
		return;
	if (addr)
		g_string_append(g, addr);
	else
		add_addr(g, op->addr);
	g_string_append(g, op->verb == FT_OP_TOUCH ? " " : " len=");
	add_size(g, op->len);
	if (op->verb == FT_OP_TOUCH && op->write)
		g_string_append(g, " write");
}

/* How many operations from @i on are the same, each one page further and with no pause. */
static u32 run_length(const GArray *ops, u32 i)
{
	const struct ft_op *first = &g_array_index(ops, struct ft_op, i);
	u32 n = 1;

	if (first->verb != FT_OP_ACCESS && first->verb != FT_OP_TOUCH)
		return 1;
	for (; i + n < ops->len; n++) {
		const struct ft_op *op = &g_array_index(ops, struct ft_op, i + n);

		if (op->verb != first->verb || op->write != first->write || op->slept ||
		    op->addr != first->addr + n * PAGE)
			break;
	}
	return n;
}

static void add_run(GString *g, const struct ft_op *op, u32 n)
{
	g_autoptr(GString) addr = g_string_new(NULL);

	if (op->addr) {
		add_addr(addr, op->addr);
		g_string_append(addr, "+i*4K");
	} else {
		g_string_append(addr, "i*4K");
	}
	g_string_append_printf(g, "for i in 0..%u { ", n - 1);
	add_verb(g, op, NULL);
	add_range(g, op, addr->str);
	g_string_append(g, " }\n");
}

static bool has_unknown_size(const struct ft_op *op, const struct import_assume *assume)
{
	bool slot = op->verb == FT_OP_BIND || op->verb == FT_OP_UNBIND;
	bool map = op->verb == FT_OP_MMAP || op->verb == FT_OP_MUNMAP;

	return (slot && !assume->slot_bytes) || (map && !assume->mmap_bytes);
}

static void add_ops(struct emitter *e, const struct ft_actor *a)
{
	const struct ft_op *before = NULL;
	GString *g = e->out;

	for (u32 i = 0; i < a->ops->len;) {
		const struct ft_op *op = &g_array_index(a->ops, struct ft_op, i);
		u32 n = run_length(a->ops, i);

		if (has_unknown_size(op, &e->opt->assume)) {
			i++;
			continue;
		}
		add_when(e, op, before);
		if (n >= RUN_MIN) {
			add_run(g, op, n);
			i += n;
		} else {
			add_verb(g, op, &e->opt->assume);
			add_range(g, op, NULL);
			g_string_append_c(g, '\n');
			i++;
		}
		before = &g_array_index(a->ops, struct ft_op, i - 1);
	}
}

/* A thread that did something all the time which the events do not show. */
static void add_generated(struct emitter *e, const struct ft_actor *a, bool pins)
{
	const struct import_assume *as = &e->opt->assume;
	u64 from = as->touch_from, to = as->touch_to ? as->touch_to : e->s->size_bytes;
	u64 len = pins ? as->pin_bytes : PAGE;
	GString *g = e->out;

	g_string_append(g, "at ");
	add_time(g, a->first_ns - e->c->start_ns + e->warm_up_ns);
	g_string_append(g, " repeat until=stop {\n");
	if (!as->random) {
		g_string_append_printf(g, "for i in 0..%" PRIu64 " { ", (to - from) / len - 1);
	}
	g_string_append(g, pins ? "pin " : "access write ");
	if (as->random) {
		g_string_append(g, "rand(");
		add_addr(g, from);
		g_string_append_c(g, ',');
		add_addr(g, to - len + 1 > from ? to - len + PAGE : to);
		g_string_append_c(g, ')');
	} else {
		add_addr(g, from);
		g_string_append(g, "+i*");
		add_size(g, len);
	}
	g_string_append(g, " len=");
	add_size(g, len);
	g_string_append(g, pins ? " as=pages\nunpin pages\n" : "\n");
	g_string_append(g, as->random ? "}\n" : "}\n}\n");
}

/* Who raises "stop": the thread whose recorded operations end last; NULL if nobody has any. */
static const struct ft_actor *last_worker(const struct ft_story *s)
{
	const struct ft_actor *last = NULL;
	u64 last_ns = 0;

	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);
		u64 end_ns;

		if (a->generated || !a->ops->len)
			continue;
		end_ns = g_array_index(a->ops, struct ft_op, a->ops->len - 1).end_ns;
		if (!last || end_ns > last_ns) {
			last = a;
			last_ns = end_ns;
		}
	}
	return last;
}

/* From the end of the last recorded operation to the end of the generated work. */
static u64 tail_ns(const struct ft_story *s, u64 from_ns)
{
	u64 end_ns = from_ns;

	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);

		if (a->generated)
			end_ns = MAX(end_ns, a->last_ns);
	}
	return end_ns - from_ns;
}

static void add_stop(struct emitter *e, const struct ft_actor *a)
{
	if (a) {
		g_string_append(e->out, "after ");
		add_time(
			e->out,
			tail_ns(e->s, g_array_index(a->ops, struct ft_op, a->ops->len - 1).end_ns));
	} else {
		g_string_append(e->out, "[task main vm=vm0 kind=vmm]\nat ");
		add_time(e->out, tail_ns(e->s, e->c->start_ns) + e->warm_up_ns);
	}
	g_string_append(e->out, " signal stop\n");
}

static void add_tasks(struct emitter *e)
{
	const struct ft_actor *last = last_worker(e->s);
	u32 vcpu = 0, generated = 0;

	for (u32 i = 0; i < e->s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(e->s->actors, struct ft_actor, i);

		if (!a->generated && !a->ops->len)
			continue;
		add_task_header(e, a, vcpu);
		vcpu += a->guest;
		if (a->generated)
			add_generated(e, a, generated++ >= e->opt->assume.faulters);
		else
			add_ops(e, a);
		if (a == last && e->s->nr_generated)
			add_stop(e, a);
		g_string_append_c(e->out, '\n');
	}
	if (!last && e->s->nr_generated)
		add_stop(e, NULL);
}

static u64 count_skipped(const struct ft_story *s, const struct import_assume *assume)
{
	u64 n = 0;

	for (u32 i = 0; i < s->actors->len; i++) {
		const struct ft_actor *a = &g_array_index(s->actors, struct ft_actor, i);

		for (u32 k = 0; !a->generated && k < a->ops->len; k++)
			n += has_unknown_size(&g_array_index(a->ops, struct ft_op, k), assume);
	}
	return n;
}

static enum import_prefill choose_prefill(const struct ft_story *s, const struct import_assume *as)
{
	if (as->prefill != PREFILL_INFER)
		return as->prefill;
	if (s->seen_present)
		return s->seen_mapped ? PREFILL_MAPPED : PREFILL_PRESENT;
	return PREFILL_NONE;
}

char *ft_emit(const struct ft_capture *c, const struct ft_story *s,
	      const struct import_options *opt)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct emitter e = {.c = c, .s = s, .opt = opt, .out = g_string_new(NULL), .names = names};
	u64 pages = s->size_bytes / PAGE;

	e.prefill = choose_prefill(s, &opt->assume);
	if (e.prefill != PREFILL_NONE)
		e.warm_up_ns = (pages * WARM_UP_NS_PER_PAGE / NSEC_PER_MS + 1) * NSEC_PER_MS;
	e.skipped_mmaps = count_skipped(s, &opt->assume);
	add_head(&e);
	add_vm(&e);
	g_hash_table_add(names, g_strdup("prepare"));
	g_hash_table_add(names, g_strdup("main"));
	add_prepare(&e);
	add_tasks(&e);
	return g_string_free(e.out, FALSE);
}
