//! How each fault is made, and how it ends.

use std::time::Duration;

use certlens_portal_sim::RestFault;
use rustix::process::Signal;
use tokio::sync::Mutex;

use crate::clock;
use crate::importing::Importing;
use crate::schedule::{Engine, Fault, Server};
use crate::wire::Carriage;
use crate::world::World;

/// How long connections that went silent may be met.
const UNTIL_REPLACED: Duration = Duration::from_secs(6);
/// An hour of a portal's absence goes by in so many steps.
const STEPS_OF_AN_HOUR: u32 = 6;

/// Faults of one thing take turns; those of different things overlap.
#[derive(Default)]
pub(crate) struct Trouble {
    /// The one process is not harmed while the other is away: somebody has to open cards.
    servers: Mutex<()>,
    postgres: Mutex<()>,
    clickhouse: Mutex<()>,
    portals: Mutex<()>,
}

impl Trouble {
    /// Makes it, and returns when it is over; an error says what did not come back.
    pub(crate) async fn make(
        &self,
        world: &World,
        importing: &Importing,
        fault: Fault,
    ) -> Result<(), String> {
        match fault {
            Fault::KillServer(server) | Fault::PauseServer(server, _) | Fault::RestartServer(server) => {
                let _turn = self.servers.lock().await;
                let other = match server {
                    Server::First => Server::Second,
                    Server::Second => Server::First,
                };
                world.until_ready(other).await?;
                world.tell(fault.to_string());
                harm(world, server, fault).await;
                world.until_ready(server).await
            }
            Fault::KillEngine(Engine::Postgres) => {
                let _turn = self.postgres.lock().await;
                let _outage = world.database.begin();
                world.tell(fault.to_string());
                world.signal(Engine::Postgres, Signal::KILL);
                // It must have died before it can come back.
                tokio::time::sleep(Duration::from_millis(100)).await;
                world.until_database_answers().await
            }
            Fault::KillEngine(engine @ Engine::ClickHouse) => {
                let _turn = self.clickhouse.lock().await;
                world.tell(fault.to_string());
                world.signal(engine, Signal::KILL);
                Ok(())
            }
            Fault::PauseEngine(engine, time) => {
                let _turn = self.of(engine).lock().await;
                let _outage = (engine == Engine::Postgres).then(|| world.database.begin());
                world.tell(fault.to_string());
                world.signal(engine, Signal::STOP);
                tokio::time::sleep(time).await;
                world.signal(engine, Signal::CONT);
                Ok(())
            }
            Fault::Line(engine, carriage, time) => {
                let _turn = self.of(engine).lock().await;
                let is_away = engine == Engine::Postgres && !matches!(carriage, Carriage::Slow(_));
                let outage = is_away.then(|| world.database.begin());
                world.tell(fault.to_string());
                let wire = match engine {
                    Engine::Postgres => &world.postgres_line,
                    Engine::ClickHouse => &world.clickhouse_line,
                };
                wire.set(carriage);
                if carriage == Carriage::Lost {
                    // Postgres lives all the time: after the first who meet silent connections everybody gets others.
                    tokio::time::sleep(UNTIL_REPLACED.min(time)).await;
                    drop(outage);
                    tokio::time::sleep(time.saturating_sub(UNTIL_REPLACED)).await;
                    wire.set(Carriage::Whole);
                    return Ok(());
                }
                tokio::time::sleep(time).await;
                wire.set(Carriage::Whole);
                Ok(())
            }
            Fault::KillImport => {
                world.tell(fault.to_string());
                importing.kill();
                Ok(())
            }
            Fault::PortalsAway => {
                let _turn = self.portals.lock().await;
                world.tell(fault.to_string());
                self.an_hour_without_portals(world).await;
                world.tell("the portals are back");
                Ok(())
            }
            Fault::ClockJump(seconds) => {
                let _turn = self.portals.lock().await;
                world.tell(fault.to_string());
                jump(world, seconds).await;
                Ok(())
            }
            Fault::DiskFull(time) => {
                let _turn = self.postgres.lock().await;
                let _outage = world.database.begin();
                world.tell(fault.to_string());
                world.disk.fill();
                tokio::time::sleep(time).await;
                world.disk.empty();
                world.until_database_answers().await
            }
        }
    }

    fn of(&self, engine: Engine) -> &Mutex<()> {
        match engine {
            Engine::Postgres => &self.postgres,
            Engine::ClickHouse => &self.clickhouse,
        }
    }

    async fn an_hour_without_portals(&self, world: &World) {
        for step in 0..STEPS_OF_AN_HOUR {
            let fault = [RestFault::Html502, RestFault::ConnectionReset][usize::from(step % 2 == 0)];
            for portal in world.portals() {
                portal.clear_faults();
                portal.set_fault(fault);
            }
            tokio::time::sleep(Duration::from_millis(600)).await;
            jump(world, 600).await;
            world.simulator.advance_clock(600);
        }
        for portal in world.portals() {
            portal.clear_faults();
        }
    }
}

async fn harm(world: &World, server: Server, fault: Fault) {
    let kept = world.server(server);
    match fault {
        Fault::PauseServer(_, time) => {
            kept.signal(Signal::STOP);
            tokio::time::sleep(time).await;
            kept.signal(Signal::CONT);
        }
        Fault::RestartServer(_) => kept.tell_to_end().await,
        _ => kept.kill(),
    }
}

/// While the database is away its clock can't be moved: then it is not.
async fn jump(world: &World, seconds: i64) {
    for _ in 0..3 {
        let jump = tokio::time::timeout(Duration::from_secs(10), clock::jump(&world.postgres, seconds));
        match jump.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => world.tell(format!("(the clock could not be moved: {error})")),
            Err(_) => world.tell("(the clock could not be moved in time)"),
        }
    }
}
