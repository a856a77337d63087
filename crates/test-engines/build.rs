//! The migrations are compiled in: a changed file must make this package compile anew.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations/postgres");
}
