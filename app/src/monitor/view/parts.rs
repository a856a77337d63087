//! Parts that are read: notices, problems, figures, facts, stories, links.

use super::Moment;
use super::controls::ButtonView;
use super::table::CellView;
use crate::catalogue::Texts;
use certlens_monitor::screen::{Choice, Facts, Figures, Link, Notice, Problem, Story, Target, Tone};
use leptos::prelude::*;

/// A link: within the monitor, out of it, or to a file.
#[component]
pub(super) fn LinkView(link: Link) -> impl IntoView {
    let text = link.text;
    match link.to {
        Target::Screen(address) => view! { <a href=address.clone() data-key=address>{text}</a> }.into_any(),
        Target::Outside(address) => {
            // What others wrote must not become a script.
            if address.starts_with("https://") || address.starts_with("http://") {
                view! {
                    <a href=address target="_blank" rel="noopener noreferrer">
                        {text}
                    </a>
                }
                .into_any()
            } else {
                text.into_any()
            }
        }
        Target::File(path) => view! {
            <button type="button" class="link" data-file=path>
                {text}
            </button>
        }
        .into_any(),
    }
}

#[component]
pub(super) fn NoticeView(notice: Notice) -> impl IntoView {
    let class = format!("monitor-notice tone-{}", notice.tone.key());
    view! {
        <div class=class>
            {(!notice.text.is_empty()).then(|| view! { <p>{notice.text}</p> })}
            <Links links=notice.links />
        </div>
    }
}

#[component]
fn Links(links: Vec<Link>) -> impl IntoView {
    (!links.is_empty()).then(|| {
        let links = links
            .into_iter()
            .map(|link| view! { <li><LinkView link /></li> })
            .collect_view();
        view! { <ul class="monitor-links">{links}</ul> }
    })
}

#[component]
pub(super) fn ProblemsView(texts: Texts, problems: Vec<Problem>) -> impl IntoView {
    if problems.is_empty() {
        return view! { <p class="monitor-notice tone-good">{texts.no_problems()}</p> }.into_any();
    }
    let problems = problems
        .into_iter()
        .map(|problem| {
            let class = format!("problem tone-{}", problem.tone.key());
            let since = problem.since.map(|at| {
                view! {
                    <span class="problem-since">{texts.since()} " " <Moment at /></span>
                }
            });
            let buttons = problem
                .buttons
                .into_iter()
                .map(|button| view! { <ButtonView button /> })
                .collect_view();
            view! {
                <li class=class data-problem=problem.key>
                    <p class="problem-what">{problem.what} " " {since}</p>
                    <p class="problem-means">{problem.means}</p>
                    <p class="problem-advice">{problem.advice}</p>
                    <div class="problem-ways">
                        {buttons} <Links links=problem.links />
                    </div>
                </li>
            }
        })
        .collect_view();
    view! {
        <section aria-label=texts.problems()>
            <h2>{texts.problems()}</h2>
            <ul class="problems">{problems}</ul>
        </section>
    }
    .into_any()
}

#[component]
pub(super) fn FiguresView(figures: Figures) -> impl IntoView {
    let title = figures.title;
    let figures = figures
        .figures
        .into_iter()
        .map(|figure| {
            let class = format!("figure tone-{}", figure.tone.key());
            let label = match figure.address {
                Some(address) => {
                    view! { <a href=address.clone() data-key=address>{figure.label}</a> }.into_any()
                }
                None => figure.label.into_any(),
            };
            view! {
                <div class=class>
                    <dt>{label}</dt>
                    <dd class="figure-value">{figure.value}</dd>
                    {figure.hint.map(|hint| view! { <dd class="figure-hint">{hint}</dd> })}
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="monitor-figures">
            {title.map(|title| view! { <h2>{title}</h2> })} <dl>{figures}</dl>
        </section>
    }
}

#[component]
pub(super) fn ChoiceView(choice: Choice) -> impl IntoView {
    let options = choice
        .options
        .into_iter()
        .map(|option| {
            let current = option.is_chosen.then_some("true");
            view! {
                <li>
                    <a href=option.address.clone() aria-current=current data-key=option.address>
                        {option.text}
                    </a>
                </li>
            }
        })
        .collect_view();
    let label = choice.label.clone();
    view! {
        <div class="monitor-choice" role="group" aria-label=label>
            <span>{choice.label}</span>
            <ul>{options}</ul>
        </div>
    }
}

#[component]
pub(super) fn FactsView(texts: Texts, facts: Facts) -> impl IntoView {
    let rows = facts
        .rows
        .into_iter()
        .map(|fact| {
            view! {
                <div>
                    <dt>{fact.name}</dt>
                    <dd>
                        <CellView texts cell=fact.value />
                    </dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="monitor-facts">
            {facts.title.map(|title| view! { <h2>{title}</h2> })} <dl>{rows}</dl>
        </section>
    }
}

#[component]
pub(super) fn StoryView(texts: Texts, story: Story) -> impl IntoView {
    let is_empty = story.moments.is_empty();
    let moments = story
        .moments
        .into_iter()
        .map(|moment| {
            let class = format!("tone-{}", moment.tone.key());
            let lines = moment
                .lines
                .into_iter()
                .map(|line| view! { <p>{line}</p> })
                .collect_view();
            view! {
                <li class=class>
                    <Moment at=moment.at />
                    <div>
                        <p class="story-title">{moment.title}</p>
                        {lines}
                        <Links links=moment.links />
                    </div>
                </li>
            }
        })
        .collect_view();
    let earlier = story.earlier.map(|address| {
        view! { <p><a href=address data-key="earlier">{texts.earlier()}</a></p> }
    });
    view! {
        <section class="story">
            <h2>{story.title}</h2>
            {is_empty.then(|| view! { <p class="fine">{story.empty}</p> })}
            <ol>{moments}</ol>
            {earlier}
        </section>
    }
}

/// A state in a word, with its mark.
#[component]
pub(super) fn StateWord(word: String, tone: Tone) -> impl IntoView {
    view! { <span class=format!("state tone-{}", tone.key())>{word}</span> }
}
