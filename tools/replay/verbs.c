// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which function performs which verb.
 *
 * Invariant: a verb that is not here is control (interp.c), or build.c has refused the trace.
 */
#include "tools/replay/internal.h"

const rp_verb_fn rp_verbs[TRACE_VERB_NR] = {
	[TRACE_OP_TOUCH] = rp_do_touch,
	[TRACE_OP_RUN] = rp_do_run,
	[TRACE_OP_SPIN] = rp_do_spin,
	[TRACE_OP_HALT] = rp_do_halt,
	[TRACE_OP_LOCK] = rp_lock_guest,
	[TRACE_OP_UNLOCK] = rp_unlock_guest,
	[TRACE_OP_CREATE] = rp_do_create,
	[TRACE_OP_BIND] = rp_do_bind,
	[TRACE_OP_UNBIND] = rp_do_unbind,
	[TRACE_OP_CLOSE] = rp_do_close,
	[TRACE_OP_MMAP] = rp_do_mmap,
	[TRACE_OP_MUNMAP] = rp_do_munmap,
	[TRACE_OP_ACCESS] = rp_do_access,
	[TRACE_OP_CONVERT] = rp_do_convert,
	[TRACE_OP_ATTRIBUTES] = rp_do_attributes,
	[TRACE_OP_ALLOCATE] = rp_do_allocate,
	[TRACE_OP_PUNCH] = rp_do_punch,
	[TRACE_OP_POPULATE] = rp_do_populate,
	[TRACE_OP_PREFAULT] = rp_do_prefault,
	[TRACE_OP_PIN] = rp_do_pin,
	[TRACE_OP_UNPIN] = rp_do_unpin,
	[TRACE_OP_IOMMU_MAP] = rp_do_iommu_map,
	[TRACE_OP_IOMMU_UNMAP] = rp_do_unpin,
	[TRACE_OP_MEMSLOT_DELETE] = rp_do_memslot_delete,
	[TRACE_OP_DESTROY] = rp_do_destroy,
	[TRACE_OP_LRU_DRAIN] = rp_do_lru_drain,
	[TRACE_OP_SPECULATIVE_REF] = rp_do_speculative_ref,
	[TRACE_OP_MEMORY_FAILURE] = rp_do_memory_failure,
	[TRACE_OP_MIGRATE] = rp_do_migrate,
	[TRACE_OP_COLLAPSE] = rp_do_collapse,
	[TRACE_OP_FORK] = rp_do_fork,
	[TRACE_OP_JOIN] = rp_do_join,
	[TRACE_OP_DUP] = rp_do_dup,
	[TRACE_OP_STAT] = rp_do_stat,
	[TRACE_OP_IO] = rp_do_io,
	[TRACE_OP_ADVISE] = rp_do_advise,
	[TRACE_OP_PROTECT] = rp_do_protect,
	[TRACE_OP_MLOCK] = rp_do_mlock,
	[TRACE_OP_MUNLOCK] = rp_do_munlock,
	[TRACE_OP_COUNTER] = rp_do_counter,
	[TRACE_OP_STATE] = rp_do_state,
	[TRACE_OP_KVM_ACCESS] = rp_do_kvm_access,
	[TRACE_OP_SEAMCALL] = rp_do_seamcall,
};
