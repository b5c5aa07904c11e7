// SPDX-License-Identifier: GPL-2.0-only
/*
 * The charts of the HTML report: how long locks were waited for and held.
 *
 * Both axes are logarithmic, because a stall is one value among a million.  The histogram's own
 * scale (32 steps an octave) is the time axis, and the ruler for the heights; whole numbers all
 * along, so that the page is the same on every machine.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tools/report/html.h"

#define CHART_W	   340
#define CHART_H	   110
#define BASE_Y	   84
#define BAR_Y	   66 /* of the highest bar, above the least of 8 */
#define PER_BAR	   8  /* steps of the histogram: a quarter of an octave */
#define NR_BARS	   (HIST_BUCKETS / PER_BAR)
#define MIN_BARS   16
#define LABEL_W	   46
#define MAX_CHARTS 8

struct bars {
	/* written by collect() */
	u64 count[NR_BARS];
	u32 first, nr;
	u64 most;
};

static void collect(const struct hist *h, struct bars *b)
{
	u32 last = 0;

	*b = (struct bars){.first = NR_BARS};
	for (u32 i = 0; i < HIST_BUCKETS; i++) {
		u64 n = h->used >> (i / HIST_SUB) & 1 ? h->bucket[i] : 0;
		u32 bar = i / PER_BAR;

		if (!n)
			continue;
		b->count[bar] += n;
		b->first = min(b->first, bar);
		last = max(last, bar);
		b->most = max(b->most, b->count[bar]);
	}
	b->nr = max(last + 1 - b->first, (u32)MIN_BARS);
}

static void put_axis(const struct page *p, const struct bars *b)
{
	s32 free_x = 0; /* of labels */
	char buf[REPORT_NS_TEXT];
	u64 ns = 1;

	fprintf(p->to, "<line class=\"grid\" x1=\"0\" x2=\"%u\" y1=\"%u\" y2=\"%u\"/>", CHART_W,
		BASE_Y, BASE_Y);
	for (u32 k = 0; k < 19; k++, ns *= 10) {
		s32 x = ((s32)hist_index(ns) - (s32)(b->first * PER_BAR)) * CHART_W /
			(s32)(b->nr * PER_BAR);

		if (x < free_x || x > CHART_W - LABEL_W)
			continue;
		free_x = x + LABEL_W;
		fprintf(p->to,
			"<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%u\" y2=\"%u\"/>"
			"<text x=\"%d\" y=\"%u\">%s</text>",
			x, x, BASE_Y, BASE_Y + 4, x, BASE_Y + 16, report_ns(ns, buf));
	}
}

static void put_bar(const struct page *p, const struct bars *b, u32 i, bool wait)
{
	u64 n = b->count[b->first + i];
	u32 height = 8 + BAR_Y * hist_index(n) / max(hist_index(b->most), 1u);
	u32 x = i * CHART_W / b->nr, next = (i + 1) * CHART_W / b->nr;
	char buf[2][REPORT_NS_TEXT];

	if (!n)
		return;
	fprintf(p->to,
		"<rect class=\"f-%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\">"
		"<title>%s to %s: %" PRIu64 "</title></rect>",
		wait ? "wait" : "hold", x, BASE_Y - height, max(next - x, 2u) - 1, height,
		report_ns(hist_bucket_low((b->first + i) * PER_BAR), buf[0]),
		report_ns(hist_bucket_high((b->first + i + 1) * PER_BAR - 1), buf[1]), n);
}

static void put_chart(const struct page *p, const struct report_lock *l, bool wait)
{
	const struct hist *h = wait ? l->stat.wait : l->stat.hold;
	char buf[3][REPORT_NS_TEXT];
	struct bars b;

	collect(h, &b);
	fprintf(p->to,
		"<figure><svg viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" role=\"img\">",
		CHART_W, CHART_H, CHART_W, CHART_H);
	for (u32 i = 0; i < b.nr && b.first + i < NR_BARS; i++)
		put_bar(p, &b, i, wait);
	put_axis(p, &b);
	fprintf(p->to, "</svg><figcaption>");
	page_text(p, l->class->name);
	fprintf(p->to, " (%s): %" PRIu64 " %s, p50 %s, p99 %s, max %s</figcaption></figure>\n",
		l->mode == LOCK_READ ? "read" : "write", h->count, wait ? "waits" : "holds",
		report_ns(hist_quantile(h, 0.5), buf[0]), report_ns(hist_quantile(h, 0.99), buf[1]),
		report_ns(h->max, buf[2]));
}

struct ranked {
	/* written by put_charts() */
	const struct report_lock *lock;
	u64 max_ns;
};

static int longest_first(const void *va, const void *vb)
{
	const struct ranked *a = va, *b = vb;

	if (a->max_ns != b->max_ns)
		return a->max_ns > b->max_ns ? -1 : 1;
	return a->lock < b->lock ? -1 : 1;
}

static void put_charts(const struct page *p, bool wait)
{
	g_autofree struct ranked *rank = g_new0(struct ranked, p->r->nr_locks + 1);
	u32 n = 0;

	for (u32 i = 0; i < p->r->nr_locks; i++) {
		const struct report_lock *l = &p->r->locks[i];
		const struct hist *h = wait ? l->stat.wait : l->stat.hold;

		if (h && h->count && !(l->class->flags & LOCKC_PACING))
			rank[n++] = (struct ranked){l, h->max};
	}
	qsort(rank, n, sizeof(*rank), longest_first);
	fprintf(p->to, "<div class=\"charts\">\n");
	for (u32 i = 0; i < min(n, (u32)MAX_CHARTS); i++)
		put_chart(p, rank[i].lock, wait);
	fprintf(p->to, "</div>\n");
	if (!n)
		fprintf(p->to, "<p class=\"dim\">None.</p>\n");
	if (n > MAX_CHARTS)
		fprintf(p->to,
			"<p class=\"dim\">Those with the longest; the table has %u more.</p>\n",
			n - MAX_CHARTS);
}

void page_charts(const struct page *p)
{
	fprintf(p->to, "<h2>How long locks were waited for</h2>\n"
		       "<p class=\"dim\">Logarithmic both ways.</p>\n");
	put_charts(p, true);
	fprintf(p->to, "<h2>How long locks were held</h2>\n");
	put_charts(p, false);
}
