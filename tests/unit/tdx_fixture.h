/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tests/unit/tdx_fixture.h - a machine with a TDX module, TDs made by hand, a picture of it all.
 *
 * Frames are bare numbers: the module does not need the memory map to know them.  Control pages
 * come from frame TX_CONTROL on, data pages from TX_DATA on, each a 2M region or more.  Tasks only
 * record (TX_CHECK); tx_finish() asserts on the main stack and looks for what is left behind.
 */
#ifndef TESTS_UNIT_TDX_FIXTURE_H
#define TESTS_UNIT_TDX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/events.h"
#include "model/fails.h"
#include "model/tdx/internal.h"

#define TX_CONTROL 0x40000u  /* second GiB */
#define TX_DATA	   0x100000u /* fifth */
#define TX_LENT	   0x180000u /* PAMT pages */
#define TX_REGION  512u
#define TX_GPA	   0x40000000ull

struct tx {
	struct sim_config cfg;
	struct machine_config mcfg;
	struct tdx_module_config tcfg;
	struct sim *sim;
	struct machine *m;
	struct tdx_module *mod;
	struct tdx_module_args a; /* of the last call: outputs */
	pfn_t next_control, next_data, next_lent;
	pfn_t tdvpr; /* of the next vCPU; 0: any */
	u32 next_hkid;
	int level; /* of entries, for leaves that take several */
	const char *failed;
	char detail[256];
	void *priv;
	u64 count[8];
};

#define TX_STR2(x) #x
#define TX_STR(x)  TX_STR2(x)
#define TX_CHECK(x, cond)                                                                          \
	do {                                                                                       \
		if (!(cond) && !(x)->failed)                                                       \
			(x)->failed = __FILE__ ":" TX_STR(__LINE__) ": " #cond;                    \
	} while (0)

/* A call and the status it has to have; says both if not. */
#define TX_IS(x, call, status)                                                                     \
	do {                                                                                       \
		u64 __got = (call), __want = (status);                                             \
		if (__got != __want && !(x)->failed) {                                             \
			(x)->failed = __FILE__ ":" TX_STR(__LINE__) ": " #call;                    \
			snprintf((x)->detail, sizeof((x)->detail), "0x%llx %s, wanted 0x%llx %s",  \
				 (unsigned long long)__got, tdx_status_name(__got),                \
				 (unsigned long long)__want, tdx_status_name(__want));             \
		}                                                                                  \
	} while (0)
#define TX_OK(x, call) TX_IS(x, call, TDX_SUCCESS)

static inline void tx_init(struct tx *x)
{
	memset(x, 0, sizeof(*x));
	sim_config_default(&x->cfg);
	x->cfg.nr_cpus = 4;
	x->cfg.event_desc = model_event_desc;
	x->cfg.nr_event_desc = NR_MODEL_EVENTS;
	x->mcfg.checks = true;
	x->tcfg.tdmr_pages = 8u << PFN_1G_SHIFT;
	x->tcfg.nr_hkids = 1000;
}

static inline void tx_start(struct tx *x)
{
	x->sim = sim_create(&x->cfg);
	assert_non_null(x->sim);
	x->m = machine_create(x->sim, &x->mcfg);
	x->mod = tdx_module_create(x->m, &x->tcfg);
	x->next_control = TX_CONTROL;
	x->next_data = TX_DATA;
	x->next_lent = TX_LENT;
	x->next_hkid = 1;
}

static inline struct task *tx_task(struct tx *x, const char *name,
				   void (*fn)(struct task *me, void *arg))
{
	struct task *t = sim_task_create(x->sim, name, ACTOR_KERNEL, fn, x, -1);

	assert_non_null(t);
	return t;
}

static inline u32 tx_findings(const struct tx *x, const char *rule)
{
	u32 n = 0;

	for (u32 i = 0; i < x->sim->nr_findings; i++)
		n += !rule || !strcmp(x->sim->findings[i].rule, rule);
	return n;
}

static inline void tx_judge(struct tx *x)
{
	if (x->failed)
		print_error("%s: %s\n", x->failed, x->detail);
	assert_null(x->failed);
	assert_false(x->sim->stopped);
}

static inline void tx_run(struct tx *x)
{
	sim_run(x->sim);
	tx_judge(x);
}

static inline void tx_silent(struct tx *x)
{
	for (u32 i = 0; i < x->sim->nr_findings; i++)
		print_error("%s: %s\n", x->sim->findings[i].rule, x->sim->findings[i].message);
	assert_int_equal(x->sim->nr_findings, 0);
}

static inline void tx_finish(struct tx *x)
{
	tx_run(x);
	tx_silent(x);
	assert_int_equal(tdx_check(NULL, x->mod), 0);
	tx_silent(x);
	sim_destroy(x->sim);
}

/* --- calls --- */

