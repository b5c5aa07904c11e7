gmemsim trace 1
# conformance: Z4 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# The guest writes while the host adds and removes a slot that it does not use: it is never disturbed.
title = "an unrelated slot comes and goes"
[vm vm0]
memory = 64K
vcpus = 2

[task vmm]
create f size=64K mmap=yes init=shared expect=ok
barrier go
repeat 50 {
	bind slot=9 gpa=1G offset=0 len=64K gmem=f expect=ok
	unbind slot=9 expect=ok
}
signal done

[task vcpu0..vcpu1]
barrier go
repeat until=done {
	touch shared rand(0,64K) 4K write expect=ok
}
touch shared 0 64K write value=7 expect=ok
