#![no_main]
// The decoder gives up on some files with a panic, which the reader catches and takes for damage. The fuzzer's own hook ends the
// process at any panic; without it only one that gets through counts.
libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| certlens_fuzz_targets::run("parquet", bytes)
);
