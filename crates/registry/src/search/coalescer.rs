//! Requests that arrive together become one piece of work.
//!
//! The first request goes at once. While all lanes are busy, requests gather; a lane that becomes free takes as many of
//! them as a batch may hold. So nobody waits for company, and a crowd costs a few batches instead of a query each.
//! Bounded everywhere: questions of a batch, their weight, requests that wait. Work runs in a task of its own: a caller
//! that goes away cancels its own wait and nothing else.
//! May know: nothing of documents or stores. What a batch does is told by a [`Work`].

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What is done with a batch of questions.
pub(super) trait Work: Send + Sync + 'static {
    /// One caller's question.
    type Question: Send + 'static;
    /// One caller's answer.
    type Answer: Send + 'static;

    /// How much of a batch a question takes.
    fn weight(&self, _question: &Self::Question) -> u64 {
        1
    }

    /// Whether two questions may share a batch.
    fn fit_together(&self, _one: &Self::Question, _other: &Self::Question) -> bool {
        true
    }

    /// Answers all questions, in their order.
    fn answer(&self, questions: Vec<Self::Question>) -> impl Future<Output = Vec<Self::Answer>> + Send;
}

/// The bounds of a coalescer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Batches in work at the same time.
    pub(super) lanes: usize,
    /// Questions of one batch.
    pub(super) questions: usize,
    /// Weight of one batch; a single question may exceed it.
    pub(super) weight: u64,
    /// Questions that wait; more are refused.
    pub(super) waiting: usize,
}

/// Why a question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Too many questions wait already.
    Full,
    /// The work ended without an answer.
    Lost,
}

/// Gathers questions into batches. Cheap to clone.
pub(super) struct Coalescer<W: Work> {
    shared: Arc<Shared<W>>,
}

impl<W: Work> Clone for Coalescer<W> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

struct Shared<W: Work> {
    work: W,
    bounds: Bounds,
    queue: Mutex<Queue<W>>,
}

struct Queue<W: Work> {
    waiting: VecDeque<Waiting<W>>,
    busy_lanes: usize,
}

struct Waiting<W: Work> {
    question: W::Question,
    caller: oneshot::Sender<W::Answer>,
}

impl<W: Work> Coalescer<W> {
    pub(super) fn new(work: W, bounds: Bounds) -> Self {
        let queue = Queue {
            waiting: VecDeque::new(),
            busy_lanes: 0,
        };
        Self {
            shared: Arc::new(Shared {
                work,
                bounds,
                queue: Mutex::new(queue),
            }),
        }
    }

    /// What does the work.
    #[cfg(test)]
    pub(super) fn work(&self) -> &W {
        &self.shared.work
    }

    /// Questions that wait for a lane.
    pub(super) fn waiting(&self) -> usize {
        self.shared.queue().waiting.len()
    }

    /// The answer to one question.
    pub(super) async fn ask(&self, question: W::Question) -> Result<W::Answer, Refusal> {
        let (caller, answer) = oneshot::channel();
        let opens_lane = {
            let mut queue = self.shared.queue();
            if queue.waiting.len() >= self.shared.bounds.waiting {
                return Err(Refusal::Full);
            }
            queue.waiting.push_back(Waiting { question, caller });
            let free = queue.busy_lanes < self.shared.bounds.lanes;
            if free {
                queue.busy_lanes += 1;
            }
            free
        };
        if opens_lane {
            tokio::spawn(lane(Arc::clone(&self.shared)));
        }
        answer.await.map_err(|_| Refusal::Lost)
    }
}

/// Works off the queue until it is empty.
async fn lane<W: Work>(shared: Arc<Shared<W>>) {
    let occupied = Occupied(Arc::clone(&shared));
    // Requests that are ready to run at this very moment join the first batch.
    tokio::task::yield_now().await;
    while let Some(batch) = shared.next_batch() {
        let (questions, callers): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| (waiting.question, waiting.caller))
            .unzip();
        let answers = shared.work.answer(questions).await;
        for (caller, answer) in callers.into_iter().zip(answers) {
            // The caller may have gone away.
            let _ = caller.send(answer);
        }
    }
    // `next_batch` has given the lane back.
    std::mem::forget(occupied);
}

/// Gives the lane back when the work panics, and lets the waiting ones know that nobody works for them.
struct Occupied<W: Work>(Arc<Shared<W>>);

impl<W: Work> Drop for Occupied<W> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.busy_lanes -= 1;
        queue.waiting.clear();
    }
}

