gmemsim trace 1
# conformance: A14 [O]
# kernels: mainline inplace
# Reserved words of the creation argument are not looked at.
title = "reserved words are ignored"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
create f size=4K reserved=0xffffffffffffffff expect=ok
stat f expect=size=4K
