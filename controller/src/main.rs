//! `gene-controller`.

fn main() {}
