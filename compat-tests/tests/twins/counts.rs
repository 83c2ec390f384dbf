use asyncdispatch_compat_tests::Twin;

pub const TWINS: &[Twin] = &[];
