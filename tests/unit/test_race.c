// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data races: each edge of happens-before with the access that it orders, and the same without it.
 * The programs are those of racetest.h.
 */
#include "tests/unit/racetest.h"

static u32 races(const char *program)
{
	struct rt p;
	struct sim *sim = rt_run(&p, program, 3);
	u32 nr = sim->nr_findings;

	for (u32 i = 0; i < nr; i++) {
		if (strcmp(sim->findings[i].rule, "data-race"))
			print_message("%s: %s\n", program, sim->findings[i].message);
		assert_string_equal(sim->findings[i].rule, "data-race");
		assert_int_equal(sim->findings[i].kind, FINDING_PREDICTED);
	}
	sim_destroy(sim);
	return nr;
}

static const struct {
	const char *program;
	u32 nr;
} cases[] = {
	/* what races with what */
	{"0w1w", 1}, {"0w1r", 1}, {"0r1w", 1}, {"0r1r", 0}, {"0w0r", 0},
	{"0W1W", 0}, {"0W1R", 0}, {"0R1W", 0}, {"0w1R", 0}, {"0w1W", 1},
	{"0R1w", 0}, {"0W1w", 1}, {"0W1r", 1}, {"0r1W", 1}, {"0R1r", 0},
	/* readers side by side are all remembered, and forgotten together */
	{"0r1r2w", 2}, {"0r1r0l0u2l2w2u", 1}, {"0r1r0l0u1l1u2l2w2u", 0},
	{"0r1r0l0u1l1u2l2w2u0l0w0u", 0},
	/* the same pair of places is one finding */
	{"0w1w0w1w", 1},
	/* mutex: one lock, in either order, and a lock that is another one */
	{"0l0w0u1l1w1u", 0}, {"0w0l0u1l1u1w", 0}, {"0l0u0w1l1w1u", 1}, {"0l0w0u1s1w1S", 1},
	{"0s0w0S1s1r1S", 0}, {"0s0S0w1s1r1S", 1},
	/* through a third */
	{"0w0l0u1l1u1s1S2s2w2S", 0}, {"0w0l0u1s1S1l1u2s2w2S", 1},
	/* rwlock and rwsem: writers with all, readers with writers, not among themselves */
	{"0e0w0E1q1r1Q", 0}, {"0q0r0Q1e1w1E", 0}, {"0e0w0E1e1w1E", 0}, {"0q0w0Q1q1r1Q", 1},
	{"0f0w0F1d1r1D", 0}, {"0d0r0D1f1w1F", 0}, {"0f0w0F1f1w1F", 0}, {"0d0w0D1d1r1D", 1},
	{"0d0w0D1f1F2d2r2D", 0}, {"0f0w0g1d1r1D0D", 0}, {"0f0g0w1d1r1D0D", 1},
	/* a bit; who waits for it and finds it clear has waited for nobody */
	{"0t0w0T1t1r1T", 0}, {"0t0T0w1t1r1T", 1}, {"0t1v0w0T1r", 0}, {"0t0w0T1v1r", 1},
	/* release and acquire; a marked access orders nothing, and ends what was released */
	{"0w0a1A1r", 0}, {"0a0w1A1r", 1}, {"0w0m1A1r", 1}, {"0w0a1n1r", 1}, {"0w0a2m1A1r", 1},
	{"0w0a2a1A1r", 1}, {"0w0a2c1A1r", 0}, {"0w0a2o1A1r", 0},
	/* read-modify-write is both, unless it fails or returns nothing */
	{"0w0c1c1r", 0}, {"0w0c1k1r", 1}, {"0w0o1c1r", 1}, {"0w0a1c1r", 0}, {"0w0c1A1r", 0},
	/* wait queue: its lock; a condition that was true at once orders by the queue alone */
	{"1K0w0O1r", 0}, {"1K0O0w1r", 1}, {"0w0Z1K1r", 1}, {"0w0O1K1r", 0},
	/* RCU: a grace period comes after the sections before it, sections after its beginning */
	{"0b0r0B1y1w", 0}, {"0b0r1y0B1w", 0}, {"0b1y0r0B1w", 0}, {"0r0b0B1y1w", 0},
	{"0r1y1w", 1},
	{"0b0B0r1y1w", 1}, {"1w1y0b0r0B", 0}, {"1w0b0r0B1y", 1}, {"2b1w1y0b0r0B2B", 0},
	/* a section inside a grace period is ordered with its beginning only */
	{"2b1y0b0r0B2B1w", 1}, {"2b1y0b0r2B1w0B", 1},
	/* two sections on either side of a grace period are not ordered */
	{"0b0w0B1y2b2r2B", 1},
	/* SRCU, the same */
	{"0p0r0P1z1w", 0}, {"0p0r1z0P1w", 0}, {"0r1z1w", 1}, {"0p0P0r1z1w", 1}, {"1w1z0p0r0P", 0},
	{"1w0p0r0P1z", 1}, {"0p1w1z2p2r2P0P", 0}, {"2p1z0p0r0P2P1w", 1}, {"0p0r0P1z2z2w", 0},
	/* IPI: there and back, at once or when interrupts are on again */
	{"0w0i1r", 0}, {"0i0w1r", 1}, {"1r0i0w", 0}, {"0i1r0w", 1}, {"1j0w0i1J1r", 0},
	{"1j0w0i1r1J", 1}, {"1j1w0i1w1J0r", 0}, {"1j0i1J1w0r", 1},
	/* memory that is used again */
	{"0w1x1w", 0},
	/* two fields are two fields */
	{"0w1h", 0}, {"0w0h1w1h", 2},
};

static void test_edges(void **state)
{
	bool bad = false;

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 nr = races(cases[i].program);

		if (nr != cases[i].nr)
			print_message("%s: %u findings, want %u\n", cases[i].program, nr,
				      cases[i].nr);
		bad |= nr != cases[i].nr;
	}
	assert_false(bad);
}

/* The text is KCSAN's, the same whoever was first but for the order of the two halves. */
static void test_text(void **state)
{
	struct rt p;
	struct sim *sim = rt_run(&p, "0l0w0u1r", 2);
	u64 site = sim->findings[0].site;

	assert_int_equal(sim->nr_findings, 1);
	assert_string_equal(sim->findings[0].message,
			    "BUG: KCSAN: data-race in a / b\n"
			    "read to p->x of 4 bytes by task b/1 on cpu 1:\n"
			    " no locks held\n"
			    "write to p->x of 4 bytes by task a/0 on cpu 0:\n"
			    " locks held: mutex#3 (W)");
	sim_destroy(sim);
	sim = rt_run(&p, "1r0l0w0u", 2);
	assert_int_equal(sim->nr_findings, 1);
	assert_int_equal(sim->findings[0].site, site);
	sim_destroy(sim);
}

/* Nothing is looked at, and nothing allocated, unless it was asked for. */
static void test_off(void **state)
{
	struct sim_config cfg = lt_config();
	struct sim *sim = sim_create(&cfg);
	struct rt p = {.program = "0w1w"};

	assert_null(sim->races);
	for (u32 i = 0; i < 2; i++)
		sim_task_create(sim, "t", ACTOR_KERNEL, rt_actor, &p, -1);
	sim_run(sim);
	assert_int_equal(sim->nr_findings, 0);
	sim_destroy(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
