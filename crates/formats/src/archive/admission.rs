//! Which archives are let in at all, and which of their members are read. Judges by the archive's own listing, before
//! anything is unpacked: the reader never gives more bytes of a member than its listing says.

use super::ArchiveProblem;
use crate::ImportSource;
use sevenz_rust2::{Archive, Block, Coder, EncoderMethod};

/// More than four times the largest dumps that were published in full, in bytes.
const LARGEST_UNPACKED: u64 = 100_000_000_000;
/// Registry data packs five to twenty times, fifty at the utmost.
const LARGEST_RATIO: u64 = 1000;
/// So much may be unpacked at any ratio, in bytes: a small file of blanks hurts nobody.
const HARMLESS: u64 = 64_000_000;
/// Memory for the dictionaries of one block, in bytes: the largest that packers choose by themselves is 256 MB.
const MEMORY: u64 = 1 << 30;

/// Refuses an archive of `packed` bytes that is encrypted, too big, or wants too much memory.
pub(super) fn admit(archive: &Archive, packed: u64) -> Result<(), ArchiveProblem> {
    for block in &archive.blocks {
        let mut needed = 0_u64;
        for coder in &block.coders {
            if coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256 {
                return Err(ArchiveProblem::Encrypted);
            }
            needed = needed.saturating_add(dictionary(coder));
        }
        if needed > MEMORY {
            let allowed = MEMORY;
            return Err(ArchiveProblem::Memory { needed, allowed });
        }
    }
    for member in &archive.files {
        if leads_outside(&member.name) {
            return Err(ArchiveProblem::MemberName(
                member.name.chars().take(100).collect(),
            ));
        }
    }
    let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0, u64::saturating_add);
    let members = sum(&mut archive.files.iter().map(|member| member.size));
    let blocks = sum(&mut archive.blocks.iter().map(Block::get_unpack_size));
    admit_size(packed, members.max(blocks))
}

fn admit_size(packed: u64, unpacked: u64) -> Result<(), ArchiveProblem> {
    let too_dense = unpacked > HARMLESS && unpacked / LARGEST_RATIO > packed;
    if too_dense || unpacked > LARGEST_UNPACKED {
        return Err(ArchiveProblem::Bomb { packed, unpacked });
    }
    Ok(())
}

/// Size of a coder's dictionary, in bytes; 0 for coders without one.
fn dictionary(coder: &Coder) -> u64 {
    match (coder.encoder_method_id(), coder.properties()) {
        (EncoderMethod::ID_LZMA, [_, a, b, c, d, ..]) => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        (EncoderMethod::ID_LZMA2, [bits, ..]) => {
            let bits = u32::from(*bits).min(40);
            u64::from(2 | (bits & 1)) << (bits / 2 + 11)
        }
        _ => 0,
    }
}

/// Whether a member's name would leave the directory into which the archive is unpacked.
fn leads_outside(name: &str) -> bool {
    let mut steps = name.split(['/', '\\']);
    let drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\']) || drive || name.contains('\0') || steps.any(|step| step == "..")
}

/// What is to be done with a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// It must be what the source reads.
    Read,
    /// It is read when it turns out to be what the source reads.
    Try,
    /// It is left out, and this is why.
    Ignore(&'static str),
}

/// Chooses by the name.
pub(super) fn choose(source: ImportSource, name: &str) -> Choice {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    if file.starts_with('.') {
        return Choice::Ignore("hidden files are left out");
    }
    let beside = ["readme", "meta", "structure", "license", "прочти"];
    if beside.iter().any(|beginning| file.starts_with(beginning)) {
        return Choice::Try;
    }
    if extensions(source).contains(&extension) {
        Choice::Read
    } else if matches!(extension, "" | "txt" | "dat") {
        Choice::Try
    } else {
        Choice::Ignore("this kind of file is not what the source reads")
    }
}

/// Extensions of the files that the source reads.
const fn extensions(source: ImportSource) -> &'static [&'static str] {
    match source {
        ImportSource::FsaCertificates | ImportSource::FsaDeclarations => &["csv", "tsv"],
        ImportSource::RfTerritory => &["csv", "tsv", "json", "jsonl", "ndjson"],
        ImportSource::Jsonl | ImportSource::By | ImportSource::Eaeu => &["json", "jsonl", "ndjson"],
        ImportSource::KgCertificates | ImportSource::KgDeclarations => &["html", "htm"],
        ImportSource::Kz => &["xml", "html", "htm", "xhtml", "json"],
        ImportSource::Parquet => &["parquet"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::published(1_200_000_000, 6_000_000_000, true)]
    #[case::small_and_dense(10_000, 60_000_000, true)]
    #[case::dense(70_000, 71_000_000, false)]
    #[case::dense_but_just_so(71_000, 71_000_000, true)]
    #[case::huge(20_000_000_000, 100_000_000_001, false)]
    #[case::absurd(1_000, u64::MAX, false)]
    fn archive_that_unpacks_to_more_than_any_data_is_refused(
        #[case] packed: u64,
        #[case] unpacked: u64,
        #[case] admitted: bool,
    ) {
        assert_eq!(admit_size(packed, unpacked).is_ok(), admitted);
    }

    #[rstest]
    #[case("data-20260131-structure-20260212.csv", Choice::Read)]
    #[case("2026/январь/DATA.CSV", Choice::Read)]
    #[case("readme.txt", Choice::Try)]
    #[case("structure-20260212.csv", Choice::Try)]
    #[case("data", Choice::Try)]
    #[case("meta.xml", Choice::Try)]
    #[case(
        "passport.xml",
        Choice::Ignore("this kind of file is not what the source reads")
    )]
    #[case("__MACOSX/._data.csv", Choice::Ignore("hidden files are left out"))]
    fn members_of_a_dump_are_chosen_by_name(#[case] name: &str, #[case] choice: Choice) {
        assert_eq!(choose(ImportSource::FsaDeclarations, name), choice);
    }

    #[rstest]
    #[case("../data.csv", true)]
    #[case("a/../../data.csv", true)]
    #[case("a\\..\\data.csv", true)]
    #[case("/etc/passwd", true)]
    #[case("C:\\data.csv", true)]
    #[case("a..b/data..csv", false)]
    #[case("a/b/data.csv", false)]
    fn name_that_leads_outside_is_recognised(#[case] name: &str, #[case] outside: bool) {
        assert_eq!(leads_outside(name), outside);
    }
}
