gmemsim trace 1
# conformance: Q10 [K]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Initial memory: the range has to be private and the source in whole pages (EINVAL); without a source, in
# place what the file has is taken, elsewhere it is EOPNOTSUPP.
title = "arguments of populate"
[vm vm0]
type = sw-protected
memory = 64K
init = private

[task vmm]
mmap 0 len=64K anon as=image
access write 0 len=64K map=image value=0x55
# mainline: the VM's attribute, shared at first; in place: the file's, private at first
attributes private 0 len=32K expect=ok@mainline|ENOTTY@inplace|ENOTTY@hugetlb-wip|ENOTTY@hugetlb-plan
convert shared 32K len=32K expect=ENOTTY@mainline|ok@inplace|ok@hugetlb-wip|ok@hugetlb-plan
populate 0 len=4K map=image offset=1 expect=EINVAL
populate 32K len=4K map=image expect=EINVAL
populate 0 len=4K expect=EOPNOTSUPP@mainline|ok@inplace|ok@hugetlb-wip|ok@hugetlb-plan
populate 4K len=8K map=image expect=ok,done=2
populate 24K len=16K map=image expect=ok,done=2
signal populated

[task vcpu0]
wait populated
touch private 0 4K read expect=bytes:0
touch private 4K 8K read expect=bytes:0x55
touch private 12K 4K read expect=bytes:0
touch private 24K 8K read expect=bytes:0x55
