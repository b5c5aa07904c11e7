// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - run benchmarks and print one table.
 *
 * Each row is measured several times and the median counts; a row whose middle half is spread over
 * more than a tenth of it is marked as noisy.  A baseline is measured once, at its first use, so
 * that a row and what it is compared with come from the same run on the same machine.
 *
 * usage: bench engine|explore|model|locks|scale|all [--json] [SUBSTRING...]
 * exit: 0, 64 usage
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/benches/bench.h"

#define OPS	   (1u << 17) /* enough to hide what starting a simulation costs */
#define REPEATS	   11
#define NOISY	   0.10
#define MAX_ROWS   256
#define EXIT_USAGE 64

static const struct bench_suite *const suites[] = {
	&bench_engine, &bench_tree, &bench_threads, &bench_locks, &bench_contended, &bench_model,
	&bench_explore, &bench_peer, &bench_scale,
};

/* One row with what was measured. */
struct row {
	/* written by main() only */
	const struct bench *b;
	const struct bench_suite *suite;
	bool measured;
	bool noisy;
	double value; /* ns or bytes of one operation */
};

struct table {
	/* written by main() only */
	struct row row[MAX_ROWS];
	u32 nr;
	bool json;
	u32 printed;
	u32 nr_noisy;
	const char *title; /* over the last row printed */
};

static struct row *find_row(struct table *t, const char *name)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (strcmp(t->row[i].b->name, name) == 0)
			return &t->row[i];
	}
	fprintf(stderr, "bench: no row '%s'\n", name);
	abort();
}

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct row *r)
{
	u64 ops = r->b->ops ? r->b->ops : OPS;
	double v[REPEATS];

	if (r->measured)
		return;
	r->measured = true;
	if (r->b->once) {
		r->value = r->b->run(r->b, ops) / (double)ops;
		return;
	}
	for (u32 i = 0; i < REPEATS; i++) {
		v[i] = r->b->run(r->b, ops) / (double)ops;
		if (isnan(v[i])) {
			r->value = NAN;
			return;
		}
	}
	qsort(v, REPEATS, sizeof(v[0]), cmp_double);
	r->value = v[REPEATS / 2];
	r->noisy = v[REPEATS - 1 - REPEATS / 4] - v[REPEATS / 4] > NOISY * r->value;
}

/* --- how a row reads --- */

static bool is_rate(const struct bench *b)
{
	return strncmp(b->unit, "ns", 2) != 0 && strncmp(b->unit, "B/", 2) != 0 &&
	       strcmp(b->unit, "MiB") != 0 && strcmp(b->unit, "ms") != 0;
}

/* In the row's own unit. */
static double shown(const struct row *r)
{
	return is_rate(r->b) ? 1e9 / r->value : r->value;
}

/* Three digits, and the unit as far as the row's name does not say it. */
static const char *scaled(char *buf, size_t size, double v, const struct bench *b)
{
	const char *unit = is_rate(b) ? "/s" : strncmp(b->unit, "B/", 2) == 0 ? " B" : " ns";
	const char *prefix = "";

	if (isnan(v)) {
		snprintf(buf, size, "not installed:");
		return buf;
	}
	if (b->unit[0] == 'm' || b->unit[0] == 'M') {
		prefix = " ";
		unit = b->unit;
	}

	if (is_rate(b) && v >= 1e6) {
		v /= 1e6;
		prefix = " M";
	} else if (is_rate(b) && v >= 1e3) {
		v /= 1e3;
		prefix = " k";
	}
	snprintf(buf, size, "%.*f%s%s", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, prefix, unit);
	return buf;
}

/* Is there a budget, what is it, and is it met? */
static bool budget(const struct row *r, const struct row *base, const char **kind, double *limit)
{
	const struct bench *b = r->b;
	bool met = true;

	*kind = NULL;
	if (b->at_most) {
		*kind = "at-most";
		*limit = b->at_most;
		met = shown(r) <= *limit;
	} else if (b->at_least) {
		*kind = "at-least";
		*limit = b->at_least;
		met = shown(r) >= *limit;
	} else if (b->added) {
		*kind = "added-at-most";
		*limit = b->added;
		met = r->value - base->value <= *limit;
	} else if (b->times) {
		*kind = "times-at-most";
		*limit = b->times;
		met = r->value <= *limit * base->value;
	}
	return met;
}

static const char *budget_text(char *buf, size_t size, const struct bench *b, double limit)
{
	char num[32];

	scaled(num, sizeof(num), limit, b);
	if (b->times)
		snprintf(buf, size, "<= %.3g x", limit);
	else
		snprintf(buf, size, "%s %s", b->at_most ? "<=" : b->at_least ? ">=" : "+", num);
	return buf;
}

#define COLUMNS "%-36s %-10s %-30.30s %7s %9s %s\n"

