//! Which questions are asked in which part of a measurement: none twice where the answer must not be a cached one, and
//! those of comparable rows from the same mixture of counterparties.

use super::counterparty::{Counterparties, Counterparty, FreshQuestions};

/// Asked before anything is measured.
const WARM_UP: usize = 300;
/// Searches at once for each search that is done alone.
const AT_ONCE: usize = 5;
/// Questions ready for the outage: enough for a minute of the quickest server.
const OUTAGE: usize = 150_000;
/// Questions by which the outage's end is noticed: one each 50 ms for as long as it may last.
const LOOKS: usize = 2000;
/// Cards opened, and never more than this share of all counterparties.
const CARDS: usize = 2000;
const CARDS_SHARE: usize = 5;

/// Paths of searches for one server.
#[derive(Debug)]
pub(crate) struct Searches {
    pub(crate) warm_up: Vec<String>,
    pub(crate) single: Vec<String>,
    pub(crate) at_once: Vec<String>,
}

/// All that is asked about counterparties.
#[derive(Debug)]
pub(crate) struct Plan<'all> {
    pub(crate) searches: Searches,
    /// Of the server that has Postgres alone. They are others: what the first server asked, Postgres has in memory.
    pub(crate) postgres_only: Searches,
    pub(crate) looks: Vec<String>,
    pub(crate) outage: Vec<String>,
    /// Whose cards are opened.
    pub(crate) cards: Vec<&'all Counterparty>,
}

impl<'all> Plan<'all> {
    pub(crate) fn of(counterparties: &'all Counterparties, searches: usize) -> Self {
        let all = counterparties.all();
        let reserved = CARDS.min(all.len() / CARDS_SHARE);
        let (asked, in_cards) = all.split_at(all.len() - reserved);
        let mut questions = FreshQuestions::about(asked);
        let mut of_one_server = || Searches {
            warm_up: questions.take(WARM_UP.min(searches)),
            single: questions.take(searches),
            at_once: questions.take(searches * AT_ONCE),
        };
        let (searches, postgres_only) = (of_one_server(), of_one_server());
        Self {
            searches,
            postgres_only,
            looks: questions.take(LOOKS),
            outage: questions.take(OUTAGE),
            // A set of details has fields for a Russian company's two numbers; others are in other sets.
            cards: in_cards.iter().filter(|numbers| numbers.len() == 2).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::counterparty::{Counterparties, Sampling};
    use super::Plan;

    /// A thousand companies with both numbers.
    fn market() -> Counterparties {
        let mut sampling = Sampling::default();
        for serial in 0..1000 {
            let line = format!(r#"{{"applicant":{{"inn":"98{serial:08}","ogrn":"10398{serial:08}"}}}}"#);
            sampling.look_at(&line).unwrap();
        }
        sampling.finish().unwrap()
    }

    #[test]
    fn no_question_is_asked_twice_and_nobody_whose_card_is_opened_is_asked_about() {
        let market = market();
        let plan = Plan::of(&market, 30);
        let (ours, postgres) = (&plan.searches, &plan.postgres_only);
        let asked: Vec<&String> = [&ours.warm_up, &ours.single, &ours.at_once]
            .into_iter()
            .chain([&postgres.warm_up, &postgres.single, &postgres.at_once])
            .chain([&plan.looks, &plan.outage])
            .flatten()
            .collect();

        assert_eq!(ours.at_once.len(), 150);
        assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len());
        assert_eq!(plan.cards.len(), 200);
        for card in plan.cards {
            assert!(
                asked.iter().all(|path| !path.contains(card[0].as_str())),
                "{card:?}"
            );
        }
    }
}
