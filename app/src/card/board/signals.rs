//! What deserves attention, each with its sentence and how it was found out.

use super::model::{Answered, BoardModel};
use certlens_domain::signals::{Signal, signals};
use leptos::prelude::*;
use std::sync::Arc;

/// The list of signals; a calm word when there are none.
#[component]
pub(super) fn Signals(model: BoardModel, answered: Arc<Answered>) -> impl IntoView {
    let texts = model.texts;
    let found = signals(&answered.whole, model.today);
    let calm = found.is_empty();
    view! {
        <section class="panel signals" data-part="signals" aria-labelledby="signals-title">
            <div class="panel__head">
                <h2 id="signals-title">{texts.signals()}</h2>
            </div>
            {if calm {
                view! { <p class="signals__calm">{texts.no_signals()}</p> }.into_any()
            } else {
                view! {
                    <ul class="signals__list">
                        {found
                            .into_iter()
                            .map(|signal| view! { <SignalLine model=model.clone() signal /> })
                            .collect_view()}
                    </ul>
                }
                    .into_any()
            }}
        </section>
    }
}

#[component]
fn SignalLine(model: BoardModel, signal: Signal) -> impl IntoView {
    let texts = model.texts;
    let level = signal.level().key();
    let shown = signal
        .narrowed(&model.state.filter)
        .filter(|filter| *filter != model.state.filter)
        .map(|filter| {
            let link = model.state.with_filter(filter).link();
            view! {
                <a class="signal__show" href=link data-key=format!("signal:{}", signal.key())>{texts.show_these()}</a>
            }
        });
    view! {
        <li class=format!("signal signal--{level}") data-signal=signal.key()>
            <span class="signal__level">{texts.signal_level(level)}</span>
            <span class="signal__sentence">{signal.sentence(texts.0)}</span>
            <details class="signal__why">
                <summary>{texts.why()}</summary>
                <p>{signal.explanation(texts.0)}</p>
            </details>
            {shown}
        </li>
    }
}
