// SPDX-License-Identifier: GPL-2.0-only
/*
 * gmemsim compare: one workload, many designs.
 *
 * Each design runs the workload in simulated time, for what it costs, and explores orders of
 * events, for whether it is right: of the traces given by --check; without, of small twins of the
 * workload, whose orders can all be seen; where there is no twin, of the workload itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/lockings.h"
#include "tools/cmd.h"
#include "tools/explore/explore.h"
#include "tools/progress.h"
#include "tools/report/compare.h"
#include "tools/report/report.h"
#include "tools/twins.h"

/*
 * Numbers of schedules, and not times, end an exploration, so that it is the same on every machine;
 * the time is there for traces that are too large.  A twin is searched, and if that does not come
 * to an end, sampled as well: the orders that a search begins with are much alike.
 */
#define DEFAULT_SCHEDULES 200
#define DEFAULT_TIME_NS	  (2 * NSEC_PER_SEC)
#define TWIN_SCHEDULES	  100000
#define TWIN_SLOWLY	  10000 /* of TDs and huge pages: ten times the work */
#define TWIN_SAMPLES	  2000
#define TWIN_TIME_NS	  (60 * NSEC_PER_SEC)

/* NULL: the trace's own. */
struct design {
	/* written by the option parser */
	char *kernel, *locking;
};

struct options {
	/* written by the option parser */
	char **designs, **check;
	char *seed, *costs, *schedules, *time, *json, *html;
	int jobs;
	gboolean quiet, no_check;
	/* what they come to */
	GArray *design; /* struct design */
	struct replay_options run;
	struct campaign_options campaign;
};

