#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gene_tests::fuzz::workflow(bytes));
