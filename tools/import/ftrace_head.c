// SPDX-License-Identifier: GPL-2.0-only
/*
 * The head of an imported trace: where it comes from, what was inferred and what was dropped, and
 * the figures of the real kernel, as comments; then the machine.
 *
 * Invariant: whatever the recording's names contain, a comment stays a comment.
 */
#include <inttypes.h>
#include <string.h>

#include "tools/import/ftrace_emit.h"

static const char *const prefill_names[] = {
	[PREFILL_NONE] = "an empty file",
	[PREFILL_ALLOCATED] = "all pages allocated, none written",
	[PREFILL_PRESENT] = "all pages written, none mapped in the process",
	[PREFILL_MAPPED] = "all pages written and mapped in the process",
};

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
		ft_add_time(g, e->warm_up_ns);
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
	if (s->dropped_guest_ops)
		g_string_append_printf(
			g, "# Dropped: %" PRIu64 " system calls and host faults of vCPU threads.\n",
			s->dropped_guest_ops);
	if (e->c->lost)
		g_string_append_printf(g, "# The recorder lost %" PRIu64 " events.\n", e->c->lost);
}

/* Names may have any bytes; in a comment and in a title they are short and printable. */
static char *clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	char *clean = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), 200));

	for (char *p = clean; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || *p == '"' || *p == '\\')
			*p = ' ';
	return clean;
}

void ft_add_head(struct emitter *e)
{
	const struct ft_event *last = ft_event_at(e->c, e->c->events->len - 1);
	g_autofree char *source = clean(e->opt->source);
	g_autofree char *told = g_strdup_printf("Recorded: %s", source);
	g_autofree char *title = clean(e->opt->title ? e->opt->title : told);
	GString *g = e->out;

	g_string_append(g, "gmemsim trace 1\n");
	g_string_append_printf(
		g, "# Imported by gmemsim from %s: %u events of %u threads in %.3f ms.\n", source,
		e->c->events->len, e->c->threads->len,
		(double)(last->at_ns - e->c->start_ns) / 1e6);
	if (e->opt->comments)
		add_comment(g, e->opt->comments);
	add_inferred(e);
	add_figures(e);
	g_string_append_printf(g, "title = \"%s\"\n\n", title);
	g_string_append_printf(g, "[machine]\ncpus = %u\npreempt = none\n\n",
			       e->opt->cpus ? e->opt->cpus : e->c->cpus);
	g_string_append(g, "[design]\nkernel = mainline\nlocking = file\n\n");
	if (e->opt->costs)
		g_string_append_printf(g, "[cost]\ninclude = %s\n\n", e->opt->costs);
}
