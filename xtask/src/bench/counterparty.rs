//! Whom to ask about: companies as a fair sample of documents names them, so that who holds more is asked about more
//! often, and each by all its numbers, as a card does.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

/// The same counterparties asked about in other ways are other questions: nothing is cached of them.
const MANNERS: [&str; 6] = [
    "",
    "&bridge=true",
    "&role=applicant",
    "&role=manufacturer",
    "&role=applicant&bridge=true",
    "&role=manufacturer&bridge=true",
];
/// Statuses and registries by which a page of the heaviest applicant is filtered.
const STATUSES: [&str; 5] = ["active", "expired", "terminated", "suspended", "extended"];
const REGISTRIES: [&str; 4] = [
    "rf_declarations",
    "rf_certificates",
    "kg_declarations",
    "kg_certificates",
];

/// All numbers of one company.
pub(crate) type Counterparty = Vec<String>;

/// The counterparties of a stock of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counterparties {
    /// Different ones in no order.
    all: Vec<Counterparty>,
    /// The applicant with most documents, and regulations of its documents.
    heaviest: Counterparty,
    heaviest_regulations: Vec<String>,
}

/// Collects counterparties from lines of documents.
#[derive(Debug, Default)]
pub(crate) struct Sampling {
    found: HashMap<String, Found>,
}

#[derive(Debug, Default)]
struct Found {
    ogrn: Option<String>,
    met: usize,
    regulations: BTreeSet<String>,
}

impl Sampling {
    /// Takes note of the applicant of a document.
    pub(crate) fn look_at(&mut self, line: &str) -> anyhow::Result<()> {
        let document: Value = serde_json::from_str(line).context("a generated document is no JSON")?;
        let applicant = &document["applicant"];
        let text = |key: &str| applicant[key].as_str().map(str::to_owned);
        // Filed by the OGRN alone, a company can't be told from itself filed by its INN.
        let Some(number) = text("inn").or_else(|| text("bin")).or_else(|| text("unp")) else {
            return Ok(());
        };
        let found = self.found.entry(number).or_default();
        found.met += 1;
        found.ogrn = found.ogrn.take().or_else(|| text("ogrn"));
        let regulations = document["technical_regulations"].as_array();
        let codes = regulations.into_iter().flatten().filter_map(Value::as_str);
        found.regulations.extend(codes.map(str::to_owned));
        Ok(())
    }

    /// The counterparties of whom all numbers are known.
    pub(crate) fn finish(self) -> anyhow::Result<Counterparties> {
        let mut known: Vec<(Counterparty, Found)> = Vec::new();
        for (number, found) in self.found {
            // A Russian INN has ten digits or twelve; Kazakh and Belarusian numbers stand in fields of their own.
            let lacks_ogrn = found.ogrn.is_none() && is_russian(&number);
            if !lacks_ogrn {
                let numbers = std::iter::once(number).chain(found.ogrn.clone()).collect();
                known.push((numbers, found));
            }
        }
        known.sort_by_cached_key(|(numbers, _)| scattered(numbers));
        let heaviest = known.iter().max_by_key(|(_, found)| found.met);
        let (heaviest, found) = heaviest.context("no document names a counterparty")?;
        Ok(Counterparties {
            heaviest: heaviest.clone(),
            heaviest_regulations: found.regulations.iter().cloned().collect(),
            all: known.iter().map(|(numbers, _)| numbers.clone()).collect(),
        })
    }
}

/// Region 98 is the generator's; Kazakh numbers have the same length and begin with years.
fn is_russian(number: &str) -> bool {
    matches!(number.len(), 10 | 12) && number.starts_with("98")
}

/// The same disorder each time.
fn scattered(numbers: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    numbers.hash(&mut hasher);
    hasher.finish()
}

impl Counterparties {
    pub(crate) fn all(&self) -> &[Counterparty] {
        &self.all
    }

    /// Paths of searches for the heaviest applicant, each with a number beside that nobody has: so no answer is cached.
    pub(crate) fn about_the_heaviest(&self, from: usize, count: usize) -> Vec<String> {
        (from..from + count)
            .map(|serial| format!("{}&id=99{serial:08}", analytics(&self.heaviest)))
            .collect()
    }

    /// Paths of first pages of the heaviest applicant's documents, each by another filter.
    pub(crate) fn pages_of_the_heaviest(&self) -> Vec<String> {
        let ids = ids(&self.heaviest);
        let mut paths = Vec::new();
        for regulation in &self.heaviest_regulations {
            let regulation = percent_encoded(regulation);
            for registry in REGISTRIES {
                paths.extend(STATUSES.map(|status| {
                    format!("/api/v1/documents?{ids}&registry={registry}&status={status}&tr={regulation}")
                }));
            }
        }
        paths
    }

    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let content = json!({
            "heaviest": self.heaviest,
            "heaviest_regulations": self.heaviest_regulations,
            "all": self.all,
        });
        fs::write(file, content.to_string()).with_context(|| format!("writing {}", file.display()))
    }

    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let content: Value =
            serde_json::from_slice(&content).with_context(|| format!("{} is no JSON", file.display()))?;
        let lists = content["all"].as_array();
        Ok(Self {
            all: lists.into_iter().flatten().map(texts).collect(),
            heaviest: texts(&content["heaviest"]),
            heaviest_regulations: texts(&content["heaviest_regulations"]),
        })
    }
}