impl<W: Work> Shared<W> {
    fn queue(&self) -> MutexGuard<'_, Queue<W>> {
        // The queue is consistent between any two statements that could panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next batch; `None` gives the lane back, under the same lock, so that no question is overlooked.
    fn next_batch(&self) -> Option<Vec<Waiting<W>>> {
        let mut queue = self.queue();
        queue.waiting.retain(|waiting| !waiting.caller.is_closed());
        let mut batch: Vec<Waiting<W>> = Vec::new();
        let mut weight = 0_u64;
        while let Some(next) = queue.waiting.front() {
            if let Some(first) = batch.first() {
                weight = weight.saturating_add(self.work.weight(&next.question));
                let fits = batch.len() < self.bounds.questions
                    && weight <= self.bounds.weight
                    && self.work.fit_together(&first.question, &next.question);
                if !fits {
                    break;
                }
            } else {
                weight = self.work.weight(&next.question);
            }
            batch.extend(queue.waiting.pop_front());
        }
        if batch.is_empty() {
            queue.busy_lanes -= 1;
            return None;
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::pin::pin;
    use tokio::sync::Semaphore;

    /// Answers with the batch in which a question was answered; each batch waits for a permit.
    struct Recorder {
        permits: Arc<Semaphore>,
        batches: Mutex<Vec<Vec<u32>>>,
    }

    impl Work for Recorder {
        type Question = u32;
        type Answer = (u32, Vec<u32>);

        fn weight(&self, question: &u32) -> u64 {
            u64::from(*question)
        }

        fn fit_together(&self, one: &u32, other: &u32) -> bool {
            one % 2 == other % 2
        }

        async fn answer(&self, questions: Vec<u32>) -> Vec<(u32, Vec<u32>)> {
            assert!(!questions.contains(&666), "a question that breaks the work");
            self.batches.lock().unwrap().push(questions.clone());
            self.permits.acquire().await.unwrap().forget();
            questions
                .iter()
                .map(|question| (*question, questions.clone()))
                .collect()
        }
    }

    fn coalescer(bounds: Bounds) -> (Coalescer<Recorder>, Arc<Semaphore>) {
        let permits = Arc::new(Semaphore::new(0));
        let work = Recorder {
            permits: Arc::clone(&permits),
            batches: Mutex::new(Vec::new()),
        };
        (Coalescer::new(work, bounds), permits)
    }

    const BOUNDS: Bounds = Bounds {
        lanes: 1,
        questions: 3,
        weight: 100,
        waiting: 8,
    };

    /// Puts the question into the queue before it returns.
    async fn asked(
        coalescer: &Coalescer<Recorder>,
        question: u32,
    ) -> tokio::task::JoinHandle<Result<(u32, Vec<u32>), Refusal>> {
        let coalescer = coalescer.clone();
        let (begun, has_begun) = oneshot::channel();
        let handle = tokio::spawn(async move {
            let mut answer = pin!(coalescer.ask(question));
            let mut begun = Some(begun);
            poll_fn(|context| {
                let polled = answer.as_mut().poll(context);
                if let Some(begun) = begun.take() {
                    let _ = begun.send(());
                }
                polled
            })
            .await
        });
        has_begun.await.unwrap();
        handle
    }

    /// Waits until a lane has taken so many batches.
    async fn taken(coalescer: &Coalescer<Recorder>, batches: usize) {
        while coalescer.work().batches.lock().unwrap().len() < batches {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn questions_gather_while_the_lane_is_busy_and_share_bounded_batches() {
        let (coalescer, permits) = coalescer(BOUNDS);
        let first = asked(&coalescer, 2).await;
        taken(&coalescer, 1).await;
        let mut handles = Vec::new();
        for question in [4, 6, 8, 10, 90, 96, 3] {
            handles.push(asked(&coalescer, question).await);
        }
        assert_eq!(coalescer.waiting(), 7);
        permits.add_permits(100);
        assert_eq!(first.await.unwrap().unwrap(), (2, vec![2]));
        for handle in handles {
            handle.await.unwrap().unwrap();
        }
        assert_eq!(
            *coalescer.work().batches.lock().unwrap(),
            [vec![2], vec![4, 6, 8], vec![10, 90], vec![96], vec![3]],
            "three questions, a weight of a hundred, only even with even"
        );
    }

    #[tokio::test]
    async fn question_that_finds_the_queue_full_is_refused_at_once() {
        let (coalescer, permits) = coalescer(Bounds { waiting: 1, ..BOUNDS });
        let first = asked(&coalescer, 2).await;
        taken(&coalescer, 1).await;
        let second = asked(&coalescer, 4).await;
        assert_eq!(coalescer.ask(6).await, Err(Refusal::Full));
        permits.add_permits(2);
        assert!(first.await.unwrap().is_ok());
        assert!(second.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn caller_that_goes_away_cancels_its_own_wait_only() {
        let (coalescer, permits) = coalescer(BOUNDS);
        let first = asked(&coalescer, 2).await;
        taken(&coalescer, 1).await;
        let (gone, stays) = (asked(&coalescer, 4).await, asked(&coalescer, 6).await);
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        first.abort();
        permits.add_permits(100);
        assert_eq!(stays.await.unwrap().unwrap(), (6, vec![6]));
    }

    #[tokio::test]
    async fn lane_that_panics_loses_its_batch_and_the_next_question_finds_a_lane() {
        let (coalescer, permits) = coalescer(BOUNDS);
        permits.add_permits(100);
        assert_eq!(coalescer.ask(666).await, Err(Refusal::Lost));
        assert_eq!(coalescer.ask(2).await, Ok((2, vec![2])));
    }
}
