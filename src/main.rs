//! The `flowlens` program: parse, run, exit code.
fn main() {}
