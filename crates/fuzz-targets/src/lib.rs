//! What is fuzzed: one function for every parser of foreign input.
//!
//! Each takes any bytes and must come back: no panic, no endless loop, no memory without bound. What can be said besides is asserted
//! (what was read is read again the same). `cargo xtask fuzz` runs them with a fuzzer's instruments, the test of this crate runs the
//! corpus and some thousand seeded changes of it. Whether what was read is right is said by the tests of the parsers' own crates.

pub mod mutation;

use certlens_bitrix24::crm::{Item, Requisite};
use certlens_bitrix24::{
    AuthorizationServers, EntityType, Event, FrameOpen, MemberId, NetworkPolicy, Placement, PlacementOptions,
};
use certlens_domain::document_number::{WantedNumber, identity_key, search_key};
use certlens_domain::identifier::Identifier;
use certlens_domain::subscription::Mute;
use certlens_domain::tracking::settings::TrackingSettings;
use certlens_formats::{ImportSource, Input};
use serde_json::Value;
use std::hint::black_box;
use std::io::{Cursor, Seek as _, Write as _};

/// A parser under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of the program in `fuzz/` and of its corpus.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        name: "frame",
        run: frame,
    },
    Target {
        name: "event",
        run: event,
    },
    Target {
        name: "placement_options",
        run: placement_options,
    },
    Target {
        name: "crm_rows",
        run: crm_rows,
    },
    Target {
        name: "names",
        run: names,
    },
    Target {
        name: "identifier",
        run: identifier,
    },
    Target {
        name: "document_number",
        run: document_number,
    },
    Target {
        name: "settings",
        run: settings,
    },
    Target {
        name: "jsonl",
        run: |bytes| registry(ImportSource::Jsonl, bytes),
    },
    Target {
        name: "fsa_certificates",
        run: |bytes| registry(ImportSource::FsaCertificates, bytes),
    },
    Target {
        name: "fsa_declarations",
        run: |bytes| registry(ImportSource::FsaDeclarations, bytes),
    },
    Target {
        name: "kg_certificates",
        run: |bytes| registry(ImportSource::KgCertificates, bytes),
    },
    Target {
        name: "kg_declarations",
        run: |bytes| registry(ImportSource::KgDeclarations, bytes),
    },
    Target {
        name: "kz",
        run: |bytes| registry(ImportSource::Kz, bytes),
    },
    Target {
        name: "by",
        run: |bytes| registry(ImportSource::By, bytes),
    },
    Target {
        name: "eaeu",
        run: |bytes| registry(ImportSource::Eaeu, bytes),
    },
    Target {
        name: "rf_territory",
        run: |bytes| registry(ImportSource::RfTerritory, bytes),
    },
    Target {
        name: "parquet",
        run: |bytes| file(ImportSource::Parquet, bytes),
    },
    Target {
        name: "archive",
        run: |bytes| file(ImportSource::FsaCertificates, bytes),
    },
    #[cfg(feature = "pages")]
    Target {
        name: "session",
        run: pages::session,
    },
    #[cfg(feature = "pages")]
    Target {
        name: "address",
        run: pages::address,
    },
];

/// A frame's opening: the first line is the query, the rest the form.
fn frame(bytes: &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len());
    let (query, form) = bytes.split_at(end);
    black_box(FrameOpen::parse(
        &String::from_utf8_lossy(query),
        form.get(1..).unwrap_or_default(),
    ));
}

fn event(bytes: &[u8]) {
    // Refusing is one way of coming back.
    let _ = black_box(Event::parse(bytes));
}

fn placement_options(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    black_box(PlacementOptions::parse(&text));
    black_box(Placement::parse(&text));
}

/// Rows of a portal's CRM, as lists and batches have them.
fn crm_rows(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let mut rows = Vec::new();
    gather(value, &mut rows, 0);
    let fields = ["UF_CRM_1".to_owned(), "companyId".to_owned()];
    for row in rows {
        if let Value::Object(row) = &row {
            for entity_type in [EntityType::Company, EntityType::Deal, EntityType::Lead] {
                black_box(Item::read(entity_type, row, &fields));
            }
        }
        black_box(Requisite::read(row));
    }
}

/// All objects of an answer, however they are nested.
fn gather(value: Value, rows: &mut Vec<Value>, depth: usize) {
    if depth > 8 {
        return;
    }
    match value {
        Value::Array(list) => list.into_iter().for_each(|value| gather(value, rows, depth + 1)),
        Value::Object(map) => {
            for value in map.values() {
                gather(value.clone(), rows, depth + 1);
            }
            rows.push(Value::Object(map));
        }
        other => rows.push(other),
    }
}

