gmemsim trace 1
# conformance: A1 [T]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# A size that is no whole number of pages is refused, whatever the flags.
title = "sizes below a page"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
for s in 1..4095 {
	create f size=1*s flags=0 expect=EINVAL
}
for s in 1..4095 step=63 {
	create f size=1*s flags=1 expect=EINVAL
	create f size=1*s flags=3 expect=EINVAL
}
