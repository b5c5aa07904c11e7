// SPDX-License-Identifier: GPL-2.0-only
/* What the parser makes of a trace: the tree, its defaults, its references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/trace/trace.h"

static struct trace *parse(const char *text)
{
	struct trace_errors errs = {0};
	struct trace *t = trace_parse_buf("t.gms", text, strlen(text), NULL, &errs);

	trace_errors_print(&errs, stderr);
	assert_int_equal(errs.n, 0);
	assert_non_null(t);
	trace_errors_finish(&errs);
	return t;
}

static const struct trace_op *op_of(const struct trace *t, u32 task, u32 i)
{
	assert_true(i < t->tasks[task].n_ops);
	return &t->ops[t->tasks[task].first_op + i];
}

static u64 arg(const struct trace *t, const struct trace_op *op, enum trace_arg_id id)
{
	const struct trace_arg *a = trace_op_arg(t, op, id);

	assert_non_null(a);
	return a->value;
}

static void test_defaults(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n"
				"[vm td0]\nmemory = 1G\n"
				"[task vcpu0..vcpu2]\ntouch shared 0 4K\n"
				"[task vmm]\npunch 0 len=2M\n");

	assert_int_equal(t->machine.cpus, 4);
	assert_int_equal(t->machine.memory, 1ull << 40);
	assert_int_equal(t->machine.preempt, TRACE_PREEMPT_LAZY);
	assert_int_equal(t->machine.hz, 250);
	assert_int_equal(t->design.kernel, TRACE_KERNEL_MAINLINE);
	assert_string_equal(t->design.locking, "file");
	assert_false(t->expect_any);
	assert_int_equal(t->n_expect, 0);
	assert_int_equal(t->vms[0].vcpus, 3);
	assert_int_equal(t->vms[0].init, TRACE_SHARED);
	assert_true(t->vms[0].mmap);
	assert_int_equal(t->n_gmems, 1);
	assert_string_equal(t->gmems[0].name, "gmem");
	assert_int_equal(t->gmems[0].size, 1u << 30);
	assert_int_equal(t->n_slots, 1);
	assert_int_equal(t->slots[0].len, 1u << 30);
	assert_int_equal(t->slots[0].gmem, 0);
	assert_string_equal(t->tasks[0].process, "td0");
	assert_int_equal(t->tasks[0].cpu_first, TRACE_NONE);
	trace_free(t);
}

static void test_protected_vm_starts_private(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] type = tdx memory = 2M\n"
				"[task vmm]\nclose\n");

	assert_int_equal(t->gmems[0].init, TRACE_PRIVATE);
	assert_false(t->gmems[0].mmap);
	trace_free(t);
}

static void test_files_and_slots(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n"
				"[vm a] memory = 4M\n"
				"[vm b] type = sw-protected backing = 2M\n"
				"gmem low size=4M\n"
				"gmem high size=8M backing=4K init=shared mmap=yes\n"
				"slot 0 gpa=0 len=4M\n"
				"slot 7 gpa=4G len=2M gmem=high offset=6M\n"
				"[task b.vmm]\npunch 0 len=2M gmem=high\ncreate late size=2M\n"
				"bind slot=1 gpa=1G offset=0 len=2M gmem=late\n"
				"[task a.vmm] punch 0 len=4K\n");
	const struct trace_vm *b = &t->vms[1];

	assert_int_equal(b->n_gmems, 2);
	assert_int_equal(b->n_slots, 2);
	assert_int_equal(t->slots[b->first_slot].gmem, b->first_gmem);
	assert_int_equal(t->slots[b->first_slot + 1].gmem, b->first_gmem + 1);
	assert_int_equal(t->slots[b->first_slot + 1].offset, 6u << 20);
	assert_int_equal(t->gmems[b->first_gmem].backing, 2u << 20);
	assert_int_equal(t->gmems[b->first_gmem].init, TRACE_PRIVATE);
	assert_int_equal(t->gmems[b->first_gmem + 1].backing, 4096);
	assert_true(t->gmems[b->first_gmem + 1].mmap);
	assert_int_equal(trace_op_arg(t, op_of(t, 0, 0), TRACE_ARG_GMEM)->index, b->first_gmem + 1);
	/* made by an operation: after all that exist from the start */
	assert_int_equal(t->n_gmems, 4);
	assert_true(t->gmems[3].created);
	assert_int_equal(t->gmems[3].vm, 1);
	assert_int_equal(trace_op_arg(t, op_of(t, 0, 1), TRACE_ARG_GMEM)->index, 3);
	assert_int_equal(trace_op_arg(t, op_of(t, 0, 2), TRACE_ARG_GMEM)->index, 3);
	assert_int_equal(t->tasks[0].vm, 1);
	assert_int_equal(t->tasks[1].vm, 0);
	trace_free(t);
}

