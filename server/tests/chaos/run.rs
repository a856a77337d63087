//! One run: people open cards, subscribe and import, everything breaks again and again, and then it must be as if nothing
//! had happened.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::importing::Importing;
use crate::news::{self, FIRST, MANAGER};
use crate::schedule::{Schedule, Server, Severity};
use crate::trouble::Trouble;
use crate::visitors::{Opened, Visitor};
use crate::world::{CARDS, RETURN_BOUND, World};

const VISITORS: u64 = 4;
/// Its user opens cards that he is responsible for or administers, so that no call to a portal is needed.
const VISITING_USER: u64 = 1;
/// Between two subscriptions.
const SUBSCRIBING: Duration = Duration::from_millis(400);

/// How long everything breaks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Length {
    Faults(usize),
    Time(Duration),
}

/// Runs one seed; panics with the whole story when something did not hold.
pub(crate) async fn run(seed: u64, is_short: bool, length: Length) {
    let world = Arc::new(World::start().await);
    let severity = Severity {
        is_short,
        fills_disks: world.disk.can_be_filled(),
    };
    if !severity.fills_disks {
        world.tell("(disks are not filled: that takes root)");
    }
    let opened = Arc::new(Mutex::new(Opened::default()));
    let (work_ends, visits_end) = (CancellationToken::new(), CancellationToken::new());
    let visitors = visit(&world, &opened, seed, &visits_end);
    let importing = Arc::new(Importing::default());
    let imports = {
        let (world, importing, ends) = (Arc::clone(&world), Arc::clone(&importing), work_ends.clone());
        tokio::spawn(async move { importing.run(&world, ends).await })
    };
    let subscriptions = {
        let (world, ends) = (Arc::clone(&world), work_ends.clone());
        tokio::spawn(async move { subscribe(&world, ends).await })
    };

    let mut violations = disturb(&world, &importing, Schedule::of(seed, severity), length).await;
    world.tell("nothing breaks any more");
    let quiet_from = Instant::now();
    for server in [Server::First, Server::Second] {
        violations.extend(world.until_ready(server).await.err());
    }
    work_ends.cancel();
    violations.extend(imports.await.unwrap().err());
    violations.extend(importing.round(&world).await.err());
    violations.extend(world.until_engines_serve(quiet_from).await.err());
    visits_end.cancel();
    visitors.join_all().await;
    violations.extend(world.until_told().await.err());
    let acknowledged = subscriptions.await.unwrap();
    violations.extend(lost_subscriptions(&world, &acknowledged).await);
    let portals = world.portals();
    violations.extend(news::wrongly_told(&world.client, &portals, importing.rounds(), CARDS).await);
    violations.extend(misbehaviour_of_servers(&world));
    let opened = std::mem::take(&mut *opened.lock().unwrap());
    violations.extend(
        opened
            .failures
            .iter()
            .map(|failure| format!("a card was not opened: {failure}")),
    );

    let story = story(&world, seed, &opened, importing.rounds(), acknowledged.len());
    let Ok(world) = Arc::try_unwrap(world) else {
        panic!("somebody still works");
    };
    world.close().await;
    assert!(violations.is_empty(), "{}", failure(&story, &violations));
    eprintln!("{story}");
}

fn visit(world: &World, opened: &Arc<Mutex<Opened>>, seed: u64, ends: &CancellationToken) -> JoinSet<()> {
    let visitor = Visitor {
        servers: world.servers.clone(),
        portals: world.portals(),
        companies: FIRST..FIRST + CARDS,
        user: VISITING_USER,
        database: world.database.clone(),
        opened: Arc::clone(opened),
        began: world.began,
    };
    (0..VISITORS)
        .map(|number| visitor.clone().run(seed * VISITORS + number, ends.clone()))
        .collect()
}

/// Makes one fault after the other; what did not come back.
async fn disturb(
    world: &Arc<World>,
    importing: &Arc<Importing>,
    schedule: Schedule,
    length: Length,
) -> Vec<String> {
    let trouble = Arc::new(Trouble::default());
    let mut under_way = JoinSet::new();
    let begun = Instant::now();
    for (number, step) in schedule.enumerate() {
        let is_over = match length {
            Length::Faults(faults) => number >= faults,
            Length::Time(time) => begun.elapsed() >= time,
        };
        if is_over {
            break;
        }
        tokio::time::sleep(step.pause).await;
        let (world, trouble, importing) = (Arc::clone(world), Arc::clone(&trouble), Arc::clone(importing));
        under_way.spawn(async move { trouble.make(&world, &importing, step.fault).await });
        // A few at once, not all.
        while under_way.len() > 2 {
            if let Some(Ok(Err(violation))) = under_way.join_next().await {
                return vec![violation];
            }
        }
    }
    let outcomes = under_way.join_all().await;
    outcomes.into_iter().filter_map(Result::err).collect()
}

