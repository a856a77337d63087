//! Comments in the timeline of a lead, a deal or a company.

use serde_json::json;

use crate::client::{CallError, PortalClient};
use crate::error_code::ErrorCode;
use crate::frame::placement::EntityType;
use crate::identity::EntityId;
use crate::lenient;

/// The longest comment that is sent, in characters. Portals keep more, people read less.
pub const LONGEST_COMMENT: usize = 10_000;

const ADD: &str = "crm.timeline.comment.add";
/// Takes no room and is not seen, but `[` followed by it begins no code.
const WORD_JOINER: char = '\u{2060}';

/// Why a comment was not added.
#[derive(Debug, thiserror::Error)]
pub enum CommentError {
    /// The user may not see or change the item, or it doesn't exist: portals don't tell which.
    #[error("the user may not comment on this item in Bitrix24, or it was deleted")]
    AccessDenied,
    /// Nothing to say, or too much.
    #[error("a comment has at least one character and at most {LONGEST_COMMENT}")]
    Length,
    /// The portal gave no usable answer: the comment may be there. There is no mark to find it by, so look before
    /// adding it again.
    #[error("the portal did not say whether it added the comment")]
    Uncertain(#[source] CallError),
    /// The call failed, and nothing was added.
    #[error(transparent)]
    Call(CallError),
}

impl From<CallError> for CommentError {
    fn from(error: CallError) -> Self {
        match &error {
            CallError::Refused(refused)
                if matches!(
                    refused.code,
                    ErrorCode::AccessDenied | ErrorCode::NotFound | ErrorCode::IntranetUsersOnly
                ) || (refused.code == ErrorCode::Unnamed && says_denied(&refused.description)) =>
            {
                Self::AccessDenied
            }
            _ if error.may_have_run() => Self::Uncertain(error),
            _ => Self::Call(error),
        }
    }
}

/// This method has no code for it, only a sentence.
fn says_denied(description: &str) -> bool {
    let description = description.to_lowercase();
    description.starts_with("access denied") || description.starts_with("доступ запрещ")
}

/// Adds a plain text as a comment of the client's user; the comment's number. What looks like a BB code is shown as it
/// is written.
pub async fn add_comment(
    client: &PortalClient,
    (entity_type, id): (EntityType, EntityId),
    text: &str,
) -> Result<u64, CommentError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_COMMENT {
        return Err(CommentError::Length);
    }
    // Newer versions take no other spelling of `fields`.
    let parameters = json!({"fields": {
        "ENTITY_ID": id.get(),
        "ENTITY_TYPE": entity_type.code().to_ascii_lowercase(),
        "COMMENT": without_codes(text),
    }});
    let reply = client.call(ADD, parameters).await?;
    lenient::positive_integer(&reply.result).ok_or_else(|| {
        CommentError::Uncertain(CallError::Unexpected {
            method: ADD.to_owned(),
            expected: "the number of the comment",
        })
    })
}

/// The text with something invisible behind each `[` that could begin a code. Escapes differ between versions of the
/// platform, and are shown where they aren't known.
pub(crate) fn without_codes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        plain.push(letter);
        let begins_code = |next: &char| next.is_ascii_alphabetic() || matches!(next, '/' | '*');
        if letter == '[' && letters.peek().is_some_and(begins_code) {
            plain.push(WORD_JOINER);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::Value;

    use super::*;
    use crate::test_portal::TestPortal;

    fn deal() -> (EntityType, EntityId) {
        (EntityType::Deal, EntityId::new(5).unwrap())
    }

    #[tokio::test]
    async fn add_comment_names_the_item_as_the_method_wants_it() {
        let portal = TestPortal::start(|_, _| Ok(json!("17"))).await;

        let id = add_comment(&portal.client(), deal(), " 38 declarations\n")
            .await
            .unwrap();

        assert_eq!(id, 17);
        let (method, parameters) = portal.calls().remove(0);
        assert_eq!(method, ADD);
        assert_eq!(
            Value::Object(parameters).get("fields"),
            Some(&json!({"ENTITY_ID": 5, "ENTITY_TYPE": "deal", "COMMENT": "38 declarations"}))
        );
    }

    #[rstest]
    #[case::by_code(("ACCESS_DENIED", "Access denied"))]
    #[case::by_sentence(("", "Access denied."))]
    #[case::by_russian_sentence(("", "Доступ запрещён"))]
    #[case::gone(("NOT_FOUND", ""))]
    #[tokio::test]
    async fn add_comment_without_the_right_to_it_says_so(#[case] refusal: (&'static str, &'static str)) {
        let portal = TestPortal::start(move |_, _| Err(refusal)).await;
        let error = add_comment(&portal.client(), deal(), "text").await.unwrap_err();
        assert!(matches!(error, CommentError::AccessDenied), "{error:?}");
    }

    #[tokio::test]
    async fn add_comment_that_is_refused_for_another_reason_keeps_the_portals_words() {
        let portal = TestPortal::start(|_, _| Err(("", "Comment message is not set."))).await;
        let error = add_comment(&portal.client(), deal(), "text").await.unwrap_err();
        assert!(
            matches!(&error, CommentError::Call(CallError::Refused(refused))
                if refused.description == "Comment message is not set."),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn add_comment_without_a_number_in_the_answer_is_uncertain() {
        let portal = TestPortal::start(|_, _| Ok(json!(null))).await;
        let error = add_comment(&portal.client(), deal(), "text").await.unwrap_err();
        assert!(matches!(error, CommentError::Uncertain(_)), "{error:?}");
        assert_eq!(portal.calls().len(), 1, "a comment is never sent twice");
    }

    #[rstest]
    #[case::empty(" \n ".to_owned())]
    #[case::long("я".repeat(LONGEST_COMMENT + 1))]
    #[tokio::test]
    async fn add_comment_of_nothing_or_too_much_sends_nothing(#[case] text: String) {
        let portal = TestPortal::start(|_, _| Ok(json!(1))).await;
        let error = add_comment(&portal.client(), deal(), &text).await.unwrap_err();
        assert!(matches!(error, CommentError::Length));
        assert!(portal.requests().is_empty());
    }

    #[rstest]
    #[case("[B]жирный[/B]", "[\u{2060}B]жирный[\u{2060}/B]")]
    #[case("[*] and [[url=x]", "[\u{2060}*] and [[\u{2060}url=x]")]
    #[case("ТР ТС 004/2011 [2 из 3]", "ТР ТС 004/2011 [2 из 3]")]
    #[case("ends with [", "ends with [")]
    fn without_codes_only_breaks_what_could_be_a_code(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(without_codes(text), expected);
    }
}
