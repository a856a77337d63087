//! What is wrong with an archive, in sentences that say what to do.

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveProblem {
    /// The archive contradicts itself, or its end is missing.
    #[error("the archive is damaged or was cut off ({0}); download or copy it again and repeat")]
    Damaged(String),
    /// A password is needed.
    #[error("the archive is encrypted; import one that is not, or unpack it and import the file inside")]
    Encrypted,
    /// Packed by a method that is not built in.
    #[error(
        "the archive is packed by the method {0}, which is not read; unpack it and import the file inside"
    )]
    Method(String),
    /// It would unpack to more than is believed.
    #[error(
        "the archive would unpack from {} MB to {} MB, and no registry's data does: it was made to fill disks; nothing \
         of it was read",
        .packed / 1_000_000,
        .unpacked / 1_000_000
    )]
    Bomb {
        /// Size of the archive, in bytes.
        packed: u64,
        /// Size of what it holds as it says itself, in bytes.
        unpacked: u64,
    },
    /// Its dictionary does not fit into the memory that unpacking may use.
    #[error(
        "unpacking the archive takes {} MB of memory, more than the {} MB allowed; pack it again with a smaller \
         dictionary, or unpack it and import the file inside",
        .needed / 1_000_000,
        .allowed / 1_000_000
    )]
    Memory {
        /// What it takes, in bytes.
        needed: u64,
        /// What is allowed, in bytes.
        allowed: u64,
    },
    /// A member's name leads out of the archive.
    #[error(
        "the archive's member `{0}` is named so that it would be unpacked elsewhere, which no published archive does; \
         download it again, or unpack it yourself and import the file inside"
    )]
    MemberName(String),
    /// Nothing in it is what the source reads.
    #[error("the archive holds no file that this source could read{}", listed(.0))]
    NothingToRead(Vec<String>),
    /// The file cannot be read at any place, as archives need it.
    #[error("an archive must be a file on a disk that can be read at any place, and this is none: {0}")]
    NotSeekable(std::io::Error),
}

fn listed(ignored: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = ignored.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>();
    match ignored.len() {
        0 => ": it is empty".to_owned(),
        count if count > SHOWN => format!(" ({}; and {} more)", shown.join("; "), count - SHOWN),
        _ => format!(" ({})", shown.join("; ")),
    }
}
