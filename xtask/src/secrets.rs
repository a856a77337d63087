//! Looks for secrets in what was logged. Every token and secret that the tests make up carries a mark, so none has to be known.

use anyhow::{Context as _, bail};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

/// Stands in every token of the simulator (`certlens_portal_sim::TOKEN_MARK`).
const TOKEN_MARK: &str = "5ec2e7ed5ec2e7ed";

/// Fails when a line of the log has a secret, naming the line with the secret masked. `others` are secrets without the mark.
pub(crate) fn look_for(log: &Path, others: &[&str]) -> anyhow::Result<()> {
    let reading = || format!("reading {}", log.display());
    let mut lines = BufReader::new(File::open(log).with_context(reading)?);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).with_context(reading)? == 0 {
            return Ok(());
        }
        // A log may hold anything; a secret is plain letters.
        let text = String::from_utf8_lossy(&line);
        if let Some(masked) = masked(&text, others) {
            bail!("{} line {number} has a secret: {}", log.display(), masked.trim());
        }
    }
    Ok(())
}

/// The line without its secrets; `None` when it has none.
fn masked(line: &str, others: &[&str]) -> Option<String> {
    let found: Vec<&str> = others
        .iter()
        .copied()
        .chain([TOKEN_MARK])
        .filter(|secret| !secret.is_empty() && line.contains(*secret))
        .collect();
    if found.is_empty() {
        return None;
    }
    let words = line
        .split_inclusive(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_');
    let masked = words.map(|word| {
        let has_secret = found.iter().any(|secret| word.contains(secret));
        if has_secret { "<secret> " } else { word }
    });
    let masked: String = masked.collect();
    // A secret of several words is masked as it stands.
    let masked = found
        .iter()
        .fold(masked, |text, secret| text.replace(secret, "<secret>"));
    Some(masked.chars().take(500).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_with_a_token_is_named_without_it() {
        let line = format!("token=00000001abcdef{TOKEN_MARK} was refused");
        let masked = masked(&line, &[]).unwrap();
        assert_eq!(masked, "token=<secret> was refused");
    }

    #[test]
    fn line_without_a_secret_is_nothing() {
        assert_eq!(masked("request answered", &["operator token"]), None);
    }

    #[test]
    fn log_with_a_secret_fails_by_its_line() {
        let directory = std::env::temp_dir().join(format!("certlens-secrets-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let log = directory.join("service.log");
        std::fs::write(&log, "well\nthe operator's word: open-sesame\n").unwrap();

        let found = look_for(&log, &["open-sesame"]).unwrap_err().to_string();
        let nothing = look_for(&log, &["another"]);

        std::fs::remove_dir_all(&directory).unwrap();
        assert!(found.contains("line 2") && !found.contains("sesame"), "{found}");
        assert!(nothing.is_ok());
    }
}
