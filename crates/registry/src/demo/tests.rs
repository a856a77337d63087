use super::*;
use certlens_domain::document_number::NumberFamily;
use certlens_domain::identifier::Identifier;
use certlens_domain::registry::Registry;
use certlens_domain::status::Status;
use certlens_domain::technical_regulation::TechnicalRegulation;
use std::collections::{HashMap, HashSet};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
}

fn sample() -> Vec<Document> {
    documents(7, 4000, today()).collect()
}

#[test]
fn same_seed_gives_the_same_documents_and_another_seed_others() {
    let some = |seed| documents(seed, 50, today()).collect::<Vec<_>>();
    assert_eq!(some(7), some(7));
    assert_ne!(some(7), some(8));
    assert_eq!(some(7).len(), 50);
}

#[test]
fn every_document_passes_the_checks_of_an_import_unchanged() {
    for document in sample() {
        assert_eq!(
            certlens_formats::canonical::canonical(document.clone()),
            Ok(document)
        );
    }
}

#[test]
fn identifiers_are_valid_and_numbers_tell_their_kind() {
    for document in sample() {
        for (_, value) in document.identifiers() {
            assert!(Identifier::parse(value).unwrap().is_valid(), "{value}");
        }
        assert_eq!(
            NumberFamily::of(&document.number).kind(),
            Some(document.kind),
            "{}",
            document.number
        );
        for code in &document.technical_regulations {
            assert!(TechnicalRegulation::of_code(code).is_some(), "{code}");
        }
        assert!(document.registered_on <= today());
        assert_eq!(
            Status::of_label(&document.status_label),
            document.status,
            "{}",
            document.status_label
        );
    }
}

#[test]
fn all_registries_statuses_and_a_heavy_tail_occur() {
    let documents = sample();
    let registries: HashSet<Registry> = documents.iter().map(|document| document.registry).collect();
    assert_eq!(registries.len(), Registry::ALL.len());
    let statuses: HashSet<Status> = documents
        .iter()
        .map(|document| document.status.on(today(), document.valid_until))
        .collect();
    for status in [
        Status::Active,
        Status::Suspended,
        Status::Terminated,
        Status::Expired,
    ] {
        assert!(statuses.contains(&status), "{status}");
    }
    let mut holders: HashMap<String, usize> = HashMap::new();
    for document in &documents {
        *holders.entry(document.applicant.name.clone()).or_default() += 1;
    }
    let most = holders.values().max().copied().unwrap();
    assert!(most >= 90, "{most}");
    assert!(holders.len() > 500, "{}", holders.len());
}

#[test]
fn number_and_source_id_of_each_document_are_its_own() {
    let documents = sample();
    let ids: HashSet<_> = documents.iter().map(|document| &document.source_id).collect();
    assert_eq!(ids.len(), documents.len());
}

#[test]
fn no_two_companies_share_an_identifier() {
    let mut seen = HashSet::new();
    for index in 0..20_000 {
        for identifier in Company::of(7, index).party().identifiers() {
            assert!(
                seen.insert(identifier.to_owned()),
                "{identifier} of company {index}"
            );
        }
    }
}

#[test]
fn portal_has_a_dozen_companies_whose_identifiers_occur_in_the_documents() {
    let portal = portal(7, 4000);
    assert_eq!(portal.companies.len(), 12);
    let held: HashSet<String> = sample()
        .iter()
        .flat_map(|document| {
            document
                .identifiers()
                .map(|(_, value)| value.to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let holds = |company: &DemoCompany| {
        company
            .requisites
            .iter()
            .flat_map(|requisite| [&requisite.inn, &requisite.ogrn, &requisite.ogrnip, &requisite.bin])
            .flatten()
            .any(|value| held.contains(value))
    };
    let holders = portal.companies.iter().filter(|company| holds(company)).count();
    assert_eq!(
        holders, 9,
        "all but the one without details, the one without documents and the real one"
    );
    let holding = portal
        .companies
        .iter()
        .find(|company| company.requisites.len() == 3);
    assert!(holding.is_some());
}

fn measured() -> Vec<Document> {
    heavy_tail(7, 12_000, 1000, today()).collect()
}

#[test]
fn heavy_tail_has_so_many_documents_and_one_applicant_with_so_many_of_them() {
    let documents = measured();
    assert_eq!(documents.len(), 12_000);
    let mut holders: HashMap<String, usize> = HashMap::new();
    for document in &documents {
        let applicant = &document.applicant;
        // One of the two numbers is always there, and either begins like no other company's.
        let known = Company::of(7, 0).party().clone();
        let is_heaviest = applicant.inn.is_some() && applicant.inn == known.inn
            || applicant.ogrn.is_some() && applicant.ogrn == known.ogrn;
        if is_heaviest {
            *holders.entry("heaviest".to_owned()).or_default() += 1;
        } else {
            *holders.entry(applicant.identifiers().collect()).or_default() += 1;
        }
    }
    assert_eq!(holders["heaviest"], 1000);
    let small = holders.values().filter(|held| **held <= 3).count();
    assert!(small * 2 > holders.len(), "{small} of {}", holders.len());
}

#[test]
fn heavy_tail_files_one_company_by_both_numbers_and_by_either_and_in_kyrgyzstan_in_a_text() {
    let heaviest = Company::of(7, 0).party().clone();
    let filings: HashSet<(bool, bool, bool)> = measured()
        .iter()
        .map(|document| &document.applicant)
        .filter(|applicant| applicant.name == heaviest.name)
        .map(|applicant| {
            (
                applicant.inn.is_some(),
                applicant.ogrn.is_some(),
                applicant.in_text,
            )
        })
        .collect();
    for filing in [(true, true), (true, false), (false, true)] {
        assert!(filings.contains(&(filing.0, filing.1, false)), "{filing:?}");
    }
    assert!(filings.contains(&(true, true, true)));
}

#[test]
fn heavy_tail_is_canonical_and_the_same_each_time() {
    let documents = measured();
    assert_eq!(documents, measured());
    for document in documents {
        assert_eq!(
            certlens_formats::canonical::canonical(document.clone()),
            Ok(document)
        );
    }
}

#[test]
fn holdings_of_any_heavy_tail_sum_up_and_none_is_above_the_heaviest() {
    for (count, heaviest) in [
        (0, 0),
        (1, 1),
        (10, 20),
        (10, 0),
        (5_000, 5_000),
        (200_000, 16_666),
    ] {
        let sizes = heavy_tail::holdings(count, heaviest);
        assert_eq!(sizes.iter().sum::<u64>(), count, "{count} {heaviest}");
        assert!(sizes.iter().all(|size| (1..=heaviest.max(1)).contains(size)));
    }
}

#[test]
fn packed_company_is_the_same_when_unpacked() {
    for index in (0..200).chain([5_000, 999_983]) {
        let company = Company::of(7, index);
        assert_eq!(PackedCompany::of(&company).unpacked(), company);
    }
}
