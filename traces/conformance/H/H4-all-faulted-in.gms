gmemsim trace 1
# conformance: H4 [T]
# kernels: inplace hugetlb-wip hugetlb-plan
# All of a private area has been faulted in; each of five ranges is punched in turn, and the guest reads
# zero there.
title = "five holes in private memory"

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 2052K
init = private
vcpus = 1

[task vcpu0]
touch private 0 2052K write value=0x11 expect=ok
barrier step
barrier step
touch private 0 4K read expect=bytes:0
touch private 4K 2M read expect=bytes:0x11
touch private 0 2052K write value=0x11 expect=ok
barrier step
barrier step
touch private 0 2M read expect=bytes:0
touch private 0 2052K write value=0x11 expect=ok
barrier step
barrier step
touch private 4K 4K read expect=bytes:0
touch private 0 4K read expect=bytes:0x11
touch private 0 2052K write value=0x11 expect=ok
barrier step
barrier step
touch private 4K 2M read expect=bytes:0
touch private 0 4K read expect=bytes:0x11
touch private 0 2052K write value=0x11 expect=ok
barrier step
barrier step
touch private 2M 4K read expect=bytes:0

[task vmm]
barrier step
punch 0 len=4K expect=ok
barrier step
barrier step
punch 0 len=2M expect=ok
barrier step
barrier step
punch 4K len=4K expect=ok
barrier step
barrier step
punch 4K len=2M expect=ok
barrier step
barrier step
punch 2M len=4K expect=ok
barrier step
