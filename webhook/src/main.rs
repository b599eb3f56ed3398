//! `gene-webhook`.

fn main() {}
