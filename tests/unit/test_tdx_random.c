// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hosts and guests at random on the same few addresses, in many orders and on real threads: every
 * status is one the module has, no lock stays behind, and S-EPT, PAMT, counts and epochs agree in
 * the end.  The hosts are worse than KVM: nobody serialises them.
 */
#include "tests/unit/tdx_calls.h"

#define NR_HOSTS  3
#define NR_GUESTS 2
#define NR_PAGES  8
#define NR_OPS	  120

struct host {
	/* by its own task */
	pfn_t page[NR_PAGES];	 /* of 4K, PFN_NONE: the TD has it */
	pfn_t page_2m[NR_PAGES];
	pfn_t table[NR_OPS];
	u32 nr_tables;
	u64 rng;
	u32 ok, busy;
};

struct storm {
	struct tx x;
	struct td_env env;
	struct wait_queue_head gate;
	bool ready;
	struct host host[NR_HOSTS];
	u32 next_host, next_guest; /* atomic */
	bool unknown;		   /* a status without a name */
};

static struct storm *storm_of(struct tx *x)
{
	return container_of(x, struct storm, x);
}

static u32 draw(u64 *rng, u32 n)
{
	*rng = *rng * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(*rng >> 33) % n;
}

static void setup(struct task *me, void *arg)
{
	struct tx *x = arg;
	struct storm *s = storm_of(x);

	tx_env(me, x, STAGE_RUN, &s->env);
	tx_tables(me, x, s->env.tdr, TX_GPA, 1);
	for (u32 h = 0; h < NR_HOSTS; h++) {
		s->host[h].rng = x->cfg.seed * 977 + h;
		for (u32 i = 0; i < NR_PAGES; i++) {
			s->host[h].page[i] = tx_data(me, x);
			s->host[h].page_2m[i] = PFN_NONE;
		}
		for (u32 i = 0; i < NR_OPS; i++)
			s->host[h].table[i] = tx_control(me, x);
	}
	for (u32 h = 0; h < NR_HOSTS; h++)
		s->host[h].page_2m[0] = tx_data_2m(x);
	__atomic_store_n(&s->ready, true, __ATOMIC_RELEASE);
	wake_up_all(me, &s->gate);
}

static void wait_ready(struct task *me, struct storm *s)
{
	wait_event(me, &s->gate, __atomic_load_n(&s->ready, __ATOMIC_ACQUIRE));
}

static u64 call(struct task *me, struct storm *s, struct host *h, u64 leaf,
		struct tdx_module_args *a)
{
	u64 err = seamcall_on(me, s->x.mod, 0, leaf, a);

	if (!*tdx_status_name(err))
		__atomic_store_n(&s->unknown, true, __ATOMIC_RELAXED);
	h->ok += !err;
	h->busy += (err & TDX_SEAMCALL_STATUS_MASK) == TDX_OPERAND_BUSY;
	return err;
}

/* A page that the TD does not have, or room for one that comes back. */
static pfn_t *slot(struct host *h, int level, bool empty)
{
	pfn_t *pages = level ? h->page_2m : h->page;

	for (u32 i = 0; i < NR_PAGES; i++) {
		if ((pages[i] == PFN_NONE) == empty)
			return &pages[i];
	}
	return NULL;
}

static void host_aug(struct task *me, struct storm *s, struct host *h, gpa_t gpa, int level)
{
	struct tdx_module_args a = { .rcx = tx_info(gpa, level), .rdx = tx_pa(s->env.tdr) };
	pfn_t *page = slot(h, level, false);

	if (!page)
		return;
	a.r8 = tx_pa(*page);
	if (!call(me, s, h, TDH_MEM_PAGE_AUG, &a))
		*page = PFN_NONE;
}

static void host_remove(struct task *me, struct storm *s, struct host *h, gpa_t gpa, int level)
{
	struct tdx_module_args a = { .rcx = tx_info(gpa, level), .rdx = tx_pa(s->env.tdr) };
	pfn_t *room = slot(h, level, true);

	if (!call(me, s, h, TDH_MEM_PAGE_REMOVE, &a) && room)
		*room = (pfn_t)(a.rcx >> PAGE_SHIFT);
}

/* With a table of its own that is used once. */
static void host_table(struct task *me, struct storm *s, struct host *h, u64 leaf, gpa_t gpa)
{
	struct tdx_module_args a = { .rcx = tx_info(gpa, 1), .rdx = tx_pa(s->env.tdr),
				     .r8 = tx_pa(h->table[h->nr_tables]) };

	if (!call(me, s, h, leaf, &a))
		h->nr_tables++;
}

