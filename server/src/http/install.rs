//! The installer: what a portal opens when an administrator installs the application.
//!
//! It proves the frame, lets `certlens_portals` install, shows each step with its outcome, and lets the page tell the
//! portal that the installation is complete. Everything may be repeated: the portal opens this page on each update,
//! and administrators reload it. A portal that installs without a page (`ONAPPINSTALL`) sends an event here instead.

mod report;

use super::error::{Problem, ProblemKind};
use super::page::{Page, Script};
use super::routes::Routes;
use super::{events, language, request};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use certlens_app::services::Services;
use certlens_bitrix24::event::is_event;
use certlens_bitrix24::{FrameOpen, VerifiedFrame};
use certlens_domain::language::Language;
use certlens_portals::InstallationReport;

/// Tells the portal that the installation is complete; outside of an installation the portal ignores it.
const FINISH: &str = "if(window.BX24){BX24.init(function(){BX24.installFinish();});}";
/// Lets the frame be as high as its page.
const FIT: &str = "if(window.BX24){BX24.init(function(){BX24.fitWindow();});}";

pub(super) fn routes() -> Routes {
    Routes::new().route("/bitrix/install", get(opened_by_hand).post(install))
}

/// What a person or the market's address check gets; `HEAD` is answered alike.
pub(super) async fn opened_by_hand(uri: Uri, headers: HeaderMap) -> Response {
    neutral_page(language::of_request(&uri, &headers))
}

/// A page for those who open one of the portal's addresses outside of a portal.
pub fn neutral_page(language: Language) -> Response {
    let paragraph = match language {
        Language::Ru => "Эта страница открывается внутри Битрикс24: в карточке лида, сделки или компании.",
        Language::En => "This page opens inside Bitrix24: in the card of a lead, a deal or a company.",
    };
    let page = Page {
        language,
        title: "Certlens",
        paragraphs: &[paragraph],
        ..Page::default()
    };
    page.into_response(StatusCode::OK)
}

async fn install(
    State(services): State<Services>,
    RawQuery(query): RawQuery,
    form: Bytes,
) -> Result<Response, Problem> {
    if is_event(&form) {
        return events::receive(&services, &form).await;
    }
    let open = FrameOpen::parse(query.as_deref().unwrap_or_default(), &form);
    let frame = services.verify(open, true).await?;
    request::record_portal(frame.member_id());
    let report = services.portals.install(&frame).await;
    match report.first_failure() {
        None => tracing::info!(domain = frame.endpoint().authority(), "application installed"),
        Some((step, failure)) => tracing::warn!(
            domain = frame.endpoint().authority(),
            step = step.key(),
            ?failure,
            complete = report.complete,
            "a step of the installation failed"
        ),
    }
    if let Some(kind) = report::forbidding(&report) {
        return Err(Problem::new(kind));
    }
    Ok(report_page(&services, &frame, &report))
}

fn report_page(services: &Services, frame: &VerifiedFrame, report: &InstallationReport) -> Response {
    let language = Language::of_portal(frame.language().as_str());
    let origin = frame.portal_origin();
    let library = services.bx24_library.address(&origin);
    let steps = report::lines(report, language);
    let (title, paragraph) = report::headline(report, language);
    let page = Page {
        language,
        title,
        paragraphs: &[paragraph],
        steps: &steps,
        again: (!report.complete).then(|| report::again(language)),
        script: Some(Script {
            library: &library,
            code: if report.complete { FINISH } else { FIT },
            portal_origin: &origin,
        }),
        ..Page::default()
    };
    let status = if report.complete {
        StatusCode::OK
    } else {
        ProblemKind::PortalUnavailable.status()
    };
    page.into_response(status)
}