static inline u64 tx_call(struct task *me, struct tx *x, u64 leaf, u64 rcx, u64 rdx, u64 r8, u64 r9)
{
	x->a = (struct tdx_module_args){ .rcx = rcx, .rdx = rdx, .r8 = r8, .r9 = r9 };
	return seamcall(me, x->mod, leaf, &x->a);
}

static inline u64 tx_pa(pfn_t pfn)
{
	return tdx_pfn_pa(pfn);
}

static inline u64 tx_info(gpa_t gpa, int level)
{
	return gpa | (u64)level;
}

/* With dynamic PAMT, the region needs its pair. */
static inline void tx_pair(struct task *me, struct tx *x, pfn_t pfn)
{
	u64 region = ALIGN_DOWN(tx_pa(pfn), tdx_level_size(TDX_LEVEL_2M));

	if (!x->tcfg.dynamic_pamt || pamt_type(pamt_entry(me, x->mod, pfn, 1)) == PT_PAMT)
		return;
	TX_OK(x, tx_call(me, x, TDH_PHYMEM_PAMT_ADD, region | 1, tx_pa(x->next_lent),
			 tx_pa(x->next_lent + 1), 0));
	x->next_lent += 2;
}

static inline pfn_t tx_control(struct task *me, struct tx *x)
{
	tx_pair(me, x, x->next_control);
	return x->next_control++;
}

static inline pfn_t tx_data(struct task *me, struct tx *x)
{
	tx_pair(me, x, x->next_data);
	return x->next_data++;
}

/* A 2M region of its own; without a pair. */
static inline pfn_t tx_data_2m(struct tx *x)
{
	pfn_t pfn = ALIGN_UP(x->next_data, TX_REGION);

	x->next_data = pfn + TX_REGION;
	return pfn;
}

/* A TD up to and with MNG.INIT. */
static inline pfn_t tx_td(struct task *me, struct tx *x)
{
	static const struct td_params params = { .max_vcpus = 8 };
	pfn_t tdr = tx_control(me, x);

	TX_OK(x, tx_call(me, x, TDH_MNG_CREATE, tx_pa(tdr), x->next_hkid++, 0, 0));
	for (u32 i = 0; i < x->mod->cfg.nr_packages; i++) {
		x->a = (struct tdx_module_args){ .rcx = tx_pa(tdr) };
		TX_OK(x, seamcall_on(me, x->mod, i * x->cfg.nr_cpus / x->mod->cfg.nr_packages,
				     TDH_MNG_KEY_CONFIG, &x->a));
	}
	for (int i = 0; i < TDX_MIN_TDCX; i++)
		TX_OK(x, tx_call(me, x, TDH_MNG_ADDCX, tx_pa(tx_control(me, x)), tx_pa(tdr), 0, 0));
	x->a = (struct tdx_module_args){ .rcx = tx_pa(tdr), .rdx = 0x1000, .params = &params };
	TX_OK(x, seamcall(me, x->mod, TDH_MNG_INIT, &x->a));
	return tdr;
}

static inline pfn_t tx_vp(struct task *me, struct tx *x, pfn_t tdr)
{
	pfn_t vp = tx_control(me, x);

	TX_OK(x, tx_call(me, x, TDH_VP_CREATE, tx_pa(vp), tx_pa(tdr), 0, 0));
	for (int i = 1; i < TDX_MIN_TDVPS; i++)
		TX_OK(x, tx_call(me, x, TDH_VP_ADDCX, tx_pa(tx_control(me, x)), tx_pa(vp), 0, 0));
	TX_OK(x, tx_call(me, x, TDH_VP_INIT, tx_pa(vp), 0, 0, 0));
	return vp;
}

/* A TD that runs, with one vCPU. */
static inline pfn_t tx_running(struct task *me, struct tx *x, pfn_t *vp)
{
	pfn_t tdr = tx_td(me, x);

	*vp = tx_vp(me, x, tdr);
	TX_OK(x, tx_call(me, x, TDH_MR_FINALIZE, tx_pa(tdr), 0, 0, 0));
	return tdr;
}

/* Tables for @gpa, so that there is an entry at @level. */
static inline void tx_tables(struct task *me, struct tx *x, pfn_t tdr, gpa_t gpa, int level)
{
	for (int l = 3; l > level; l--) {
		gpa_t at = ALIGN_DOWN(gpa, tdx_level_size(l));
		int walked;
		pfn_t pfn;

		tdx_walk_sept(tdx_td_find(x->mod, tdr), gpa, &walked, &pfn);
		if (walked < l)
			continue;
		TX_OK(x, tx_call(me, x, TDH_MEM_SEPT_ADD, tx_info(at, l), tx_pa(tdr),
				 tx_pa(tx_control(me, x)), 0));
	}
}

static inline u64 tx_mem(struct task *me, struct tx *x, u64 leaf, pfn_t tdr, gpa_t gpa, int level,
			 u64 r8)
{
	return tx_call(me, x, leaf, tx_info(gpa, level), tx_pa(tdr), r8, 0);
}

