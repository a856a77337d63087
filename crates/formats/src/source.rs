//! Which published format a file is in, by the name used on the command line.

use std::fmt;
use std::str::FromStr;

/// A published format, by the name used on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportSource {
    /// Canonical JSON lines, `jsonl`.
    Jsonl,
    /// Canonical documents as Parquet, `parquet`.
    Parquet,
    /// Rosaccreditation's dump of certificates, both generations, CSV or `.7z`: `fsa-certificates`.
    FsaCertificates,
    /// Rosaccreditation's dump of declarations, both generations, CSV or `.7z`: `fsa-declarations`.
    FsaDeclarations,
    /// Saved pages of the Kyrgyz register of certificates, `kg-certificates`.
    KgCertificates,
    /// Saved pages of the Kyrgyz register of declarations, `kg-declarations`.
    KgDeclarations,
    /// Saved answers of the Kazakh register, `kz`.
    Kz,
    /// The open JSON of the Belarusian register, `by`.
    By,
    /// OData JSON of the Union's unified register, for Kyrgyzstan, Kazakhstan and Belarus: `eaeu`.
    Eaeu,
    /// The list of foreign documents that are not valid on Russia's territory, `rf-territory`.
    RfTerritory,
}

impl ImportSource {
    /// All sources.
    pub const ALL: [Self; 10] = [
        Self::Jsonl,
        Self::Parquet,
        Self::FsaCertificates,
        Self::FsaDeclarations,
        Self::KgCertificates,
        Self::KgDeclarations,
        Self::Kz,
        Self::By,
        Self::Eaeu,
        Self::RfTerritory,
    ];

    /// The name used on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::FsaCertificates => "fsa-certificates",
            Self::FsaDeclarations => "fsa-declarations",
            Self::KgCertificates => "kg-certificates",
            Self::KgDeclarations => "kg-declarations",
            Self::Kz => "kz",
            Self::By => "by",
            Self::Eaeu => "eaeu",
            Self::RfTerritory => "rf-territory",
        }
    }
}

impl fmt::Display for ImportSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for ImportSource {
    type Err = UnknownImportSource;

    fn from_str(name: &str) -> Result<Self, UnknownImportSource> {
        Self::ALL
            .into_iter()
            .find(|source| source.name() == name)
            .ok_or_else(|| UnknownImportSource(name.chars().take(40).collect()))
    }
}

/// The text is no import source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no import source; use jsonl, parquet, fsa-certificates, fsa-declarations, kg-certificates, \
     kg-declarations, kz, by, eaeu or rf-territory"
)]
pub struct UnknownImportSource(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_each_source_parses_back_and_the_refusal_names_them_all() {
        let refusal = "fsa".parse::<ImportSource>().unwrap_err().to_string();
        for source in ImportSource::ALL {
            assert_eq!(source.name().parse(), Ok(source));
            assert!(refusal.contains(source.name()), "{refusal}");
        }
    }
}
