//! A small page of text in a frame: errors, the installer, addresses opened by hand.
//!
//! It needs no other file, so that it stands even when the site's files are missing. Scripts and styles run by a
//! nonce that each page has for itself.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certlens_domain::language::Language;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");

/// A page's content. All texts are escaped.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    pub(super) language: Language,
    pub(super) title: &'a str,
    pub(super) paragraphs: &'a [&'a str],
    /// What was done, one after the other.
    pub(super) steps: &'a [StepLine],
    /// The label of a button that opens the page anew.
    pub(super) again: Option<&'a str>,
    /// Seconds after which the page opens itself anew, once: with the button only.
    pub(super) comes_back_after: Option<u16>,
    /// A form, sent by POST.
    pub(super) form: Option<Form<'a>>,
    /// A way to somewhere else: its words and a path of ours.
    pub(super) link: Option<(&'a str, &'a str)>,
    /// A small line below: the request's id.
    pub(super) footnote: Option<&'a str>,
    /// What the page does in the portal's frame.
    pub(super) script: Option<Script<'a>>,
}

/// A step and what became of it.
#[derive(Debug)]
pub(super) struct StepLine {
    /// What is done.
    pub(super) name: String,
    /// How it ended: `done`, `failed` or `skipped`.
    pub(super) state: &'static str,
    /// Why it failed and what to do.
    pub(super) reason: Option<String>,
}

/// A form.
#[derive(Debug)]
pub(super) struct Form<'a> {
    /// Where it is sent.
    pub(super) action: &'a str,
    /// Its fields.
    pub(super) fields: &'a [FormField<'a>],
    /// The button's label.
    pub(super) button: &'a str,
}

/// A field of a form.
#[derive(Debug)]
pub(super) struct FormField<'a> {
    /// Its name in the request.
    pub(super) name: &'a str,
    /// Its label.
    pub(super) label: &'a str,
    /// What is entered.
    pub(super) value: FormValue<'a>,
}

/// What is entered in a field.
#[derive(Debug)]
pub(super) enum FormValue<'a> {
    /// A line; with an example.
    Text(&'a str),
    /// A secret.
    Secret,
    /// Nothing: it goes along as it is.
    Hidden(&'a str),
}

impl FormField<'_> {
    fn html(&self) -> String {
        let (name, label) = (escaped(self.name), escaped(self.label));
        match self.value {
            FormValue::Text(example) => format!(
                "<label>{label}<input name=\"{name}\" placeholder=\"{}\" autocomplete=\"off\" \
                 autocapitalize=\"none\" spellcheck=\"false\" required></label>",
                escaped(example)
            ),
            FormValue::Secret => format!(
                "<label>{label}<input name=\"{name}\" type=\"password\" autocomplete=\"current-password\" \
                 required></label>"
            ),
            FormValue::Hidden(value) => {
                format!(
                    "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
                    escaped(value)
                )
            }
        }
    }
}

/// A script of ours and the library that it needs.
#[derive(Debug)]
pub(super) struct Script<'a> {
    /// Address of Bitrix24's browser library.
    pub(super) library: &'a str,
    /// Our own code, run after the library. Trusted text of this program.
    pub(super) code: &'static str,
    /// The proved portal: the only page that may frame this one.
    pub(super) portal_origin: &'a str,
}

