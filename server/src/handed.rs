//! Secrets that somebody hands to a command: in a file, or by standard input.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The name by which standard input is meant; `-` does as well.
pub(crate) const STANDARD_INPUT: &str = "/dev/stdin";
/// No secret and no passphrase is nearly as long.
const LONGEST: u64 = 64 * 1024;

/// The text of a file.
///
/// Standard input is read as such: opening it by its name would ask for the file behind it once more, with the rights of a user
/// who may have none (`systemd-run --uid=… --pipe`), and a socket can't be opened at all.
pub(crate) fn text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    if file == Path::new(STANDARD_INPUT) || file == Path::new("-") {
        io::stdin().take(LONGEST).read_to_string(&mut text)?;
    } else {
        File::open(file)?.take(LONGEST).read_to_string(&mut text)?;
    }
    Ok(text)
}
