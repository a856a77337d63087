//! Makes cargo look at the migrations: a macro embeds the files, and only a build script can say that a new one
//! appeared.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/postgres");
}