static void test_arguments(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] memory = 1G\n[task vmm]\n"
				"at 1.5ms convert private 0x1000 len=2M expect=ok|EAGAIN,"
				"error_offset=64K@inplace fail=attr_prealloc:3\n"
				"pin 0 as=p len=64K longterm\nunpin p\n"
				"access write 0 len=4K value=0x41\n");
	const struct trace_op *op = op_of(t, 0, 0);
	const struct trace_arg *x = trace_op_arg(t, op, TRACE_ARG_EXPECT);

	assert_int_equal(op->verb, TRACE_OP_CONVERT);
	assert_int_equal(op->line, 4);
	assert_int_equal(op->col, 10);
	assert_int_equal(arg(t, op, TRACE_ARG_AT), 1500000);
	assert_int_equal(arg(t, op, TRACE_ARG_ATTR), TRACE_PRIVATE);
	assert_int_equal(arg(t, op, TRACE_ARG_ADDR), 4096);
	assert_int_equal(arg(t, op, TRACE_ARG_LEN), 2u << 20);
	assert_int_equal(x->value, 2);
	assert_int_equal(t->expects[x->index].outcome, TRACE_OUT_OK);
	assert_int_equal(t->expects[x->index].kernels, 0);
	assert_int_equal(t->expects[x->index + 1].outcome, TRACE_OUT_ERRNO);
	assert_int_equal(t->expects[x->index + 1].value, EAGAIN);
	assert_int_equal(t->expects[x->index + 1].kernels, BIT(TRACE_KERNEL_INPLACE));
	assert_int_equal(t->expects[x->index + 1].n_fields, 1);
	assert_int_equal(t->fields[t->expects[x->index + 1].first_field].value, 65536);
	assert_int_equal(arg(t, op, TRACE_ARG_FAIL), 3);
	assert_string_equal(t->fail_points[trace_op_arg(t, op, TRACE_ARG_FAIL)->index],
			    "attr_prealloc");
	op = op_of(t, 0, 1);
	assert_non_null(trace_op_arg(t, op, TRACE_ARG_LONGTERM));
	assert_null(trace_op_arg(t, op, TRACE_ARG_MAP));
	assert_int_equal(trace_op_arg(t, op, TRACE_ARG_AS)->index,
			 trace_op_arg(t, op_of(t, 0, 2), TRACE_ARG_NAME)->index);
	assert_int_equal(arg(t, op_of(t, 0, 3), TRACE_ARG_VALUE), 0x41);
	for (u32 i = 1; i < op->n_args; i++)
		assert_true(t->args[op->first_arg + i - 1].id < t->args[op->first_arg + i].id);
	trace_free(t);
}

static void test_blocks(void **state)
{
	struct trace *t =
		parse("gmemsim trace 1\n[vm a] memory = 1G\n[task vcpu3]\n"
		      "repeat 2 { for i in 0..62M step=2M {\n"
		      "touch shared i+self*4K 4K; run 1us\n}; run 2us }\n"
		      "repeat until=done { spin 1us }\nrun 3us\n[task vmm] signal done\n");
	const struct trace_op *ops = &t->ops[t->tasks[0].first_op];
	u32 base = t->tasks[0].first_op;

	assert_int_equal(t->tasks[0].n_ops, 11);
	assert_int_equal(ops[0].verb, TRACE_OP_REPEAT);
	assert_int_equal(ops[0].match, base + 6);
	assert_int_equal(ops[1].verb, TRACE_OP_FOR);
	assert_int_equal(ops[1].match, base + 4);
	assert_int_equal(ops[4].verb, TRACE_OP_END);
	assert_int_equal(ops[4].match, base + 1);
	assert_int_equal(ops[6].match, base);
	assert_int_equal(trace_op_arg(t, &ops[1], TRACE_ARG_VAR)->value, 1);
	assert_int_equal(arg(t, &ops[1], TRACE_ARG_TO), 62u << 20);
	assert_int_equal(ops[7].verb, TRACE_OP_REPEAT);
	assert_null(trace_op_arg(t, &ops[7], TRACE_ARG_COUNT));
	assert_int_equal(ops[10].verb, TRACE_OP_RUN);
	assert_int_equal(ops[10].match, TRACE_NONE);
	trace_free(t);
}

