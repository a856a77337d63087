#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| certlens_fuzz_targets::run("eaeu", bytes));
