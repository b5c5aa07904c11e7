/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model/tdx/spec_status.h - completion statuses of the TDX module, and the operand numbers in them.
 *
 * ST(name, value): bit 63 an error, bit 62 not recoverable as it is, bit 61 fatal; the low 32 bits
 * take an operand or other detail.  A value whose top nibble is 0 is a warning: the call has had
 * no effect, but it is no error either.
 *
 * OP(name, number): ORed into the low 32 bits.
 */
#ifndef MODEL_TDX_SPEC_STATUS_H
#define MODEL_TDX_SPEC_STATUS_H

#include "sim/types.h"

#define TDX_STATUSES(ST)                                                                           \
	ST(TDX_SUCCESS, 0x0000000000000000)                                                        \
	ST(TDX_NON_RECOVERABLE_VCPU, 0x4000000100000000)                                           \
	ST(TDX_NON_RECOVERABLE_TD, 0x6000000200000000)                                             \
	ST(TDX_INTERRUPTED_RESUMABLE, 0x8000000300000000)                                          \
	ST(TDX_INTERRUPTED_RESTARTABLE, 0x8000000400000000)                                        \
	ST(TDX_OPERAND_INVALID, 0xC000010000000000)                                                \
	ST(TDX_OPERAND_ADDR_RANGE_ERROR, 0xC000010100000000)                                       \
	ST(TDX_OPERAND_BUSY, 0x8000020000000000)                                                   \
	ST(TDX_PREVIOUS_TLB_EPOCH_BUSY, 0x8000020100000000)                                        \
	ST(TDX_SYS_BUSY, 0x8000020200000000)                                                       \
	ST(TDX_RND_NO_ENTROPY, 0x8000020300000000)                                                 \
	ST(TDX_OPERAND_BUSY_HOST_PRIORITY, 0x8000020400000000)                                     \
	ST(TDX_HOST_PRIORITY_BUSY_TIMEOUT, 0x9000020500000000)                                     \
	ST(TDX_PAGE_METADATA_INCORRECT, 0xC000030000000000)                                        \
	ST(TDX_PAGE_ALREADY_FREE, 0x0000030100000000)                                              \
	ST(TDX_PAGE_NOT_OWNED_BY_TD, 0xC000030200000000)                                           \
	ST(TDX_PAGE_NOT_FREE, 0xC000030300000000)                                                  \
	ST(TDX_HPA_RANGE_NOT_FREE, 0xC000030400000000)                                             \
	ST(TDX_NO_PAMT_PAGE_PAIR, 0xC000030500000000)                                              \
	ST(TDX_PAMT_PAGE_NOT_EMPTY, 0xC000030600000000)                                            \
	ST(TDX_MISSING_PAMT_PAGE_PAIR, 0x8000030800000000)                                         \
	ST(TDX_TD_ASSOCIATED_PAGES_EXIST, 0xC000040000000000)                                      \
	ST(TDX_SYS_NOT_READY, 0xC000050500000000)                                                  \
	ST(TDX_SYS_SHUTDOWN, 0xC000050600000000)                                                   \
	ST(TDX_TD_FATAL, 0xE000060400000000)                                                       \
	ST(TDX_TDCS_NOT_ALLOCATED, 0xC000060600000000)                                             \
	ST(TDX_LIFECYCLE_STATE_INCORRECT, 0xC000060700000000)                                      \
	ST(TDX_OP_STATE_INCORRECT, 0xC000060800000000)                                             \
	ST(TDX_NO_VCPUS, 0xC000060900000000)                                                       \
	ST(TDX_TDCX_NUM_INCORRECT, 0xC000061000000000)                                             \
	ST(TDX_VCPU_STATE_INCORRECT, 0xC000070000000000)                                           \
	ST(TDX_VCPU_ASSOCIATED, 0x8000070100000000)                                                \
	ST(TDX_VCPU_NOT_ASSOCIATED, 0x8000070200000000)                                            \
	ST(TDX_MAX_VCPUS_EXCEEDED, 0xC000070500000000)                                             \
	ST(TDX_KEY_GENERATION_FAILED, 0x8000080000000000)                                          \
	ST(TDX_TD_KEYS_NOT_CONFIGURED, 0x8000081000000000)                                         \
	ST(TDX_KEY_STATE_INCORRECT, 0xC000081100000000)                                            \
	ST(TDX_KEY_CONFIGURED, 0x0000081500000000)                                                 \
	ST(TDX_WBCACHE_NOT_COMPLETE, 0x8000081700000000)                                           \
	ST(TDX_HKID_NOT_FREE, 0xC000082000000000)                                                  \
	ST(TDX_NO_HKID_READY_TO_WBCACHE, 0x0000082100000000)                                       \
	ST(TDX_WBCACHE_RESUME_ERROR, 0xC000082300000000)                                           \
	ST(TDX_FLUSHVP_NOT_DONE, 0x8000082400000000)                                               \
	ST(TDX_EPT_WALK_FAILED, 0xC0000B0000000000)                                                \
	ST(TDX_EPT_ENTRY_NOT_PRESENT, 0xC0000B0300000000)                                          \
	ST(TDX_GPA_RANGE_NOT_BLOCKED, 0xC0000B0600000000)                                          \
	ST(TDX_GPA_RANGE_ALREADY_BLOCKED, 0x00000B0700000000)                                      \
	ST(TDX_TLB_TRACKING_NOT_DONE, 0xC0000B0800000000)                                          \
	ST(TDX_EPT_INVALID_PROMOTE_CONDITIONS, 0xC0000B0900000000)                                 \
	ST(TDX_PAGE_ALREADY_ACCEPTED, 0x00000B0A00000000)                                          \
	ST(TDX_PAGE_SIZE_MISMATCH, 0xC0000B0B00000000)                                             \
	ST(TDX_EPT_ENTRY_STATE_INCORRECT, 0xC0000B0D00000000)                                      \
	ST(TDX_EPT_PAGE_NOT_FREE, 0xC0000B0E00000000)