static u64 draw_last(void *ctx, u64 n)
{
	*(u64 *)ctx += 1;
	return n - 1;
}

static void test_expressions(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] memory = 1G\n[task vcpu3]\n"
				"for i in 1..4 { for j in 0..3 {\n"
				"touch shared rand(4K,10000)+i*2M+j*4K+16K 4K\n"
				"run rand(1us, 2us, 100ns)+self*1us\n} }\n");
	u64 drawn = 0;
	struct trace_env env = {.var = {3, 2, 1}, .draw = draw_last, .ctx = &drawn};
	const struct trace_op *touch = op_of(t, 0, 2), *run = op_of(t, 0, 3);

	/* 4K, 8K of [4K, 10000): the last is 8K; 16K more; 2*2M; 1*4K */
	assert_int_equal(trace_op_u64(t, touch, TRACE_ARG_ADDR, 0, &env),
			 8192 + 16384 + (4u << 20) + 4096);
	assert_int_equal(drawn, 1);
	assert_int_equal(trace_op_u64(t, run, TRACE_ARG_TIME, 0, &env), 1900 + 3000);
	assert_int_equal(trace_op_u64(t, run, TRACE_ARG_LEN, 77, &env), 77);
	trace_free(t);
}

static void test_preambles(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] memory = 1G\n"
				"[task vcpu0..vcpu3] use warm\n[task vmm] barrier go\n"
				"[preamble warm]\nuse inner\ntouch shared 0 4K\n"
				"[preamble inner]\nbarrier go\nbarrier go\nbarrier alone\n");

	assert_int_equal(t->n_preambles, 2);
	assert_int_equal(trace_op_arg(t, op_of(t, 0, 0), TRACE_ARG_PREAMBLE)->index, 0);
	assert_int_equal(t->n_barriers, 2);
	assert_string_equal(t->barriers[0], "go");
	assert_int_equal(t->barrier_parties[0], 5);
	assert_int_equal(t->barrier_parties[1], 4);
	trace_free(t);
}

static void test_tasks(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[machine] cpus = 16\n"
				"[vm a] memory = 2M\n[vm b] memory = 2M\n"
				"[task a.vcpu0..vcpu3 cpu=0..3] run 1us\n"
				"[task kworker1] sleep 1us\n"
				"[task helper kind=vmm vm=b process=other cpu=5] sleep 1us\n"
				"[task b.vcpu2..4] run 1us\n");
	char name[TRACE_NAME_MAX + 12];

	assert_int_equal(t->n_tasks, 4);
	assert_int_equal(t->tasks[0].vm, 0);
	assert_int_equal(t->tasks[0].cpu_first, 0);
	assert_int_equal(t->tasks[0].cpu_last, 3);
	assert_string_equal(trace_task_name(&t->tasks[0], 2, name), "a.vcpu2");
	assert_int_equal(t->tasks[1].kind, TRACE_ACTOR_KERNEL);
	assert_int_equal(t->tasks[1].vm, TRACE_NONE);
	assert_string_equal(t->tasks[1].process, "kernel");
	assert_string_equal(trace_task_name(&t->tasks[1], 0, name), "kworker1");
	assert_int_equal(t->tasks[2].vm, 1);
	assert_string_equal(t->tasks[2].process, "other");
	assert_int_equal(t->tasks[2].cpu_first, t->tasks[2].cpu_last);
	assert_string_equal(trace_task_name(&t->tasks[2], 0, name), "helper");
	assert_int_equal(trace_task_instances(&t->tasks[3]), 3);
	assert_int_equal(t->vms[1].vcpus, 5);
	trace_free(t);
}