/// Subscribes again and again; the numbers of those that were acknowledged.
async fn subscribe(world: &World, ends: CancellationToken) -> Vec<i64> {
    let portals = world.portals();
    let mut acknowledged = Vec::new();
    for turn in 0_usize.. {
        if ends.is_cancelled() {
            break;
        }
        let portal = &portals[turn % portals.len()];
        // Nobody imports anything of this one.
        let wish = json!({
            "member_id": portal.member_id(), "entity": {"type": "company", "id": 900_000 + turn},
            "user_id": MANAGER, "identifiers": [format!("78{turn:08}")], "news": ["new_document"],
        });
        let answer = world
            .ask(turn % 2, reqwest::Method::POST, "/api/v1/subscriptions", &wish)
            .await;
        acknowledged.extend(answer.ok().and_then(|answer| answer["id"].as_i64()));
        tokio::time::sleep(SUBSCRIBING).await;
    }
    acknowledged
}

async fn lost_subscriptions(world: &World, acknowledged: &[i64]) -> Vec<String> {
    let kept: Vec<i64> = sqlx::query_scalar("SELECT id FROM subscriptions WHERE archived_at IS NULL")
        .fetch_all(&world.postgres)
        .await
        .unwrap();
    acknowledged
        .iter()
        .filter(|id| !kept.contains(id))
        .map(|id| format!("subscription {id} was acknowledged and is lost"))
        .collect()
}

fn misbehaviour_of_servers(world: &World) -> Vec<String> {
    let mut found = Vec::new();
    for server in &world.servers {
        if server.crashes() > 0 {
            found.push(format!(
                "the server on port {} ended {} times unasked",
                server.port,
                server.crashes()
            ));
        }
        let log = server.log();
        found.extend(
            log.lines()
                .filter(|line| line.contains("panicked"))
                .map(|line| format!("port {}: {line}", server.port)),
        );
    }
    found
}

impl World {
    /// Both processes ask ClickHouse again, and it has all that Postgres has.
    async fn until_engines_serve(&self, quiet_from: Instant) -> Result<(), String> {
        for server in &self.servers {
            let what = format!("the server on port {} asks ClickHouse again", server.port);
            self.until(&what, || async {
                let answer = self.client.get(server.url("/metrics")).send().await;
                let Ok(answer) = answer else { return false };
                let text = answer.text().await.unwrap_or_default();
                text.lines()
                    .any(|line| line.starts_with("certlens_clickhouse_breaker_state") && line.ends_with(" 0"))
            })
            .await?;
        }
        let seconds = quiet_from.elapsed().as_secs_f64();
        self.tell(format!(
            "both servers and both engines serve, {seconds:.1} s later"
        ));
        Ok(())
    }

    /// Until everything that was imported is looked at and told. Minutes that a portal is given for what is in doubt go by
    /// quickly.
    async fn until_told(&self) -> Result<(), String> {
        const TOLD: &str = "SELECT (SELECT version FROM recount_mark)
                     = (SELECT coalesce(max(data_version), 0) FROM registry_state)
                AND NOT EXISTS (SELECT FROM subscription_identifiers WHERE NOT is_enrolled)
                AND NOT EXISTS (SELECT FROM news WHERE settled_at IS NULL)
                AND NOT EXISTS (SELECT FROM notification_items WHERE state <> 'sent')";
        let begun = Instant::now();
        // What is on its way in a portal arrives before the clock moves.
        tokio::time::sleep(Duration::from_secs(3)).await;
        while !self.is_true(TOLD).await {
            if begun.elapsed() > RETURN_BOUND {
                return Err(format!("not everything is told: {}", self.untold().await));
            }
            if let Err(error) = clock::jump(&self.postgres, 120).await {
                self.tell(format!("(the clock could not be moved: {error})"));
            }
            self.simulator.advance_clock(120);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.tell("everything is told");
        Ok(())
    }

    async fn untold(&self) -> String {
        sqlx::query_scalar::<_, String>(
            "SELECT format('recounted %s of %s, unsettled news %s, items %s',
                (SELECT version FROM recount_mark), (SELECT max(data_version) FROM registry_state),
                (SELECT count(*) FROM news WHERE settled_at IS NULL),
                (SELECT json_object_agg(state, n) FROM (SELECT state::text, count(*) n FROM notification_items GROUP BY 1) s))",
        )
        .fetch_one(&self.postgres)
        .await
        .unwrap_or_else(|error| error.to_string())
    }
}

fn story(world: &World, seed: u64, opened: &Opened, rounds: usize, subscriptions: usize) -> String {
    let mut story = format!("seed {seed}\n");
    for line in world.chronicle.lock().unwrap().iter() {
        let _ = writeln!(story, "{line}");
    }
    let _ = writeln!(
        story,
        "{} cards opened, longest {:.1} s; {} cut by a kill, while Postgres was away {:?}; {} failed otherwise",
        opened.cards,
        opened.longest.as_secs_f64(),
        opened.cut,
        opened.without_database,
        opened.failures.len()
    );
    let _ = writeln!(
        story,
        "{rounds} imports of {} documents, {subscriptions} subscriptions acknowledged; the servers lived {} and {} times; \
         logs in {}",
        CARDS * world.portals().len() as u64,
        world.servers[0].lives(),
        world.servers[1].lives(),
        crate::world::logs().display()
    );
    story
}

fn failure(story: &str, violations: &[String]) -> String {
    let some: Vec<&str> = violations.iter().take(30).map(String::as_str).collect();
    format!(
        "{story}{} things did not hold:\n{}",
        violations.len(),
        some.join("\n")
    )
}
