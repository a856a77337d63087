//! The split by status: one stacked bar and its legend, which is the table behind it.

use crate::catalogue::Texts;
use crate::format::percent;
use certlens_domain::analytics::Totals;
use certlens_domain::status::Status;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// A part of the bar.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    status: Status,
    documents: u64,
    /// Left edge and width, in per cent of the bar.
    left: f64,
    width: f64,
}

/// The parts of the bar in the order of pages, without gaps.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn parts(mut by_status: BTreeMap<Status, u64>) -> Vec<Part> {
    let all: u64 = by_status.values().sum();
    let mut left = 0.0;
    let present = Status::ALL
        .into_iter()
        .filter_map(|status| Some((status, by_status.remove(&status)?)));
    present
        .filter(|(_, documents)| *documents > 0)
        .map(|(status, documents)| {
            let width = documents as f64 / all as f64 * 100.0;
            let part = Part {
                status,
                documents,
                left,
                width,
            };
            left += width;
            part
        })
        .collect()
}

/// Documents by status.
#[component]
pub(super) fn Statuses(texts: Texts, totals: Totals, by_status: BTreeMap<Status, u64>) -> impl IntoView {
    let parts = parts(by_status);
    let bar = parts
        .iter()
        .map(|part| {
            view! {
                <rect
                    class=format!("fill-{}", part.status.key())
                    x=format!("{:.3}", part.left)
                    y="0"
                    width=format!("{:.3}", part.width)
                    height="10"
                />
            }
        })
        .collect_view();
    let legend = parts
        .iter()
        .map(|part| {
            view! {
                <li class="legend__row" data-status=part.status.key() data-count=part.documents>
                    <span class=format!("dot dot-{}", part.status.key()) aria-hidden="true"></span>
                    <span class="legend__name">{texts.status_name(part.status)}</span>
                    <span class="legend__count">{texts.count(part.documents)}</span>
                    <span class="legend__share">{percent(part.documents, totals.documents)}"\u{a0}%"</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="statuses">
            <h2 id="statuses">{texts.statuses()}</h2>
            <svg class="status-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                {bar}
            </svg>
            <ul class="legend">{legend}</ul>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fill_the_bar_in_the_order_of_pages_without_gaps() {
        let counts = BTreeMap::from([(Status::Expired, 1), (Status::Active, 2), (Status::Suspended, 1)]);
        let parts = parts(counts);
        let order: Vec<_> = parts.iter().map(|part| part.status).collect();
        assert_eq!(order, [Status::Active, Status::Suspended, Status::Expired]);
        assert!((parts[1].left - 50.0).abs() < 1e-9);
        let last = parts.last().unwrap();
        assert!((last.left + last.width - 100.0).abs() < 1e-9);
    }

    #[test]
    fn parts_of_no_documents_are_none() {
        assert!(parts(BTreeMap::new()).is_empty());
        assert!(parts(BTreeMap::from([(Status::Active, 0)])).is_empty());
    }
}