/// Questions that nobody has asked before.
pub(crate) struct FreshQuestions<'all> {
    counterparties: &'all [Counterparty],
    next: usize,
}

impl<'all> FreshQuestions<'all> {
    pub(crate) fn about(counterparties: &'all [Counterparty]) -> Self {
        Self {
            counterparties,
            next: 0,
        }
    }

    /// Paths of so many searches, or fewer when nothing new can be asked.
    pub(crate) fn take(&mut self, count: usize) -> Vec<String> {
        let companies = self.counterparties.len();
        let end = (self.next + count).min(companies * MANNERS.len());
        let paths = (self.next..end)
            .map(|index| {
                let path = analytics(&self.counterparties[index % companies]);
                format!("{path}{}", MANNERS[index / companies])
            })
            .collect();
        self.next = end;
        paths
    }
}

fn analytics(numbers: &[String]) -> String {
    format!("/api/v1/analytics?{}", ids(numbers))
}

fn ids(numbers: &[String]) -> String {
    let ids: Vec<String> = numbers.iter().map(|number| format!("id={number}")).collect();
    ids.join("&")
}

pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn texts(list: &Value) -> Vec<String> {
    let values = list.as_array().into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Counterparties, FreshQuestions, Sampling, percent_encoded};

    fn sampled(lines: &[&str]) -> Counterparties {
        let mut sampling = Sampling::default();
        for line in lines {
            sampling.look_at(line).unwrap();
        }
        sampling.finish().unwrap()
    }

    const BOTH: &str = r#"{"applicant":{"inn":"9800000001","ogrn":"1039800000001"},"technical_regulations":["ТР ТС 004/2011"]}"#;
    const INN: &str = r#"{"applicant":{"inn":"9800000001","ogrn":null}}"#;
    const OTHER_INN: &str = r#"{"applicant":{"inn":"9800000002","ogrn":null}}"#;
    const OGRN: &str = r#"{"applicant":{"inn":null,"ogrn":"1039800000001"}}"#;
    const KAZAKH: &str = r#"{"applicant":{"bin":"410140000011"}}"#;

    #[test]
    fn company_filed_by_one_number_and_by_two_is_one_counterparty_asked_by_both() {
        let counterparties = sampled(&[INN, KAZAKH, BOTH, OGRN]);
        let all: HashSet<_> = counterparties.all().iter().cloned().collect();
        let expected = [
            vec!["9800000001".to_owned(), "1039800000001".to_owned()],
            vec!["410140000011".to_owned()],
        ];
        assert_eq!(all, HashSet::from(expected));
        let heaviest = counterparties.about_the_heaviest(7, 1);
        assert_eq!(
            heaviest,
            ["/api/v1/analytics?id=9800000001&id=1039800000001&id=9900000007"]
        );
    }

    #[test]
    fn company_with_an_unknown_number_is_left_out() {
        let counterparties = sampled(&[OTHER_INN, KAZAKH]);
        assert_eq!(counterparties.all(), [["410140000011"]]);
    }

    #[test]
    fn fresh_questions_never_repeat_and_come_to_an_end() {
        let counterparties = sampled(&[BOTH, KAZAKH]);
        let mut questions = FreshQuestions::about(counterparties.all());
        let mut asked = questions.take(3);
        asked.extend(questions.take(100));
        assert_eq!(asked.len(), 12);
        assert_eq!(asked.iter().collect::<HashSet<_>>().len(), 12);
        assert!(
            asked[..2]
                .iter()
                .all(|path| !path.contains("role") && !path.contains("bridge"))
        );
    }

    #[test]
    fn filtered_pages_are_different_and_fit_into_an_address() {
        let pages = sampled(&[BOTH]).pages_of_the_heaviest();
        assert_eq!(pages.iter().collect::<HashSet<_>>().len(), 20);
        assert!(pages.iter().all(|path| path.is_ascii() && !path.contains(' ')));
        assert_eq!(percent_encoded("ТР 1/2"), "%D0%A2%D0%A0%201%2F2");
    }

    #[test]
    fn written_counterparties_are_read_as_they_were() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("counterparties.json");
        let counterparties = sampled(&[BOTH, KAZAKH]);
        counterparties.write(&file).unwrap();
        assert_eq!(Counterparties::read(&file).unwrap(), counterparties);
    }
}
