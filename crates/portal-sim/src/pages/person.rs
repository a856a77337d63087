//! A person of the portal.

use super::layout::{document, escape};
use super::visitor::Visitor;
use crate::seed::SeedUser;
use crate::state::State;

/// The page.
pub(super) fn page(state: &State, visitor: &Visitor, user: &SeedUser) -> String {
    let text = visitor.text();
    let name = format!("{} {}", user.name, user.last_name).trim().to_owned();
    let role = match (user.active, user.admin) {
        (false, _) => text.departed,
        (true, true) => text.administrator,
        (true, false) => text.employee,
    };
    let content = format!(
        r#"<div class="page-head"><h1>{name}</h1><p>{role}</p></div>
<section class="panel"><dl class="fields"><div><dt>{position_head}</dt><dd>{position}</dd></div><div><dt>{mail_head}</dt><dd>{mail}</dd></div></dl></section>"#,
        name = escape(&name),
        position_head = text.position,
        position = escape(&user.position),
        mail_head = text.email,
        mail = escape(&user.mail()),
    );
    document(state, visitor, &name, &content)
}
