//! The server function by which the browser's half orders and asks: the answer is HTML, ready to be swapped in.

use crate::browser::SessionClient;
use crate::card::change_failure::ChangeFailure;
use certlens_domain::language::Language;
use leptos::prelude::*;
use server_fn::codec::Json;

/// Carries out what an element of the panel orders (its `data-order`), with the fields of its form, as the session's user
/// and in the session's card; the control and the panel then, as HTML. What is wrong with an order
/// is said in the panel itself.
#[server(prefix = "/fn", endpoint = "tracking", input = Json, output = Json, client = SessionClient)]
pub async fn track(
    order: String,
    fields: Vec<(String, String)>,
    language: Language,
) -> Result<String, ChangeFailure> {
    super::answering::track(&order, &fields, language).await
}