static const GOptionEntry *entries(struct options *o)
{
	const GOptionEntry table[] = {
		{"design", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->designs,
		 "repeated; all (default), or kernel=K,locking=L with K or L all or left out",
		 "DESIGN"},
		{"check", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->check,
		 "repeated: explore this trace, instead of small ones like the workload", "TRACE"},
		{"no-check", 0, 0, G_OPTION_ARG_NONE, &o->no_check, "explore nothing", NULL},
		{"schedules", 0, 0, G_OPTION_ARG_STRING, &o->schedules,
		 "to explore, of each design and trace; default 200, of small ones 100000", "N"},
		{"time", 0, 0, G_OPTION_ARG_STRING, &o->time,
		 "for exploring each design and trace; default 2s, of small ones 60s", "T"},
		{"jobs", 'j', 0, G_OPTION_ARG_INT, &o->jobs, "worker processes; default 1", "J"},
		{"seed", 0, 0, G_OPTION_ARG_STRING, &o->seed,
		 "a number or a commit hash; default 1", "N"},
		{"costs", 0, 0, G_OPTION_ARG_FILENAME, &o->costs,
		 "a cost file, read after the trace's own", "FILE"},
		{"json", 0, 0, G_OPTION_ARG_FILENAME, &o->json, "write the JSON report", "FILE"},
		{"html", 0, 0, G_OPTION_ARG_FILENAME, &o->html, "write a heat map", "FILE"},
		{"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "no table, no progress", NULL},
		{0},
	};

	return g_memdup2(table, sizeof(table));
}

/* ---- which designs ------------------------------------------------------------------------- */

/* A strategy with the argument that it is compared with if nobody says another. */
static char *usual_locking(const struct locking_text *l)
{
	if (!l->argument)
		return g_strdup(l->name);
	return g_strdup_printf("%s:%s", l->name, strcmp(l->argument, "SIZE") == 0 ? "2M" : "16");
}

static void add_lockings(struct options *o, const char *kernel, const char *locking)
{
	struct locking_text l;

	if (!locking || strcmp(locking, "all") != 0) {
		struct design d = {g_strdup(kernel), g_strdup(locking)};

		g_array_append_val(o->design, d);
		return;
	}
	for (u32 i = 0; locking_text(i, &l); i++) {
		struct design d = {g_strdup(kernel), usual_locking(&l)};

		g_array_append_val(o->design, d);
	}
}

static void add_designs(struct options *o, const char *kernel, const char *locking)
{
	if (!kernel || strcmp(kernel, "all") != 0) {
		add_lockings(o, kernel, locking);
		return;
	}
	for (const char *const *k = cmd_kernels; *k; k++)
		add_lockings(o, *k, locking);
}

static bool parse_design(const struct cmd *cmd, struct options *o, const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", 0);
	const char *kernel = NULL, *locking = NULL;

	if (strcmp(text, "all") == 0) {
		add_designs(o, NULL, "all");
		return true;
	}
	for (char **p = parts; *p; p++) {
		if (g_str_has_prefix(*p, "kernel=")) {
			kernel = *p + strlen("kernel=");
		} else if (g_str_has_prefix(*p, "locking=")) {
			locking = *p + strlen("locking=");
		} else {
			cmd_talk(cmd, "--design %s: not all, kernel=K, locking=L or both with a "
				      "comma", text);
			return false;
		}
	}
	if (kernel && strcmp(kernel, "all") != 0 &&
	    cmd_find_word(cmd, "design kernel", kernel, cmd_kernels) < 0)
		return false;
	if (locking && strcmp(locking, "all") != 0 && !cmd_check_locking(cmd, locking))
		return false;
	add_designs(o, kernel, locking);
	return true;
}

static bool apply(const struct cmd *cmd, struct options *o)
{
	static char all_designs[] = "all";
	char *all[] = {all_designs, NULL};
	guint64 n;

	if (o->seed && !cmd_parse_seed(o->seed, &o->run.seed)) {
		cmd_talk(cmd, "--seed %s: not a number", o->seed);
		return false;
	}
	o->run.costs = o->costs;
	cmd_limit_memory(&o->run);
	campaign_options_default(&o->campaign);
	o->campaign.seed = o->run.seed;
	o->campaign.run.costs = o->costs;
	cmd_limit_memory(&o->campaign.run);
	o->campaign.stop = cmd_interrupt();
	o->campaign.schedules = DEFAULT_SCHEDULES;
	o->campaign.time_ns = (u64)DEFAULT_TIME_NS;
	o->campaign.jobs = (u32)o->jobs;
	if (o->jobs < 1 || o->jobs > 1024) {
		cmd_talk(cmd, "--jobs: 1 to 1024");
		return false;
	}
	if (o->time && !cmd_parse_time(o->time, &o->campaign.time_ns)) {
		cmd_talk(cmd, "--time %s: not a time such as 30s", o->time);
		return false;
	}
	if (o->schedules) {
		if (!g_ascii_string_to_unsigned(o->schedules, 10, 1, G_MAXINT64, &n, NULL)) {
			cmd_talk(cmd, "--schedules %s: not a number from 1 on", o->schedules);
			return false;
		}
		o->campaign.schedules = n;
	}
	for (char **d = o->designs ? o->designs : all; *d; d++) {
		if (!parse_design(cmd, o, *d))
			return false;
	}
	return true;
}

/* ---- one design ---------------------------------------------------------------------------- */

/* The lock that excludes everybody, in every strategy, for some changes or for all. */
#define WHOLE_FILE "mapping.invalidate_lock"

/* Holds of the locks that stand for the file's, whatever the strategy calls them. */
static void note_holds(struct compare_row *row, const struct report *r)
{
	struct locking_text l;
	size_t len = strcspn(row->locking, ":");

	for (u32 i = 0; locking_text(i, &l); i++) {
		if (strlen(l.name) != len || strncmp(l.name, row->locking, len) != 0)
			continue;
		for (u32 k = 0; k < r->nr_locks; k++) {
			const struct report_lock *lock = &r->locks[k];

			if (lock->mode == LOCK_WRITE && lock->stat.hold &&
			    (strcmp(lock->class->name, l.lock_class) == 0 ||
			     strcmp(lock->class->name, WHOLE_FILE) == 0))
				hist_merge(&row->invalidate_hold, lock->stat.hold);
		}
	}
}

static void note_stalls(struct compare_row *row, const struct report *r)
{
	const struct task *worst = NULL;

	for (u32 i = 0; i < r->sim->nr_tasks; i++) {
		const struct task *t = r->sim->tasks[i];

		if (t->kind != ACTOR_GUEST || t->daemon)
			continue;
		hist_record(&row->vcpu_stall, t->stall.max_ns);
		if (t->stall.max_ns && (!worst || t->stall.max_ns > worst->stall.max_ns))
			worst = t;
	}
	if (!worst)
		return;
	row->stalled = g_strdup(worst->name);
	row->lock = worst->stall.class ? g_strdup(worst->stall.class->name) : NULL;
	if (worst->stall.holder != SIM_NO_TASK && worst->stall.holder != worst->id)
		row->holder = g_strdup(report_task(r, worst->stall.holder));
	row->step = g_strdup(worst->stall.holder_func);
}

static void note_conversions(struct compare_row *row, const struct sim *sim)
{
	for (u32 i = 0; i < sim->nr_ops_stat; i++) {
		const struct op_stat *op = sim->ops_stat[i];

		if (strcmp(op->op, "convert") != 0 && strcmp(op->op, "mapgpa") != 0 &&
		    strcmp(op->op, "attributes") != 0)
			continue;
		row->converts += op->count;
		row->convert_errors += op->errors;
		row->convert_total_ns += op->latency.total;
	}
}

static void note_distances(struct compare_row *row, const struct sim *sim)
{
	watchdog_distances(sim, row->distance);
	/* the rest names what goes with the simulation */
	for (u32 i = 0; i < WATCHDOG_NR; i++)
		row->distance[i] = (struct watchdog_distance){
			.rule = row->distance[i].rule,
			.threshold_ns = row->distance[i].threshold_ns,
			.max_ns = row->distance[i].max_ns,
			.task = SIM_NO_TASK,
			.owner = SIM_NO_TASK,
		};
}

/* Each rule once, in the order of the findings. */
static char **rules_of(const struct sim *sim)
{
	g_autofree char *rules = explore_rules_of(sim);

	return *rules ? g_strsplit(rules, ",", 0) : g_new0(char *, 1);
}

static void note_run(struct compare_row *row, struct replay *r)
{
	struct report report = {.trace = row->trace};
	struct sim *sim = replay_sim(r);
	char why[160];

	report_init(&report, sim);
	row->sim_ns = sim->end_ns;
	note_conversions(row, sim);
	row->convert_pages = replay_converted_pages(r);
	note_holds(row, &report);
	note_stalls(row, &report);
	note_distances(row, sim);
	row->found = replay_as_expected(r, why) ? g_new0(char *, 1) : rules_of(sim);
	report_finish(&report);
}

/* Return: false if the design makes no sense for the trace; row->refused says why. */
static bool run_design(const struct options *o, const struct trace *t, const struct design *d,
		       struct compare_row *row)
{
	struct replay_options opt = o->run;
	struct trace_errors errs = {0};
	struct replay *r;

	opt.locking = d->locking;
	if (d->kernel)
		opt.kernel = cmd_word(d->kernel, cmd_kernels);
	hist_init(&row->invalidate_hold);
	hist_init(&row->vcpu_stall);
	r = replay_create(t, &opt, &errs);
	if (!r) {
		row->kernel = g_strdup(d->kernel ? d->kernel : "the trace's");
		row->locking = g_strdup(d->locking ? d->locking : "the trace's");
		row->refused = g_strdup(errs.n ? errs.v[0].message : "it cannot be built");
		trace_errors_finish(&errs);
		return false;
	}
	row->kernel = g_strdup(replay_kernel(r));
	row->locking = g_strdup(replay_locking(r));
	replay_run(r);
	note_run(row, r);
	replay_destroy(r);
	return true;
}

static void note_campaign(struct compare_check *k, const struct explore_result *x,
			  GPtrArray *violated)
{
	k->schedules += x->schedules;
	k->exhausted |= x->exhausted;
	for (u32 i = 0; i < x->nr_findings; i++) {
		const char *rule = x->findings[i].rule;

		if (!explore_expected(x, rule) &&
		    !g_ptr_array_find_with_equal_func(violated, rule, g_str_equal, NULL))
			g_ptr_array_add(violated, g_strdup(rule));
	}
}

static void explore_trace(const struct trace *t, const struct campaign_options *c,
			  struct compare_check *k, GPtrArray *violated)
{
	struct trace_errors errs = {0};
	struct explore_result *x = campaign_run(t, c, &errs);

	if (x) {
		note_campaign(k, x, violated);
		explore_result_free(x);
	} else if (!k->unexplored) {
		k->unexplored = g_strdup(errs.n ? errs.v[0].message : "it cannot be built");
	}
	trace_errors_finish(&errs);
}

/* What the command line does not say of exploring a twin. */
static void twin_budget(const struct options *o, const struct trace *twin,
			struct campaign_options *c)
{
	const struct trace_vm *vm = &twin->vms[0];
	bool slow = vm->type == TRACE_VM_TDX || vm->backing > 4096;

	c->strategy = CAMPAIGN_DPOR;
	if (!o->schedules)
		c->schedules = slow ? TWIN_SLOWLY : TWIN_SCHEDULES;
	if (!o->time)
		c->time_ns = TWIN_TIME_NS;
}

static void explore_check(const struct options *o, const struct trace *t, bool twin,
			  const struct compare_row *row, struct compare_check *k)
{
	GPtrArray *violated = g_ptr_array_new();
	struct campaign_options c = o->campaign;

	k->trace = g_strdup(t->path);
	k->locking = twin ? twins_locking(row->locking) : g_strdup(row->locking);
	c.run.locking = k->locking;
	c.run.kernel = cmd_word(row->kernel, cmd_kernels);
	if (twin)
		twin_budget(o, t, &c);
	explore_trace(t, &c, k, violated);
	if (twin && !k->exhausted && !k->unexplored) {
		c.strategy = CAMPAIGN_POS;
		c.schedules = min(c.schedules, (u64)TWIN_SAMPLES);
		explore_trace(t, &c, k, violated);
	}
	g_ptr_array_add(violated, NULL);
	k->violated = (char **)g_ptr_array_free(violated, FALSE);
}

/* What the checks come to, all together. */
static void sum_checks(struct compare_row *row)
{
	GPtrArray *violated = g_ptr_array_new();

	row->exhausted = row->nr_checks > 0;
	for (u32 i = 0; i < row->nr_checks; i++) {
		const struct compare_check *k = &row->check[i];

		row->schedules += k->schedules;
		row->exhausted &= k->exhausted;
		if (k->unexplored && !row->unexplored)
			row->unexplored = g_strdup_printf("%s: %s", k->trace, k->unexplored);
		for (char **rule = k->violated; *rule; rule++) {
			if (!g_ptr_array_find_with_equal_func(violated, *rule, g_str_equal, NULL))
				g_ptr_array_add(violated, g_strdup(*rule));
		}
	}
	g_ptr_array_add(violated, NULL);
	row->violated = (char **)g_ptr_array_free(violated, FALSE);
}

/* @given: by --check; NULL: none */
static void explore_design(const struct options *o, struct trace *workload, struct trace **given,
			   struct compare_row *row)
{
	struct trace *self[] = {workload, NULL}, **twins = NULL, **traces = given;

	if (!given && !o->no_check) {
		twins = twins_of(workload, cmd_word(row->kernel, cmd_kernels));
		traces = twins[0] ? twins : self;
	}
	for (u32 n = 0; traces && traces[n]; n++)
		row->nr_checks++;
	row->check = g_new0(struct compare_check, row->nr_checks);
	for (u32 i = 0; i < row->nr_checks; i++)
		explore_check(o, traces[i], traces == twins, row, &row->check[i]);
	sum_checks(row);
	twins_free(twins);
}

/* ---- all of them --------------------------------------------------------------------------- */

static void compare_trace(const struct options *o, struct trace *t, struct trace **checked,
			  struct compare *c)
{
	struct progress_line line = {0};

	for (u32 i = 0; i < o->design->len && !*o->campaign.stop; i++) {
		const struct design *d = &g_array_index(o->design, struct design, i);
		struct compare_row *row = &c->row[c->nr++];

		if (!o->quiet && progress_wanted())
			progress_put(&line, "%u of %u designs: %s %s %s", i + 1, o->design->len,
				     d->kernel ? d->kernel : "", d->locking ? d->locking : "",
				     t->path);
		row->trace = g_strdup(t->path);
		if (run_design(o, t, d, row))
			explore_design(o, t, checked[0] ? checked : NULL, row);
	}
	progress_clear(&line);
}

static int write_report(const struct cmd *cmd, const struct compare *c, const char *path,
			void (*emit)(const struct compare *c, FILE *to))
{
	struct out out;

	if (!path)
		return EXIT_EXPECTED;
	if (!cmd_open(cmd, &out, path))
		return EXIT_INTERNAL;
	emit(c, out.to);
	return cmd_close(cmd, &out, path);
}

/* All traces that were explored, each once. */
static char **list_checked(const struct compare *c)
{
	GPtrArray *paths = g_ptr_array_new();

	for (u32 i = 0; i < c->nr; i++) {
		for (u32 k = 0; k < c->row[i].nr_checks; k++) {
			const char *path = c->row[i].check[k].trace;

			if (!g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL))
				g_ptr_array_add(paths, g_strdup(path));
		}
	}
	g_ptr_array_add(paths, NULL);
	return (char **)g_ptr_array_free(paths, FALSE);
}

