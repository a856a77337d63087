//! What a comparison asks of the search, all at the same time. A column that fails says so in its place and leaves the others.

use super::chosen::{Chosen, Counterparty};
use super::model::{Comparison, Found, Other, Sought};
use crate::card::typed::Typed;
use certlens_domain::analytics::AnalyticsQuery;
use certlens_domain::board::BoardQuery;
use certlens_domain::document::{Party, Role};
use certlens_domain::documents_page::{DocumentFilter, DocumentsQuery, FoundDocument};
use certlens_domain::related::Related;
use certlens_registry::{Search, SearchError};
use chrono::NaiveDate;
use futures::future::join_all;

/// The newest documents in which a name is looked for: some registries leave it out.
const LOOKED_AT_FOR_A_NAME: u32 = 10;

/// The comparison of the counterparty of `about` with the chosen ones, in its role and manner.
pub(crate) async fn comparison(
    search: &Search,
    about: &AnalyticsQuery,
    chosen: &Chosen,
    today: NaiveDate,
) -> Comparison {
    let own_values = about.values();
    let own = Counterparty::of(own_values.iter().map(String::as_str));
    let is_own = |other: &Counterparty| own.as_ref().is_some_and(|own| own.meets(other));
    let (already, others): (Vec<Counterparty>, Vec<Counterparty>) =
        chosen.others().iter().cloned().partition(is_own);
    let columns = join_all(
        others
            .iter()
            .map(|counterparty| column(search, about, counterparty, today)),
    );
    let proposals = async {
        if chosen.is_full() {
            return Some(Vec::new());
        }
        let related = search.related(&about.identifiers, today).await;
        logged(related, "no companies can be proposed for a comparison")
    };
    let (own_name, columns, sought, proposals) = futures::join!(
        name(search, about, today),
        columns,
        sought(search, chosen, today),
        proposals
    );
    let is_new = |company: &Related| {
        Counterparty::of(
            company
                .identifiers
                .iter()
                .map(|identifier| identifier.value.as_str()),
        )
        .is_some_and(|company| !others.iter().any(|other| other.meets(&company)))
    };
    Comparison {
        own_name: logged(own_name, "the card's counterparty has no name").flatten(),
        others: others
            .iter()
            .cloned()
            .zip(columns)
            .map(|(counterparty, found)| Other { counterparty, found })
            .collect(),
        already,
        sought,
        proposals: proposals.map(|companies| companies.into_iter().filter(is_new).collect()),
    }
}

/// What another counterparty holds; `None` when the search failed.
async fn column(
    search: &Search,
    about: &AnalyticsQuery,
    counterparty: &Counterparty,
    today: NaiveDate,
) -> Option<Found> {
    let about = AnalyticsQuery {
        role: about.role,
        bridge: about.bridge,
        ..AnalyticsQuery::about(counterparty.identifiers())
    };
    let whole = BoardQuery {
        about: about.clone(),
        filter: DocumentFilter::default(),
    };
    let found = futures::try_join!(search.board(&whole, today), name(search, &about, today));
    logged(found, "a column of a comparison has no numbers").map(|(board, name)| Found { name, board })
}

/// How its newest documents write the counterparty's name.
async fn name(
    search: &Search,
    about: &AnalyticsQuery,
    today: NaiveDate,
) -> Result<Option<String>, SearchError> {
    let newest = DocumentsQuery::newest(about.clone(), LOOKED_AT_FOR_A_NAME);
    let page = search.documents(&newest, today).await?;
    Ok(name_in(&page.items, &about.values()))
}

/// The name beside one of the numbers; where none stands beside them, the one in the role that was found.
fn name_in(documents: &[FoundDocument], values: &[String]) -> Option<String> {
    let named = |party: &&Party| !party.name.trim().is_empty();
    let beside = documents
        .iter()
        .flat_map(|found| [&found.document.applicant, &found.document.manufacturer])
        .filter(named)
        .find(|party| {
            party
                .identifiers()
                .any(|value| values.iter().any(|asked| asked == value))
        });
    let in_role = || {
        documents
            .iter()
            .map(|found| match found.role {
                Role::Applicant => &found.document.applicant,
                Role::Manufacturer => &found.document.manufacturer,
            })
            .find(named)
    };
    beside.or_else(in_role).map(|party| party.name.trim().to_owned())
}

/// What a text that is no identifier stands for.
async fn sought(search: &Search, chosen: &Chosen, today: NaiveDate) -> Option<Sought> {
    let text = chosen.sought()?;
    let typed = Typed::of(text);
    let Some(number) = typed.number() else {
        return typed.problem().cloned().map(Sought::Unreadable);
    };
    let found = search.documents_by_number(&number, today).await;
    Some(
        match logged(found, "a number was not looked up for a comparison") {
            Some(found) => Sought::Documents(found),
            None => Sought::Failed,
        },
    )
}

/// What was answered; a failure is written into the log, and the page says that there is no answer.
fn logged<Answer>(answer: Result<Answer, SearchError>, what: &'static str) -> Option<Answer> {
    answer
        .inspect_err(|error| tracing::error!(error = error as &dyn std::error::Error, "{what}"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::super::sample::found_document;
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::beside_the_number("7707083893", Some("ООО «Заявитель»"))]
    #[case::of_the_manufacturer("7736050003", Some("ООО «Изготовитель»"))]
    #[case::by_a_paired_number("1027700132195", Some("ООО «Заявитель»"))]
    fn counterparty_is_called_as_its_documents_write_it(#[case] value: &str, #[case] name: Option<&str>) {
        let documents = [found_document()];
        assert_eq!(name_in(&documents, &[value.to_owned()]).as_deref(), name);
    }

    #[test]
    fn counterparty_without_documents_has_no_name() {
        assert_eq!(name_in(&[], &["7707083893".to_owned()]), None);
    }
}