enum tdx_status {
#define ST(name, value) name = value##ull,
	TDX_STATUSES(ST)
#undef ST
};

#define TDX_SEAMCALL_STATUS_MASK 0xFFFFFFFF00000000ull

#define TDX_OPERANDS(OP)                                                                           \
	OP(RAX, 0)                                                                                 \
	OP(RCX, 1)                                                                                 \
	OP(RDX, 2)                                                                                 \
	OP(R8, 8)                                                                                  \
	OP(R9, 9)                                                                                  \
	OP(R12, 12)                                                                                \
	OP(R13, 13)                                                                                \
	OP(EPTP_CONTROLS, 67)                                                                      \
	OP(MAX_VCPUS, 68)                                                                          \
	OP(TDR, 128)                                                                               \
	OP(TDCX, 129)                                                                              \
	OP(TDVPR, 130)                                                                             \
	OP(TDCS, 144)                                                                              \
	OP(TDVPS, 145)                                                                             \
	OP(SEPT_TREE, 146)                                                                         \
	OP(SEPT_ENTRY, 147)                                                                        \
	OP(TD_EPOCH, 169)                                                                          \
	OP(OP_STATE, 172)                                                                          \
	OP(KOT, 186)                                                                               \
	OP(KET, 187)                                                                               \
	OP(WBCACHE, 188)

enum tdx_operand {
#define OP(name, number) OPERAND_##name = number,
	TDX_OPERANDS(OP)
#undef OP
};

/* What VP.ENTER answers when the guest was left: VMX basic exit reasons. */
enum tdx_exit_reason {
	EXIT_REASON_EXTERNAL_INTERRUPT = 1,
	EXIT_REASON_TRIPLE_FAULT = 2,
	EXIT_REASON_HLT = 12,
	EXIT_REASON_EPT_VIOLATION = 48,
	EXIT_REASON_TDCALL = 77,
};

/**
 * tdx_status_name - "TDX_OPERAND_BUSY" for 0x8000020000000092, "" for none we know.
 */
const char *tdx_status_name(u64 status);

#endif