impl Page<'_> {
    pub(super) fn into_response(self, status: StatusCode) -> Response {
        // Without random bytes nothing may run: an empty nonce matches nothing.
        let nonce = nonce().unwrap_or_default();
        let html = self.html(&nonce);
        let mut response = (
            status,
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
            ],
            html,
        )
            .into_response();
        if let Ok(policy) = HeaderValue::from_str(&self.content_security_policy(&nonce)) {
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }

    fn content_security_policy(&self, nonce: &str) -> String {
        let form_action = if self.form.is_some() {
            // The answer to the form leads to a proved portal, wherever that is.
            "'self' https: http:"
        } else {
            "'none'"
        };
        let common = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action {form_action}"
        );
        match &self.script {
            Some(script) => format!(
                "{common}; script-src 'nonce-{nonce}' 'strict-dynamic'; connect-src {origin}; frame-ancestors {origin}",
                origin = script.portal_origin
            ),
            None if self.form.is_some() => format!("{common}; frame-ancestors 'none'"),
            None if self.again.is_some() => format!("{common}; script-src 'nonce-{nonce}'"),
            // Any portal may show an error: whose frame it is was not proved, and there is nothing to click.
            None => common,
        }
    }

    fn html(&self, nonce: &str) -> String {
        let language = self.language.tag();
        let title = escaped(self.title);
        let mut body = format!("<main><h1>{title}</h1>");
        // Writing to a string does not fail.
        for paragraph in self.paragraphs {
            let _ = write!(body, "<p>{}</p>", escaped(paragraph));
        }
        if !self.steps.is_empty() {
            body.push_str("<ol class=\"steps\">");
            for step in self.steps {
                let (state, name) = (step.state, escaped(&step.name));
                let _ = write!(
                    body,
                    "<li class=\"step step--{state}\" data-state=\"{state}\">{name}"
                );
                if let Some(reason) = &step.reason {
                    let _ = write!(body, "<p>{}</p>", escaped(reason));
                }
                body.push_str("</li>");
            }
            body.push_str("</ol>");
        }
        if let Some(form) = &self.form {
            let fields: String = form.fields.iter().map(FormField::html).collect();
            let _ = write!(
                body,
                "<form method=\"post\" action=\"{}\">{fields}<button>{}</button></form>",
                escaped(form.action),
                escaped(form.button),
            );
        }
        if let Some((words, path)) = self.link {
            let _ = write!(
                body,
                "<p><a href=\"{}\">{}</a></p>",
                escaped(path),
                escaped(words)
            );
        }
        if let Some(again) = self.again {
            let by_itself = self
                .comes_back_after
                .map(|seconds| format!("setTimeout(function(){{location.reload();}},{seconds}000);"))
                .unwrap_or_default();
            let _ = write!(
                body,
                "<p><button type=\"button\" id=\"again\">{}</button></p><script nonce=\"{nonce}\">\
                 document.getElementById('again').addEventListener('click',function(){{location.reload();}});{by_itself}</script>",
                escaped(again)
            );
        }
        if let Some(footnote) = self.footnote.filter(|footnote| !footnote.is_empty()) {
            let _ = write!(body, "<p class=\"footnote\">{}</p>", escaped(footnote));
        }
        body.push_str("</main>");
        if let Some(script) = &self.script {
            let library = escaped(script.library);
            let code = script.code;
            let _ = write!(
                body,
                "<script nonce=\"{nonce}\" src=\"{library}\"></script><script nonce=\"{nonce}\">{code}</script>"
            );
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title} · Certlens</title><style nonce=\"{nonce}\">{STYLE}</style></head>\
             <body>{body}</body></html>\n"
        )
    }
}

/// A fresh nonce; `None` when the system gives no random bytes.
pub(super) fn nonce() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_of_hostile_texts_is_escaped() {
        let page = Page {
            title: "<script>alert(1)</script>",
            paragraphs: &["\"'&"],
            ..Page::default()
        };

        let html = page.html("n");

        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("<p>&quot;&#39;&amp;</p>"), "{html}");
    }

    #[test]
    fn policy_of_a_page_with_a_script_lets_only_the_portal_frame_it() {
        let page = Page {
            script: Some(Script {
                library: "https://acme.example/api/v1/",
                code: "",
                portal_origin: "https://acme.example",
            }),
            ..Page::default()
        };

        let policy = page.content_security_policy("n");

        assert!(
            policy.contains("frame-ancestors https://acme.example"),
            "{policy}"
        );
        assert!(
            policy.contains("script-src 'nonce-n' 'strict-dynamic'"),
            "{policy}"
        );
    }
}
