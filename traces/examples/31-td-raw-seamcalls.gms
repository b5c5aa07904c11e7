gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
# engines: virtual
#
# The TDX module called directly: what it answers to a caller that does not keep to the rules.
#
# A page cannot be removed before it was blocked, nor before all vCPUs that could use it have left
# the TD since: TDX_TLB_TRACKING_NOT_DONE. Blocking twice is a warning. KVM's mirror of the S-EPT is
# not told, which is found (mirror-sept); it is undone before KVM comes by.
#
# Look at: 'operand', the low half of the status: 1 is RCX.
title = "SEAMCALLs by hand"
expect = any

[machine]
cpus = 2

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 1M
vcpus = 1
accepted = 0..0x10000

[task kernel]
seamcall TDH.MEM.PAGE.REMOVE gpa=0x1000 expect=TDX_GPA_RANGE_NOT_BLOCKED,operand=1
seamcall TDH.MEM.RANGE.BLOCK gpa=0x1000 expect=TDX_SUCCESS
seamcall TDH.MEM.RANGE.BLOCK gpa=0x1000 expect=TDX_GPA_RANGE_ALREADY_BLOCKED
seamcall TDH.MEM.PAGE.REMOVE gpa=0x1000 expect=TDX_TLB_TRACKING_NOT_DONE
seamcall TDH.MEM.TRACK expect=ok
# nobody is in the TD: that was enough
seamcall TDH.MEM.RANGE.UNBLOCK gpa=0x1000 expect=ok
seamcall TDH.MEM.PAGE.AUG gpa=0x1000 offset=0x1000 expect=TDX_EPT_ENTRY_STATE_INCORRECT
seamcall TDH.MEM.PAGE.AUG gpa=0x1000 level=2M expect=TDX_OPERAND_INVALID,operand=1
seamcall TDH.PHYMEM.PAGE.RECLAIM offset=0x1000 expect=TDX_LIFECYCLE_STATE_INCORRECT
signal done

[task vcpu0]
wait done
touch private 0x1000 4K write expect=ok

[final]
exists calls(TDH.MEM.TRACK) == 1
exists accepted(td0, 0x1000)