/// Names and addresses that portals and operators write.
fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(member_id) = MemberId::parse(&text) {
        assert_eq!(
            MemberId::parse(member_id.as_str()).ok(),
            Some(member_id.clone()),
            "{text:?}"
        );
    }
    for policy in [NetworkPolicy::PublicHttps, NetworkPolicy::AllowInsecure] {
        let _ = black_box(AuthorizationServers::parse(&text, policy));
        let _ = black_box(certlens_bitrix24::PortalEndpoint::parse(&text, policy));
    }
}

fn identifier(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(identifier) = Identifier::parse(&text) {
        let again = Identifier::parse(identifier.value());
        assert_eq!(
            again.as_ref().map(Identifier::value),
            Ok(identifier.value()),
            "{text:?}"
        );
    }
}

fn document_number(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let key = identity_key(&text);
    assert_eq!(identity_key(&key), key, "{text:?}");
    black_box(search_key(&text));
    black_box(WantedNumber::parse(&text));
}

/// Settings and terms as JSON.
fn settings(bytes: &[u8]) {
    if let Ok(settings) = serde_json::from_slice::<TrackingSettings>(bytes) {
        let text = serde_json::to_string(&settings).unwrap_or_default();
        assert_eq!(
            serde_json::from_str::<TrackingSettings>(&text).ok(),
            Some(settings),
            "{text}"
        );
    }
    let _ = black_box(String::from_utf8_lossy(bytes).parse::<Mute>());
}

/// A registry's file that is read as it comes.
fn registry(source: ImportSource, bytes: &[u8]) {
    read_to_the_end(
        source,
        Input::Stream(Box::new(Cursor::new(bytes.to_vec()))),
        bytes.len(),
    );
}

/// A registry's file that is read here and there: archives, Parquet.
fn file(source: ImportSource, bytes: &[u8]) {
    let Ok(mut file) = tempfile::tempfile() else {
        return;
    };
    if file.write_all(bytes).and_then(|()| file.rewind()).is_ok() {
        read_to_the_end(source, Input::File(file), bytes.len());
    }
}

fn read_to_the_end(source: ImportSource, input: Input, length: usize) {
    let Ok(mut rows) = certlens_formats::open(source, input) else {
        return;
    };
    // A row takes a byte at least; what is compressed may give a thousand times as many.
    let most = length.saturating_mul(1100).saturating_add(1000);
    for read in 0.. {
        assert!(read <= most, "{read} rows of {length} bytes");
        match rows.next_row() {
            Ok(Some(row)) => {
                black_box(row);
            }
            Ok(None) | Err(_) => return,
        }
    }
}

#[cfg(feature = "pages")]
mod pages {
    use certlens_app::session::SessionKey;
    use certlens_monitor::Address;
    use chrono::{DateTime, Utc};
    use secrecy::SecretString;
    use serde_json::Value;
    use std::hint::black_box;

    /// Whatever is brought in the place of something that we signed: nothing of it is believed.
    pub(super) fn session(bytes: &[u8]) {
        let key = SessionKey::new(&[7; 32]);
        let text = String::from_utf8_lossy(bytes);
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let token = SecretString::from("the operator's token");
        assert!(key.verify(&text, now).is_err(), "{text:?}");
        assert!(key.verify_for_renewal(&text, now).is_err(), "{text:?}");
        assert!(key.verify_login(&text, now).is_err(), "{text:?}");
        assert!(key.verify_operator(&text, &token, now).is_err(), "{text:?}");
        assert!(
            key.verify_pass(&text, "/monitor", Some(&token), now).is_err(),
            "{text:?}"
        );
        assert!(key.verify_ticket::<Value>(&text, now).is_err(), "{text:?}");
    }

    /// Addresses of this length are read.
    const SHORT_ENOUGH: usize = 4_000;

    /// The address of a screen: what was understood of it is understood again.
    pub(super) fn address(bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(address) = text.parse::<Address>() {
            // Written out, an address is longer: one that is too long then is refused like any other.
            let written = address.to_string();
            if written.len() <= SHORT_ENOUGH {
                assert_eq!(
                    written.parse::<Address>().ok().as_ref(),
                    Some(&address),
                    "{text:?}"
                );
            }
            black_box(address);
        }
    }
}

/// Feeds the target of this name.
///
/// # Panics
///
/// When there is none, or when it found something.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.unwrap_or_else(|| panic!("there is no target {name}"));
    (target.run)(bytes);
}
