//! `gene-certs`.

fn main() {}
