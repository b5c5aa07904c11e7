gmemsim trace 1
# conformance: H6 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# A page that was punched is a fresh zero page for the guest, again and again.
title = "touch a hole again"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 16K
init = private

[task vcpu0]
repeat 3 {
	touch private 4K 4K write value=0x33 expect=ok
	barrier step
	barrier step
	touch private 4K 4K read expect=bytes:0
}

[task vmm]
repeat 3 {
	barrier step
	punch 4K len=4K expect=ok
	barrier step
}
