// SPDX-License-Identifier: GPL-2.0-only
/*
 * TDVMCALL MapGPA: chunks, answers, user space's part, and what becomes of the memory.
 */
#include "tests/unit/tdrun_fixture.h"

#define PAGES (3 * M2_PAGES)
#define BASE  0x40000000ull

struct vmm {
	struct kx *x;
	u64 calls, bytes;
	gpa_t last;
	bool last_private;
	u32 fail_at; /* of the calls, from 1; 0: none */
	u32 event_at;
};

/* As QEMU: convert, in the thread that has asked. */
static s64 vmm_convert(struct task *me, struct vm *vm, gpa_t gpa, u64 len, bool to_private,
		       void *arg)
{
	struct vmm *v = arg;
	u64 err;

	v->calls++;
	v->last = gpa;
	v->last_private = to_private;
	if (v->calls == v->fail_at)
		return -EINVAL;
	if (v->calls == v->event_at)
		vcpu_interrupt(me, vm_vcpu(vm, 0));
	v->bytes += len;
	return gmem_set_attributes(me, v->x->gmem, gpa - BASE, len,
				   to_private ? MEMORY_ATTRIBUTE_PRIVATE : 0, &err);
}

static void setup(struct task *me, struct kx *x)
{
	KX_CHECK(x, !gmem_create(me, x->vm, (s64)PG(PAGES), KX_GMEM, &x->gmem));
	KX_CHECK(x, !vm_set_memory_region(me, x->vm, 0, BASE, PG(PAGES), x->gmem, 0, 0));
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0 && tdx_finalize_vm(me, x->vm) == 0);
}

static void run(void (*main)(struct task *me, void *arg))
{
	struct kx x;

	td_init(&x);
	x.setup = setup;
	kx_start(&x);
	kx_vcpu(&x, 0, main);
	td_finish(&x);
}

/* --- there and back --- */

static void convert_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vmm v = { .x = x };
	struct mapgpa_info info;
	struct access_info seen;

	kx_wait(me, x);
	/* all is shared at first */
	KX_CHECK(x, guest_touch(me, BASE, PG(2), false, true, 9, NULL) == 0);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, PG(8), vmm_convert, &v, &info) == 0);
	KX_CHECK(x, !info.status && info.nr_exits == 1 && v.calls == 1 && v.bytes == PG(8));
	KX_CHECK(x, v.last == BASE && v.last_private);
	KX_CHECK(x, guest_accept(me, BASE, PG(8), 0, NULL, NULL) == 0);
	KX_CHECK(x, guest_touch(me, BASE, PG(8), true, true, 5, NULL) == 0);
	/* two of them shared again: the host has zeroes, the rest is as it was */
	KX_CHECK(x, guest_mapgpa(me, false, BASE + PG(2), PG(2), vmm_convert, &v, &info) == 0);
	KX_CHECK(x, !info.status && !v.last_private && v.last == BASE + PG(2));
	KX_CHECK(x, x->vm->tdx->nr_tracks == 2);
	KX_CHECK(x, guest_touch(me, BASE + PG(2), PG(2), false, true, 3, NULL) == 0);
	KX_CHECK(x, guest_touch(me, BASE, PG(2), true, false, 0, &seen) == 0 &&
			    seen.first_byte == 5 && !seen.other_page);
	/* the wrong half is a memory fault exit */
	KX_CHECK(x, guest_touch(me, BASE + PG(2), PG(1), true, false, 0, &seen) ==
			    ACCESS_EXIT_MEMORY_FAULT);
	KX_CHECK(x, seen.fault_gpa == BASE + PG(2) &&
			    seen.fault_flags == MEMORY_EXIT_FLAG_PRIVATE);
	KX_CHECK(x, guest_touch(me, BASE, PG(1), false, false, 0, &seen) ==
			    ACCESS_EXIT_MEMORY_FAULT && !seen.fault_flags);
}

static void test_convert(void **state)
{
	run(convert_main);
}

/* --- chunks --- */

static void chunk_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vmm v = { .x = x };
	struct mapgpa_info info;

	kx_wait(me, x);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, PG(2 * M2_PAGES + 5), vmm_convert, &v, &info) ==
			    0);
	KX_CHECK(x, !info.status && info.nr_exits == 3 && !info.nr_retries);
	KX_CHECK(x, v.calls == 3 && v.bytes == PG(2 * M2_PAGES + 5));
	KX_CHECK(x, v.last == BASE + PG(2 * M2_PAGES));
	/* an interrupt after the first one: RETRY, and the guest goes on from there */
	v = (struct vmm){ .x = x, .event_at = 1 };
	KX_CHECK(x, guest_mapgpa(me, false, BASE, PG(2 * M2_PAGES + 5), vmm_convert, &v, &info) ==
			    0);
	KX_CHECK(x, !info.status && info.nr_retries == 1 && info.nr_exits == 3);
	KX_CHECK(x, v.calls == 3 && v.bytes == PG(2 * M2_PAGES + 5));
	/* the same, found by KVM when it looks */
	v = (struct vmm){ .x = x };
	td_fail(me, "vcpu_event", 2);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, PG(PAGES), vmm_convert, &v, &info) == 0);
	KX_CHECK(x, td_failed(me) && info.nr_retries == 1 && v.calls == 3 && !info.status);
	/* user space refuses the second chunk */
	v = (struct vmm){ .x = x, .fail_at = 2 };
	KX_CHECK(x, guest_mapgpa(me, false, BASE, PG(PAGES), vmm_convert, &v, &info) == 0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_INVALID_OPERAND && info.nr_exits == 2);
	KX_CHECK(x, info.failed_gpa == BASE + M2_BYTES);
}

