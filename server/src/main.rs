//! The `certlens` program. Everything it does lies in the library beside it, where tests reach it.

use std::process::ExitCode;

/// Rendering pages makes many small pieces of memory of short life, which fragment the heap of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    certlens::command::main()
}
