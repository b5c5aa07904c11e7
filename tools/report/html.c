// SPDX-License-Identifier: GPL-2.0-only
/*
 * One run as one HTML file: the verdict, who stalled behind what, distributions, a timeline, the
 * longest holds step by step, the tables, and the JSON report itself.
 *
 * The file needs nothing else, and asks no network for anything: style and script are in it.
 * Without the script all is there but the zoom.  Light or dark is the reader's choice; print is
 * light.
 *
 * Invariants: every figure is one of the JSON report's; text from traces and models is escaped.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/watchdog.h"
#include "tools/report/html.h"
#include "tools/report/page_text.h"

#define MAX_STALLS 24

void page_text(const struct page *p, const char *s)
{
	for (; s && *s; s++) {
		switch (*s) {
		case '<':
			fputs("&lt;", p->to);
			break;
		case '>':
			fputs("&gt;", p->to);
			break;
		case '&':
			fputs("&amp;", p->to);
			break;
		case '"':
			fputs("&quot;", p->to);
			break;
		default:
			putc(*s, p->to);
			break;
		}
	}
}

const char *page_step_class(const struct page *p, const char *name)
{
	static const char *const class[PAGE_COLOURS] = {
		"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9",
	};

	for (u32 i = 0; i < p->steps->len; i++) {
		if (g_ptr_array_index(p->steps, i) == (gpointer)name)
			return class[i];
	}
	return "sx";
}

struct step_sum {
	/* written by collect_steps() */
	const char *name;
	u64 total_ns;
};