static void test_chunks(void **state)
{
	run(chunk_main);
}

/* --- answers without an exit --- */

static void refused_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vmm v = { .x = x };
	struct mapgpa_info info;

	kx_wait(me, x);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, PG(1), NULL, NULL, &info) == 0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_SUBFUNC_UNSUPPORTED);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, 0, vmm_convert, &v, &info) == 0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_INVALID_OPERAND && info.failed_gpa == BASE);
	KX_CHECK(x, guest_mapgpa(me, false, 1ull << 53, PG(1), vmm_convert, &v, &info) == 0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_INVALID_OPERAND);
	/* from the private half into the shared one */
	KX_CHECK(x, guest_mapgpa(me, true, (1ull << 47) - PG(1), PG(2), vmm_convert, &v, &info) ==
			    0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_INVALID_OPERAND);
	KX_CHECK(x, guest_mapgpa(me, true, BASE + 1, PG(1), vmm_convert, &v, &info) == 0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_ALIGN_ERROR && info.failed_gpa == BASE + 1);
	KX_CHECK(x, guest_mapgpa(me, false, BASE, PG(1) - 1, vmm_convert, &v, &info) == 0);
	KX_CHECK(x, info.status == TDVMCALL_STATUS_ALIGN_ERROR && !v.calls && !info.nr_exits);
}

static void test_refused(void **state)
{
	run(refused_main);
}

/* --- per-VM attributes: the shared half is the process's memory --- */

static s64 vmm_set_attributes(struct task *me, struct vm *vm, gpa_t gpa, u64 len, bool to_private,
			      void *arg)
{
	return vm_set_mem_attributes(me, vm, gpa, len, to_private ? MEMORY_ATTRIBUTE_PRIVATE : 0);
}

static void mainline_setup(struct task *me, struct kx *x)
{
	KX_CHECK(x, sys_mmap_flags(me, NULL, 0, PG(PAGES), PROT_READ | PROT_WRITE, MAP_PRIVATE,
				   &x->hva) == 0);
	KX_CHECK(x, !gmem_create(me, x->vm, (s64)PG(PAGES), 0, &x->gmem));
	KX_CHECK(x, !vm_set_memory_region(me, x->vm, 0, BASE, PG(PAGES), x->gmem, 0, x->hva));
	KX_CHECK(x, tdx_build_vm(me, x->vm) == 0 && tdx_finalize_vm(me, x->vm) == 0);
}

static void mainline_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct mapgpa_info info;
	struct access_info seen;

	kx_wait(me, x);
	KX_CHECK(x, guest_touch(me, BASE, PG(2), false, true, 9, NULL) == 0);
	KX_CHECK(x, host_access(me, x->hva, PG(2), false, 0, &seen) == 0 && seen.first_byte == 9);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, PG(4), vmm_set_attributes, NULL, &info) == 0);
	KX_CHECK(x, !info.status && guest_accept(me, BASE, PG(4), 0, NULL, NULL) == 0);
	KX_CHECK(x, guest_touch(me, BASE, PG(4), true, true, 5, NULL) == 0);
	KX_CHECK(x, guest_mapgpa(me, false, BASE, PG(1), vmm_set_attributes, NULL, &info) == 0);
	KX_CHECK(x, !info.status && x->vm->tdx->nr_tracks == 1);
	KX_CHECK(x, guest_touch(me, BASE, PG(1), false, false, 0, &seen) == 0);
	KX_CHECK(x, seen.first_byte == 9); /* the process's page was there all the time */
	KX_CHECK(x, guest_touch(me, BASE + PG(1), PG(3), true, false, 0, &seen) == 0 &&
			    seen.first_byte == 5 && !seen.other_page);
}

static void test_mainline(void **state)
{
	struct kx x;

	td_init(&x);
	x.mcfg.kernel = KERNEL_MAINLINE;
	x.setup = mainline_setup;
	kx_start(&x);
	kx_vcpu(&x, 0, mainline_main);
	td_finish(&x);
}

/* --- signals end KVM_RUN, not the conversion --- */

static s64 vmm_signals(struct task *me, struct vm *vm, gpa_t gpa, u64 len, bool to_private,
		       void *arg)
{
	send_signal(me, me, 1);
	return vmm_convert(me, vm, gpa, len, to_private, arg);
}

static void signal_main(struct task *me, void *arg)
{
	struct kx *x = arg;
	struct vmm v = { .x = x };
	struct mapgpa_info info;

	kx_wait(me, x);
	KX_CHECK(x, guest_mapgpa(me, true, BASE, PG(1), vmm_signals, &v, &info) == -EINTR);
	me->sigpending = 0;
	/* what KVM owed the guest is not done twice */
	KX_CHECK(x, guest_run(me, 1) == 0 && v.calls == 1 && !td_vcpu(x, 0)->io_pending);
	KX_CHECK(x, guest_accept(me, BASE, PG(1), 0, NULL, NULL) == 0);
}

static void test_signal(void **state)
{
	run(signal_main);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_mainline),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