static void host_main(struct task *me, void *arg)
{
	struct storm *s = storm_of(arg);
	u32 id = __atomic_fetch_add(&s->next_host, 1, __ATOMIC_RELAXED);
	struct host *h = &s->host[id];
	struct tdx_module_args a;

	wait_ready(me, s);
	for (u32 i = 0; i < NR_OPS; i++) {
		int level = draw(&h->rng, 3) == 0;
		gpa_t gpa = TX_GPA + 0x200000ull * draw(&h->rng, 2);

		if (!level)
			gpa += PAGE_SIZE * draw(&h->rng, 2);
		a = (struct tdx_module_args){ .rcx = tx_info(gpa, level),
					      .rdx = tx_pa(s->env.tdr) };
		switch (draw(&h->rng, 9)) {
		case 0:
		case 1:
			host_aug(me, s, h, gpa, level);
			break;
		case 2:
		case 3:
			host_remove(me, s, h, gpa, level);
			break;
		case 4:
			call(me, s, h, TDH_MEM_RANGE_BLOCK, &a);
			break;
		case 5:
			call(me, s, h, TDH_MEM_RANGE_UNBLOCK, &a);
			break;
		case 6:
			a.rcx = a.rdx;
			call(me, s, h, TDH_MEM_TRACK, &a);
			break;
		case 7:
			host_table(me, s, h, TDH_MEM_PAGE_DEMOTE,
				   ALIGN_DOWN(gpa, tdx_level_size(1)));
			break;
		default:
			host_table(me, s, h, TDH_MEM_SEPT_ADD, ALIGN_DOWN(gpa, tdx_level_size(1)));
		}
	}
}

static void guest_main(struct task *me, void *arg)
{
	struct storm *s = storm_of(arg);
	u32 id = __atomic_fetch_add(&s->next_guest, 1, __ATOMIC_RELAXED);
	struct tdx_module_args a;
	u64 rng, rax = 0;
	struct tdx_vp *vp;
	pfn_t pfn;

	wait_ready(me, s);
	vp = tdx_vp_find(s->x.mod, s->env.vp[id]);
	rng = s->x.cfg.seed * 31 + id;
	for (u32 i = 0; i < NR_OPS; i++) {
		int level = draw(&rng, 3) == 0;
		gpa_t gpa = TX_GPA + 0x200000ull * draw(&rng, 2);

		if (!level)
			gpa += PAGE_SIZE * draw(&rng, 2);
		a = (struct tdx_module_args){ .rcx = tx_pa(s->env.vp[id]) };
		if (!tdx_vp_in_guest(vp) && seamcall_on(me, s->x.mod, 0, TDH_VP_ENTER, &a))
			continue;
		a = (struct tdx_module_args){ .rcx = tx_info(gpa, level) };
		if (draw(&rng, 2))
			tdcall(me, vp, TDG_MEM_PAGE_ACCEPT, &a, &rax);
		else
			tdx_guest_access(me, vp, gpa, true, &pfn);
		if (tdx_vp_in_guest(vp) && draw(&rng, 2))
			tdx_td_exit(me, vp, EXIT_REASON_EXTERNAL_INTERRUPT);
	}
	if (tdx_vp_in_guest(vp))
		tdx_td_exit(me, vp, EXIT_REASON_HLT);
}

static void run(enum engine_kind engine, enum sched_policy sched, u64 seed, bool old, u32 *ok,
		u32 *busy)
{
	struct storm *s = calloc(1, sizeof(*s));
	struct tx *x = &s->x;

	tx_init(x);
	x->cfg.engine = engine;
	x->cfg.sched = sched;
	x->cfg.seed = seed;
	x->tcfg.zero_step_exclusive = old;
	x->tcfg.hp_lost = old;
	x->tcfg.accept_stale_leaf = old;
	x->mcfg.checks = engine == ENGINE_VIRTUAL;
	if (engine == ENGINE_VIRTUAL && sched == SCHED_FIFO) {
		for (u32 i = 0; i < NR_TDX_LEAVES; i++)
			x->mcfg.costs.dist[tdx_leaf_descs[i].cost] =
				(struct sim_dist){ DIST_UNIFORM, 100, 3000 };
	}
	tx_start(x);
	init_waitqueue_head(x->sim, &s->gate, "gate");
	tx_task(x, "setup", setup);
	for (u32 i = 0; i < NR_HOSTS; i++)
		tx_task(x, "host", host_main);
	for (u32 i = 0; i < NR_GUESTS; i++)
		tx_task(x, "guest", guest_main);
	tx_run(x);
	assert_false(s->unknown);
	tx_silent(x);
	assert_int_equal(tdx_check(NULL, x->mod), 0);
	tx_silent(x);
	for (u32 i = 0; i < NR_HOSTS; i++) {
		*ok += s->host[i].ok;
		*busy += s->host[i].busy;
	}
	sim_destroy(x->sim);
	free(s);
}

static void test_orders(void **state)
{
	u32 ok = 0, busy = 0;

	for (u64 seed = 1; seed <= 40; seed++)
		run(ENGINE_VIRTUAL, SCHED_RANDOM, seed, seed & 1, &ok, &busy);
	for (u64 seed = 1; seed <= 20; seed++)
		run(ENGINE_VIRTUAL, SCHED_FIFO, seed, seed & 1, &ok, &busy);
	print_message("# calls of hosts: %u worked, %u were told busy\n", ok, busy);
	assert_true(ok > 1000 && busy > 100);
}

static void test_threads(void **state)
{
	u32 ok = 0, busy = 0;

	for (u64 seed = 1; seed <= 5; seed++)
		run(ENGINE_THREADS, SCHED_FIFO, seed, seed & 1, &ok, &busy);
	assert_true(ok > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
