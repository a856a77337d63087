//! Items as people read them.

use certlens_domain::registry::DocumentKind;
use certlens_domain::status::Status;
use chrono::NaiveDate;
use rstest::rstest;

use super::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn declaration(number: usize) -> ToldDocument {
    ToldDocument {
        number: format!("ЕАЭС N RU Д-CN.РА01.В.{number:05}/25"),
        kind: DocumentKind::Declaration,
        status: Status::Active,
        registered_on: day(2025, 8, 28),
        valid_until: Some(day(2030, 8, 27)),
        applicant: "ООО «Чайная мануфактура»".to_owned(),
        technical_regulations: vec!["ТР ТС 004/2011".to_owned(), "ТР ТС 020/2011".to_owned()],
        product: "Чайники электрические  бытовые, ".repeat(12),
        url: Some(format!(
            "https://pub.fsa.gov.ru/rds/declaration/view/{number}/common"
        )),
        rf_status: None,
    }
}

fn certificate() -> ToldDocument {
    ToldDocument {
        number: "ЕАЭС KG417/016.RU.02.04561".to_owned(),
        kind: DocumentKind::Certificate,
        status: Status::Invalid,
        valid_until: None,
        product: String::new(),
        url: None,
        rf_status: Some(Status::Suspended),
        ..declaration(1)
    }
}

fn told(kind: NewsKind, registry: Registry, document: &ToldDocument) -> Told<'_> {
    Told {
        kind,
        registry,
        document: Some(document),
    }
}

#[rstest]
fn item_of_one_piece_of_news_names_its_document(#[values(Language::Ru, Language::En)] language: Language) {
    let document = declaration(7);
    let story = Story {
        language,
        identifiers: vec!["7707083893"],
        news: vec![told(NewsKind::NewDocument, Registry::RfDeclarations, &document)],
    };
    insta::assert_snapshot!(
        format!("one_{}", language.tag()),
        format!(
            "{}\n=====\n{}\n=====\n{}",
            story.title(),
            story.text(),
            story.message(Some("https://portal/crm/deal/details/5/"))
        )
    );
}

#[rstest]
fn item_of_many_news_counts_them_and_lists_the_first(
    #[values(Language::Ru, Language::En)] language: Language,
) {
    let (new, gone) = (declaration(1), certificate());
    let mut news = vec![
        told(NewsKind::Terminated, Registry::KgCertificates, &gone),
        told(NewsKind::RfTerritory, Registry::KgCertificates, &gone),
        told(NewsKind::Expiring, Registry::RfDeclarations, &new),
        Told {
            kind: NewsKind::Suspended,
            registry: Registry::Kz,
            document: None,
        },
    ];
    news.extend((0..63).map(|_| told(NewsKind::NewDocument, Registry::RfDeclarations, &new)));
    let story = Story {
        language,
        identifiers: vec!["7707083893", "1027700132195"],
        news,
    };
    insta::assert_snapshot!(
        format!("many_{}", language.tag()),
        format!(
            "{}\n=====\n{}\n=====\n{}",
            story.title(),
            story.text(),
            story.message(None)
        )
    );
}

#[test]
fn layout_has_a_way_into_the_widget_and_a_button_that_mutes() {
    let document = declaration(7);
    let story = Story {
        language: Language::Ru,
        identifiers: vec!["7707083893"],
        news: vec![told(NewsKind::Suspended, Registry::RfDeclarations, &document)],
    };
    insta::assert_json_snapshot!(layout(&story));
}

#[test]
fn layout_of_thousands_of_news_keeps_to_the_portals_number_of_blocks() {
    let document = declaration(7);
    let story = Story {
        language: Language::En,
        identifiers: vec!["1"; 30],
        news: vec![told(NewsKind::NewDocument, Registry::RfDeclarations, &document); 3_000],
    };
    assert!(layout(&story)["body"]["blocks"].as_object().unwrap().len() <= 20);
    assert!(
        story.text().chars().count() < 9_000,
        "{}",
        story.text().chars().count()
    );
}