static void print_text(struct table *t, const struct row *r, const struct row *base)
{
	char value[32], measured[48], baseline[64] = "-", ratio[16] = "-", text[48] = "-";
	const char *kind;
	double limit;
	bool met = budget(r, base, &kind, &limit);

	if (t->title != r->suite->title) {
		printf("%s%s\n" COLUMNS, t->title ? "\n" : "", r->suite->title, "quantity",
		       "measured", "baseline of this run", "ratio", "budget", "met");
		t->title = r->suite->title;
	}
	snprintf(measured, sizeof(measured), "%s%s", r->noisy ? "~" : "",
		 scaled(value, sizeof(value), shown(r), r->b));
	if (base) {
		snprintf(baseline, sizeof(baseline), "%s %s",
			 scaled(value, sizeof(value), shown(base), base->b), base->b->name);
		if (!isnan(base->value))
			snprintf(ratio, sizeof(ratio), "%.3g", r->value / base->value);
	}
	if (kind)
		budget_text(text, sizeof(text), r->b, limit);
	printf(COLUMNS, r->b->name, measured, baseline, ratio, text,
	       !kind ? "-" :
	       met   ? "yes" :
		       "NO");
}

/* What is not installed is null. */
static const char *json_number(char *buf, size_t size, double v)
{
	if (isnan(v))
		snprintf(buf, size, "null");
	else
		snprintf(buf, size, "%.6g", v);
	return buf;
}

static void print_json(struct table *t, const struct row *r, const struct row *base)
{
	const struct bench *b = r->b;
	const char *kind;
	char num[2][32];
	double limit;
	bool met = budget(r, base, &kind, &limit);

	printf("%s\n    {\"suite\": \"%s\", \"name\": \"%s\", \"unit\": \"%s\", "
	       "\"measured\": %s, \"noisy\": %s",
	       t->printed ? "," : "", r->suite->name, b->name, b->unit,
	       json_number(num[0], sizeof(num[0]), shown(r)), r->noisy ? "true" : "false");
	if (base)
		printf(", \"baseline\": \"%s\", \"baseline_measured\": %s, \"ratio\": %s",
		       base->b->name, json_number(num[0], sizeof(num[0]), shown(base)),
		       json_number(num[1], sizeof(num[1]), r->value / base->value));
	if (kind)
		printf(", \"budget\": \"%s\", \"budget_value\": %.6g, \"met\": %s", kind, limit,
		       met ? "true" : "false");
	printf("}");
}

static void show(struct table *t, struct row *r)
{
	struct row *base = NULL;

	if (r->b->base) {
		base = find_row(t, r->b->base);
		measure(base);
	}
	measure(r);
	if (t->json)
		print_json(t, r, base);
	else
		print_text(t, r, base);
	fflush(stdout);
	t->printed++;
	t->nr_noisy += r->noisy;
}

/* --- which rows --- */

static void add_suites(struct table *t)
{
	for (u32 s = 0; s < ARRAY_SIZE(suites); s++) {
		for (u32 i = 0; i < suites[s]->nr && t->nr < MAX_ROWS; i++) {
			t->row[t->nr].b = &suites[s]->bench[i];
			t->row[t->nr++].suite = suites[s];
		}
	}
}

/* "engine" is the engine's own rows and those that stand for the others. */
static bool wanted(const struct row *r, const char *what, int argc, char **argv)
{
	bool in = (strcmp(what, "all") == 0 && !r->b->once) ||
		  strcmp(what, r->suite->name) == 0 ||
		  (strcmp(what, "engine") == 0 && r->b->headline);
	bool named = true;

	for (int i = 2; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		named = strstr(r->b->name, argv[i]);
		if (named)
			break;
	}
	return in && named;
}

/* What bench_child() starts. */
static int child(struct table *t, const char *name, u64 n)
{
	const struct bench *b = find_row(t, name)->b;

	printf("%.17g\n", b->in_child(b, n));
	return 0;
}

static bool is_suite(const struct table *t, const char *what)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (strcmp(t->row[i].suite->name, what) == 0)
			return true;
	}
	return false;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: tools/bench engine|explore|model|locks|scale|all [--json] "
		"[SUBSTRING...]\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static struct table t;
	const char *what = argc > 1 ? argv[1] : "";

	add_suites(&t);
	if (strcmp(what, "child") == 0 && argc == 4)
		return child(&t, argv[2], strtoull(argv[3], NULL, 10));
	if (!is_suite(&t, what) && strcmp(what, "all"))
		return usage();
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			t.json = true;
		else if (argv[i][0] == '-')
			return usage();
	}
	if (t.json)
		printf("{\n  \"format\": 1,\n  \"rows\": [");
	for (u32 i = 0; i < t.nr; i++) {
		if (wanted(&t.row[i], what, argc, argv))
			show(&t, &t.row[i]);
	}
	if (t.json)
		printf("\n  ]\n}\n");
	else if (t.nr_noisy)
		printf("\n~ noisy: the middle half of %u measurements is spread over more than "
		       "%.0f %% of it\n",
		       REPEATS, NOISY * 100);
	return 0;
}