static inline u64 tx_track(struct task *me, struct tx *x, pfn_t tdr)
{
	return tx_call(me, x, TDH_MEM_TRACK, tx_pa(tdr), 0, 0, 0);
}

static inline u64 tx_enter(struct task *me, struct tx *x, pfn_t vp)
{
	return tx_call(me, x, TDH_VP_ENTER, tx_pa(vp), 0, 0, 0);
}

static inline void tx_exit(struct task *me, struct tx *x, pfn_t vp)
{
	tdx_td_exit(me, tdx_vp_find(x->mod, vp), EXIT_REASON_EXTERNAL_INTERRUPT);
}

static inline enum tdx_guest_result tx_accept(struct task *me, struct tx *x, pfn_t vp, gpa_t gpa,
					      int level, u64 *rax)
{
	struct tdx_module_args a = { .rcx = tx_info(gpa, level) };

	return tdcall(me, tdx_vp_find(x->mod, vp), TDG_MEM_PAGE_ACCEPT, &a, rax);
}

/* In, accept, out. */
static inline void tx_accepted(struct task *me, struct tx *x, pfn_t vp, gpa_t gpa, int level)
{
	u64 rax = 1;

	TX_OK(x, tx_enter(me, x, vp));
	TX_CHECK(x, tx_accept(me, x, vp, gpa, level, &rax) == TDX_GUEST_OK);
	TX_OK(x, rax);
	tx_exit(me, x, vp);
}

/* --- a picture: everything a failed call must leave alone --- */

static inline u64 tx_mix(u64 h, u64 v)
{
	return (h ^ v) * 0x9e3779b97f4a7c15ull ^ (h >> 29);
}

static inline u64 tx_mix_pamt(u64 h, const struct pamt_entry *e)
{
	h = tx_mix(h, pamt_type(e));
	if (pamt_type(e) == PT_NDA)
		return h;
	return tx_mix(h, (u64)e->owner << 32 | e->bepoch);
}

static inline u64 tx_mix_table(u64 h, struct tdx_module *mod, const struct sept_page *page,
			       int level)
{
	for (u32 i = 0; i < PAMT_ENTRIES; i++) {
		u64 e = page->e[i] & ~SEPT_TDHP;

		h = tx_mix(h, e);
		if (sept_kind(sept_state(e)) == SEPT_KIND_N && level)
			h = tx_mix_table(h, mod, tdx_control(mod, sept_pfn(e, level)), level - 1);
	}
	return h;
}

static inline u64 tx_mix_td(u64 h, const struct tdx_td *td)
{
	const struct tdx_vp *vp;

	h = tx_mix(h, td->lifecycle | td->op_state << 8 | (u64)td->packages << 16);
	h = tx_mix(tx_mix(h, (u64)td->chldcnt), td->nr_tdcx);
	h = tx_mix(tx_mix(h, td->epoch.raw), td->nr_vcpus | (u64)td->nr_assoc << 32);
	h = tx_mix(h, td->measured);
	list_for_each_entry(vp, &td->vps, node)
		h = tx_mix(tx_mix(h, vp->state | vp->nr_pages << 8), vp->assoc_lp);
	return td->root ? tx_mix_table(h, td->mod, td->root, td->top) : h;
}

/* One that was only looked at is as good as none. */
static inline u64 tx_mix_region(u64 h, const struct pamt_region *r)
{
	if (r->nr_used || pamt_type(&r->leaf) != PT_NDA)
		h = tx_mix_pamt(tx_mix(h, r->nr_used), &r->leaf);
	for (u32 k = 0; r->nr_used && k < PAMT_ENTRIES; k++)
		h = tx_mix_pamt(h, &r->e4k[k]);
	for (u32 k = 0; k < ARRAY_SIZE(r->bitmap); k++)
		h = r->bitmap[k] ? tx_mix(h, r->bitmap[k]) : h;
	return h;
}

static inline u64 tx_picture(const struct tx *x)
{
	struct tdx_module *mod = x->mod;
	const struct tdx_td *td;
	u64 h = 1;

	for (u32 b = 0; b < mod->nr_blocks; b++) {
		const struct pamt_block *block = mod->block[b];

		if (block && pamt_type(&block->leaf) != PT_NDA)
			h = tx_mix_pamt(h, &block->leaf);
		for (u32 i = 0; block && i < PAMT_ENTRIES; i++)
			h = block->region[i] ? tx_mix_region(h, block->region[i]) : h;
	}
	list_for_each_entry(td, &mod->tds, node)
		h = tx_mix_td(h, td);
	for (u32 i = 1; i <= mod->cfg.nr_hkids; i++)
		h = mod->kot[i].state ? tx_mix(h, mod->kot[i].state | mod->kot[i].wbinvd << 8) : h;
	return h;
}

#endif