static void test_final(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] memory = 2M\n"
				"[task vcpu1..vcpu2]\nexpect shared(a, 4K)\n[task vmm] close\n"
				"[final]\nnever stall(vcpu2) > 1s   exists mapped(a, 0x3000)\n"
				"never hold(mapping.invalidate_lock) >= 5ms\n"
				"exists ops(guest) == 12  never errors(any) > 0\n"
				"exists refcount(a.gmem, 8K) <= 2\n");
	const struct trace_cond *c = &t->conds[t->first_final];

	assert_int_equal(t->n_final, 6);
	assert_int_equal(c[0].quant, TRACE_NEVER);
	assert_int_equal(c[0].subject, 0);
	assert_int_equal(c[0].instance, 1);
	assert_int_equal(c[0].value, NSEC_PER_SEC);
	assert_int_equal(c[1].addr, 0x3000);
	assert_int_equal(c[1].instance, TRACE_NONE);
	assert_string_equal(t->lock_classes[c[2].subject], "mapping.invalidate_lock");
	assert_int_equal(c[2].cmp, TRACE_GE);
	assert_int_equal(c[3].subject, TRACE_NONE);
	assert_int_equal(c[3].instance, TRACE_ACTOR_GUEST);
	assert_int_equal(c[4].instance, TRACE_NONE);
	assert_int_equal(c[5].instance, 0);
	assert_int_equal(trace_op_arg(t, op_of(t, 0, 0), TRACE_ARG_COND)->index, 0);
	trace_free(t);
}

static void test_costs_and_schedule(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] memory = 2M\n[task vmm] close\n"
				"[cost]\ninclude = debian-vm\npte_zap = 70ns\n"
				"folio_zero = lognormal(median=1us, p99=4us)\n"
				"folio_alloc = uniform(1us,2us)\n"
				"[schedule]\nseed = 7 engine = virtual fingerprint = 0xabc\n"
				"tape = s1/3*3 v4294967295/0\ntape = f0/2\n");
	struct choice *tape;
	size_t n;

	assert_string_equal(t->includes[0], "debian-vm");
	assert_int_equal(t->n_costs, 3);
	assert_int_equal(t->costs[0].a_ns, 70);
	assert_int_equal(t->costs[1].dist, TRACE_DIST_LOGNORMAL);
	assert_int_equal(t->costs[1].b_ns, 4000);
	assert_int_equal(t->costs[2].dist, TRACE_DIST_UNIFORM);
	assert_int_equal(t->schedule.seed, 7);
	tape = trace_tape(t, &n);
	assert_int_equal(n, 5);
	assert_int_equal(tape[2].value, 1);
	assert_int_equal(tape[3].kind, CHOICE_VALUE);
	assert_int_equal(tape[3].value, UINT32_MAX);
	assert_int_equal(tape[4].kind, CHOICE_FAIL);
	/* what is recorded comes back the same */
	trace_set_schedule(t, TRACE_ENGINE_VIRTUAL, 8, 9, tape, n);
	assert_int_equal(t->schedule.n_tape, 3);
	assert_int_equal(t->schedule.seed, 8);
	free(tape);
	trace_free(t);
}

static void test_op_text(void **state)
{
	struct trace *t = parse("gmemsim trace 1\n[vm a] memory = 1G\n[task vcpu0]\n"
				"for a in 0..1 { run 1us }\n"
				"for b in 0..3 { for c in 0..1 { touch private b*4K+c*8K 4K } }\n");
	char text[64];

	trace_op_text(t, op_of(t, 0, 5), text, sizeof(text));
	assert_string_equal(text, "touch private b*4K+c*8K 4K");
	trace_op_text(t, op_of(t, 0, 5), text, 6);
	assert_string_equal(text, "touch");
	trace_free(t);
}

static void test_every_verb_has_a_usage(void **state)
{
	char usage[TRACE_USAGE_MAX];

	for (u32 v = 0; v < TRACE_OP_END; v++) {
		trace_verb_usage(v, usage);
		assert_true(strlen(usage) < TRACE_USAGE_MAX - 1);
		assert_true(strlen(trace_verbs[v].help) > 5);
		assert_true(trace_verbs[v].actors != 0);
	}
	assert_string_equal(trace_verb_usage(TRACE_OP_PUNCH, usage),
			    "punch ADDR len=LEN [gmem=GMEM]");
	assert_string_equal(trace_verb_usage(TRACE_OP_FOR, usage),
			    "for VAR in FROM..TO [step=STEP] { ... }");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_protected_vm_starts_private),
		cmocka_unit_test(test_files_and_slots),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_preambles),
		cmocka_unit_test(test_tasks),
		cmocka_unit_test(test_final),
		cmocka_unit_test(test_costs_and_schedule),
		cmocka_unit_test(test_op_text),
		cmocka_unit_test(test_every_verb_has_a_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