static int report(const struct cmd *cmd, const struct options *o, const struct compare *c)
{
	bool taken = (o->json && !strcmp(o->json, "-")) || (o->html && !strcmp(o->html, "-"));
	int code = EXIT_EXPECTED;

	for (u32 i = 0; i < c->nr; i++) {
		if (!c->row[i].refused && (c->row[i].found[0] || c->row[i].violated[0]))
			code = EXIT_FINDING;
	}
	if (!o->quiet && !taken)
		compare_text(c, stdout);
	code = cmd_worse(code, write_report(cmd, c, o->json, compare_json));
	return cmd_worse(code, write_report(cmd, c, o->html, compare_html));
}

static struct trace **load_all(char **paths)
{
	u32 n = paths ? g_strv_length(paths) : 0;
	struct trace **t = g_new0(struct trace *, n + 1);

	for (u32 i = 0; i < n; i++) {
		t[i] = cmd_load(paths[i]);
		if (!t[i]) {
			while (i--)
				trace_free(t[i]);
			g_free(t);
			return NULL;
		}
	}
	return t;
}

static void free_all(struct trace **t)
{
	for (u32 i = 0; t && t[i]; i++)
		trace_free(t[i]);
	g_free(t);
}

static int compare_all(const struct cmd *cmd, const struct options *o, char **paths)
{
	struct trace **workloads = load_all(paths), **checked = load_all(o->check);
	struct compare c = {0};
	int code = EXIT_BAD_INPUT;

	if (workloads && checked) {
		c.row = g_new0(struct compare_row, g_strv_length(paths) * o->design->len);
		for (struct trace **t = workloads; *t; t++)
			compare_trace(o, *t, checked, &c);
		c.checked = list_checked(&c);
		code = report(cmd, o, &c);
		compare_finish(&c);
	}
	free_all(workloads);
	free_all(checked);
	return code;
}

static void free_options(struct options *o)
{
	char *strings[] = {o->seed, o->costs, o->schedules, o->time, o->json, o->html};

	for (u32 i = 0; i < o->design->len; i++) {
		g_free(g_array_index(o->design, struct design, i).kernel);
		g_free(g_array_index(o->design, struct design, i).locking);
	}
	g_array_free(o->design, TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		g_free(strings[i]);
	g_strfreev(o->designs);
	g_strfreev(o->check);
}

int cmd_compare(const struct cmd *cmd, int argc, char **argv)
{
	struct options o = {.jobs = 1};
	g_autofree GOptionEntry *table = (GOptionEntry *)entries(&o);
	g_auto(GStrv) paths = NULL;
	int code = EXIT_USAGE;

	o.design = g_array_new(FALSE, FALSE, sizeof(struct design));
	replay_options_default(&o.run);
	if (cmd_parse(cmd, table, argc, argv, &paths) && apply(cmd, &o)) {
		if (paths[0])
			code = compare_all(cmd, &o, paths);
		else
			cmd_talk(cmd, "no trace given");
	}
	free_options(&o);
	return code;
}
