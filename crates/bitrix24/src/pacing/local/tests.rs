//! Paused time: the tests wait for nothing.

use std::num::NonZeroU32;

use super::*;

fn portal(digit: char) -> MemberId {
    MemberId::parse(&digit.to_string().repeat(32)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn burst_passes_at_once_and_the_rest_at_two_a_second() {
    let (pacing, started) = (LocalPacing::new(), Instant::now());

    for _ in 0..40 {
        admit(&pacing, Priority::Interactive).await.unwrap();
    }
    let burst = started.elapsed();
    for _ in 0..10 {
        admit(&pacing, Priority::Interactive).await.unwrap();
    }

    assert!(burst < Duration::from_millis(5), "{burst:?}");
    let rest = started.elapsed();
    assert!(
        (Duration::from_millis(4_900)..Duration::from_millis(5_200)).contains(&rest),
        "{rest:?}"
    );
}

async fn admit(pacing: &LocalPacing, priority: Priority) -> Result<(), Throttled> {
    pacing
        .admit(&portal('a'), &["profile"], priority, Duration::from_mins(1))
        .await
}

#[tokio::test(start_paused = true)]
async fn background_burst_leaves_a_reserve_for_interactive_callers() {
    let (pacing, started) = (LocalPacing::new(), Instant::now());
    for _ in 0..15 {
        admit(&pacing, Priority::Background).await.unwrap();
    }

    for _ in 0..25 {
        admit(&pacing, Priority::Interactive).await.unwrap();
    }

    assert!(started.elapsed() < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn interactive_caller_goes_ahead_of_background_ones_that_came_earlier() {
    let pacing = Arc::new(LocalPacing::with_budget(
        NonZeroU32::MIN,
        NonZeroU32::MIN,
        NonZeroU32::MIN,
    ));
    admit(&pacing, Priority::Interactive).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (name, priority) in [
        ("first job", Priority::Background),
        ("second job", Priority::Background),
        ("page", Priority::Interactive),
    ] {
        let (pacing, order) = (Arc::clone(&pacing), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            admit(&pacing, priority).await.unwrap();
            order.lock().unwrap().push(name);
        }));
        tokio::task::yield_now().await;
    }

    for task in tasks {
        task.await.unwrap();
    }

    assert_eq!(*order.lock().unwrap(), ["page", "first job", "second job"]);
}

#[tokio::test(start_paused = true)]
async fn portals_do_not_wait_for_each_other() {
    let (pacing, started) = (LocalPacing::new(), Instant::now());
    for _ in 0..40 {
        admit(&pacing, Priority::Interactive).await.unwrap();
    }

    pacing
        .admit(&portal('b'), &["profile"], Priority::Background, Duration::ZERO)
        .await
        .unwrap();

    assert!(started.elapsed() < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn impatient_caller_is_told_when_to_come_back_without_waiting() {
    let (pacing, started) = (LocalPacing::new(), Instant::now());
    for _ in 0..40 {
        admit(&pacing, Priority::Interactive).await.unwrap();
    }

    let refused = pacing
        .admit(
            &portal('a'),
            &["profile"],
            Priority::Interactive,
            Duration::from_millis(100),
        )
        .await
        .unwrap_err();

    assert!(started.elapsed() < Duration::from_millis(100));
    assert!(
        refused.retry_after > Duration::from_millis(100) && refused.method.is_none(),
        "{refused:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn parked_method_is_refused_while_others_pass() {
    let pacing = LocalPacing::new();
    let parked = Pressure::MethodParked {
        method: "crm.item.list",
        until: None,
    };
    pacing.report(&portal('a'), parked).await;

    let refused = pacing
        .admit(
            &portal('a'),
            &["batch", "CRM.item.list"],
            Priority::Background,
            Duration::from_secs(5),
        )
        .await
        .unwrap_err();

    assert_eq!(refused.method.as_deref(), Some("crm.item.list"));
    assert!(refused.retry_after > Duration::from_secs(55), "{refused:?}");
    admit(&pacing, Priority::Interactive).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn busy_method_rests_for_jobs_but_not_for_pages() {
    let pacing = LocalPacing::new();
    let busy = Pressure::MethodBusy {
        method: "profile",
        operating_seconds: 440.0,
    };
    pacing.report(&portal('a'), busy).await;
    let started = Instant::now();

    admit(&pacing, Priority::Interactive).await.unwrap();
    let page = started.elapsed();
    admit(&pacing, Priority::Background).await.unwrap();

    assert!(page < Duration::from_millis(5), "{page:?}");
    assert!(started.elapsed() >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn refusals_pause_the_portal_longer_each_time() {
    let pacing = LocalPacing::new();
    let mut waits = Vec::new();
    for _ in 0..3 {
        pacing.report(&portal('a'), Pressure::RateLimited).await;
        let started = Instant::now();
        admit(&pacing, Priority::Interactive).await.unwrap();
        waits.push(started.elapsed());
    }

    assert!(waits[0] >= Duration::from_secs(1), "{waits:?}");
    assert!(waits[0] < waits[1] && waits[1] < waits[2], "{waits:?}");
}