static int most_time_first(const void *va, const void *vb)
{
	const struct step_sum *a = va, *b = vb;

	if (a->total_ns != b->total_ns)
		return a->total_ns > b->total_ns ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The steps that took most time have colours. */
static void collect_steps(struct page *p)
{
	g_autoptr(GArray) sums = g_array_new(FALSE, FALSE, sizeof(struct step_sum));

	for (u32 i = 0; i < p->tl.slices->len; i++) {
		const struct tl_slice *s = timeline_slice(&p->tl, i);
		struct step_sum fresh = {.name = s->name};
		u32 k = 0;

		if (s->kind != TL_HOLD_STEP)
			continue;
		while (k < sums->len && g_array_index(sums, struct step_sum, k).name != s->name)
			k++;
		if (k == sums->len)
			g_array_append_val(sums, fresh);
		g_array_index(sums, struct step_sum, k).total_ns += s->end_ns - s->begin_ns;
	}
	g_array_sort(sums, most_time_first);
	for (u32 k = 0; k < min(sums->len, (u32)PAGE_COLOURS); k++)
		g_ptr_array_add(p->steps, (gpointer)g_array_index(sums, struct step_sum, k).name);
}

static void put_all(const struct page *p, const char *const *part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fputs(part[i], p->to);
}

/* A time as people read it, with the exact one beside. */
static void put_ns(const struct page *p, u64 ns)
{
	char buf[REPORT_NS_TEXT];

	fprintf(p->to, "<td data-ns=\"%" PRIu64 "\">%s</td>", ns, report_ns(ns, buf));
}

static void put_n(const struct page *p, u64 n)
{
	fprintf(p->to, "<td data-n=\"%" PRIu64 "\">%" PRIu64 "</td>", n, n);
}

static void put_word(const struct page *p, const char *s)
{
	fputs("<td class=\"l\">", p->to);
	page_text(p, s ? s : "-");
	fputs("</td>", p->to);
}

static void put_track(const struct page *p, u64 part, u64 whole, const char *class)
{
	u32 width = whole ? (u32)((__extension__(unsigned __int128) part * 170) / whole) : 0;

	fprintf(p->to,
		"<td class=\"track\"><span class=\"bar %s\" style=\"width:%upx\"></span></td>",
		class, min(max(width, 1u), 170u));
}

/* min, p50, p99, max, total of what may never have been recorded */
static void put_hist(const struct page *p, const struct hist *h)
{
	bool any = h && h->count;

	put_ns(p, any ? hist_quantile(h, 0.50) : 0);
	put_ns(p, any ? hist_quantile(h, 0.99) : 0);
	put_ns(p, any ? h->max : 0);
	put_ns(p, any ? h->total : 0);
}

static void put_head(const struct page *p)
{
	const struct report *r = p->r;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>gmemsim: ", p->to);
	page_text(p, r->title && *r->title ? r->title : r->trace);
	fputs("</title>\n<style>\n", p->to);
	put_all(p, page_css, ARRAY_SIZE(page_css));
	fputs("</style></head>\n<body>\n<h1>", p->to);
	page_text(p, r->title && *r->title ? r->title : r->trace);
	fprintf(p->to, "</h1>\n<p class=\"dim\">");
	page_text(p, r->trace);
	fprintf(p->to, " &middot; engine %s &middot; seed %" PRIu64 " &middot; kernel ",
		r->sim->is_virtual ? "virtual" : "threads", r->sim->cfg.seed);
	page_text(p, r->kernel);
	fputs(" &middot; locking ", p->to);
	page_text(p, r->locking);
	fputs("</p>\n", p->to);
}

static void put_verdict(const struct page *p)
{
	struct text t = {0};

	report_verdict(p->r, &t);
	fprintf(p->to, "<p class=\"verdict%s\" id=\"verdict\">",
		p->r->sim->nr_findings ? " bad" : "");
	page_text(p, t.s);
	fputs("</p>\n<p class=\"dim\">Repeat it: <code>", p->to);
	page_text(p, p->r->replay);
	fputs("</code></p>\n", p->to);
	text_finish(&t);
}

static void put_watchdogs(const struct page *p)
{
	struct watchdog_distance d[WATCHDOG_NR];

	watchdog_distances(p->r->sim, d);
	fputs("<h2>How close to each watchdog</h2>\n"
	      "<div class=\"wide\"><table id=\"watchdogs\"><tr>"
	      "<th class=\"l\">watchdog</th><th>reports from</th><th>longest seen</th>"
	      "<th class=\"l\"></th><th class=\"l\">who</th><th class=\"l\">behind</th>"
	      "<th class=\"l\">held by</th></tr>\n", p->to);
	for (u32 i = 0; i < WATCHDOG_NR; i++) {
		bool known = d[i].owner != SIM_NO_TASK && d[i].lock;

		if (!d[i].threshold_ns)
			continue;
		fputs("<tr>", p->to);
		put_word(p, d[i].rule);
		put_ns(p, d[i].threshold_ns);
		put_ns(p, d[i].max_ns);
		put_track(p, d[i].max_ns, d[i].threshold_ns, "wait");
		put_word(p, d[i].task == SIM_NO_TASK ? NULL : report_task(p->r, d[i].task));
		put_word(p, d[i].lock);
		put_word(p, known ? report_task(p->r, d[i].owner) : NULL);
		fputs("</tr>\n", p->to);
	}
	fputs("</table></div>\n", p->to);
}

static int longest_stall_first(const void *va, const void *vb)
{
	const struct task *a = *(const struct task *const *)va;
	const struct task *b = *(const struct task *const *)vb;

	if (a->stall.max_ns != b->stall.max_ns)
		return a->stall.max_ns > b->stall.max_ns ? -1 : 1;
	return a->id < b->id ? -1 : 1;
}

static void put_stall(const struct page *p, const struct task *t, u64 longest_ns)
{
	const struct stall *s = &t->stall;
	bool known = s->holder != SIM_NO_TASK && s->holder != t->id;

	fputs("<tr>", p->to);
	put_word(p, t->name);
	put_ns(p, s->max_ns);
	put_track(p, s->max_ns, longest_ns, "wait");
	put_word(p, s->op);
	put_word(p, s->class ? s->class->name : NULL);
	put_word(p, known ? report_task(p->r, s->holder) : NULL);
	put_word(p, known ? s->holder_op : NULL);
	put_word(p, known ? s->holder_func : NULL);
	fputs("</tr>\n", p->to);
}

static void put_stalls(const struct page *p)
{
	const struct sim *sim = p->r->sim;
	g_autofree const struct task **stalled = g_new0(const struct task *, sim->nr_tasks + 1);
	u32 n = 0;

	for (u32 i = 0; i < sim->nr_tasks; i++) {
		if (report_stalled(sim->tasks[i]))
			stalled[n++] = sim->tasks[i];
	}
	qsort(stalled, n, sizeof(*stalled), longest_stall_first);
	fputs("<h2>Who stalled, behind what</h2>\n", p->to);
	if (!n)
		fputs("<p class=\"dim\">No task waited for another.</p>\n", p->to);
	if (!n)
		return;
	fputs("<div class=\"wide\"><table id=\"stalls\"><tr><th class=\"l\">task</th>"
	      "<th>longest</th><th class=\"l\"></th><th class=\"l\">in</th>"
	      "<th class=\"l\">behind</th>"
	      "<th class=\"l\">held by</th><th class=\"l\">in</th><th class=\"l\">function</th>"
	      "</tr>\n", p->to);
	for (u32 i = 0; i < min(n, (u32)MAX_STALLS); i++)
		put_stall(p, stalled[i], stalled[0]->stall.max_ns);
	fputs("</table></div>\n", p->to);
	if (n > MAX_STALLS)
		fprintf(p->to, "<p class=\"dim\">%u others stalled less.</p>\n", n - MAX_STALLS);
}

static void put_findings(const struct page *p)
{
	const struct sim *sim = p->r->sim;

	if (!sim->nr_findings)
		return;
	fputs("<h2>Findings</h2>\n", p->to);
	for (u32 i = 0; i < sim->nr_findings; i++) {
		const struct sim_finding *f = &sim->findings[i];
		char buf[REPORT_NS_TEXT];

		fputs("<p><b>", p->to);
		page_text(p, f->rule);
		fprintf(p->to, "</b> at %s", report_ns(f->at_ns, buf));
		if (f->task != SIM_NO_TASK) {
			fputs(" in ", p->to);
			page_text(p, report_task(p->r, f->task));
		}
		fputs("</p>\n<pre>", p->to);
		page_text(p, f->message);
		fputs("</pre>\n", p->to);
	}
}

static void put_locks(const struct page *p)
{
	fputs("<h2>Locks</h2>\n<div class=\"wide\"><table id=\"locks\"><tr>"
	      "<th class=\"l\">lock</th><th class=\"l\">rw</th><th>acquired</th>"
	      "<th>contended</th><th>wait p50</th>"
	      "<th>p99</th><th>max</th><th>total</th><th>hold p50</th><th>p99</th><th>max</th>"
	      "<th>total</th></tr>\n", p->to);
	for (u32 i = 0; i < p->r->nr_locks; i++) {
		const struct report_lock *l = &p->r->locks[i];

		fputs("<tr>", p->to);
		put_word(p, l->class->name);
		put_word(p, l->mode == LOCK_READ ? "R" : "W");
		put_n(p, l->stat.acquisitions);
		put_n(p, l->stat.contentions);
		put_hist(p, l->stat.wait);
		put_hist(p, l->stat.hold);
		fputs("</tr>\n", p->to);
	}
	fputs("</table></div>\n", p->to);
}

static void put_ops(const struct page *p)
{
	fputs("<h2>Operations</h2>\n<div class=\"wide\"><table id=\"ops\"><tr>"
	      "<th class=\"l\">operation</th><th class=\"l\">actor</th><th>count</th>"
	      "<th>errors</th>"
	      "<th>p50</th><th>p99</th><th>max</th><th>total</th></tr>\n", p->to);
	for (u32 i = 0; i < p->r->sim->nr_ops_stat; i++) {
		const struct op_stat *o = p->r->sim->ops_stat[i];

		fputs("<tr>", p->to);
		put_word(p, o->op);
		put_word(p, actor_kind_name(o->kind));
		put_n(p, o->count);
		put_n(p, o->errors);
		put_hist(p, &o->latency);
		fputs("</tr>\n", p->to);
	}
	fputs("</table></div>\n", p->to);
}

/* The JSON report as data of the page; "<" could end it. */
static void put_json(const struct page *p)
{
	char *json = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&json, &len);

	SIM_ASSERT(f);
	report_json(p->r, f);
	fclose(f);
	fputs("<script type=\"application/json\" id=\"report\">\n", p->to);
	for (const char *s = json; *s; s++) {
		if (*s == '<')
			fputs("\\u003c", p->to);
		else
			putc(*s, p->to);
	}
	fputs("</script>\n", p->to);
	free(json);
}

void report_html(const struct report *r, FILE *to)
{
	struct page p = {.r = r, .to = to, .end_ns = max(r->sim->end_ns, (sim_ns)1)};

	timeline_build(&p.tl, r);
	p.steps = g_ptr_array_new();
	collect_steps(&p);
	put_head(&p);
	put_verdict(&p);
	put_findings(&p);
	put_watchdogs(&p);
	put_stalls(&p);
	page_timeline(&p);
	page_longest_holds(&p);
	page_charts(&p);
	put_locks(&p);
	put_ops(&p);
	put_json(&p);
	fputs("<script>\n", to);
	put_all(&p, page_js, ARRAY_SIZE(page_js));
	fputs("</script>\n</body></html>\n", to);
	g_ptr_array_free(p.steps, TRUE);
	timeline_finish(&p.tl);
}
