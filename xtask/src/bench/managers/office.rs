//! Many portals with the application, and the cards that their managers open.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::super::cards;
use super::super::connection::Request;
use crate::interruption;
use crate::stack::{Beside, Server, Stack};

/// Companies of each portal.
const COMPANIES: usize = 10;

/// A running service with portals.
pub(super) struct Office {
    pub(super) stack: Stack,
    portals: usize,
    companies: Vec<u64>,
}

/// The processes of the service under load.
pub(super) struct Servers<'office> {
    office: &'office Office,
    beside: Vec<Beside>,
}

impl Office {
    /// Starts so many portals, each with the first companies of the generated one, and installs into all.
    pub(super) fn open(server: Server, portal: &Path, portals: usize) -> anyhow::Result<Self> {
        let text = fs::read_to_string(portal).with_context(|| format!("reading {}", portal.display()))?;
        let generated: Value = serde_json::from_str(&text).context("the generated portal is no JSON")?;
        let companies: Vec<&Value> = generated["companies"]
            .as_array()
            .context("the generated portal has no companies")?
            .iter()
            .take(COMPANIES)
            .collect();
        let ids: Vec<u64> = companies
            .iter()
            .filter_map(|company| company["id"].as_u64())
            .collect();
        ensure!(!ids.is_empty(), "the generated portal has no companies");
        let seed = portal.with_file_name("office.json");
        fs::write(&seed, json!({"companies": companies}).to_string())
            .with_context(|| format!("writing {}", seed.display()))?;
        let stack = server.open_portals(Some(&seed), portals)?;
        for number in 2..=portals {
            interruption::check()?;
            stack
                .portal_request("POST", &format!("/__sim/install?portal={number}"))
                .with_context(|| format!("installing into portal {number}"))?;
        }
        Ok(Self {
            stack,
            portals,
            companies: ids,
        })
    }

    /// So many processes; those beside the first end with the answer.
    pub(super) fn servers(&self, processes: usize) -> anyhow::Result<Servers<'_>> {
        let beside = (1..processes).map(|_| self.stack.server.start_beside());
        Ok(Servers {
            office: self,
            beside: beside.collect::<anyhow::Result<_>>()?,
        })
    }

    pub(super) const fn portals(&self) -> usize {
        self.portals
    }

    /// The cards of one manager: his portal's companies, opened with a token of his own.
    pub(super) fn desk(&self, manager: usize) -> anyhow::Result<Vec<Request>> {
        let portal = manager % self.portals + 1;
        let company = self.companies[0];
        let frame = self.stack.portal_request(
            "GET",
            &format!("/__sim/frame?entity=company&id={company}&portal={portal}"),
        )?;
        let frame: Value = serde_json::from_str(&frame.body).context("the simulator's frame is no JSON")?;
        self.companies
            .iter()
            .map(|company| cards::open_request(&self.stack, &frame, *company))
            .collect()
    }
}

impl Servers<'_> {
    pub(super) fn ports(&self) -> Vec<u16> {
        let first = self.office.stack.server.port();
        std::iter::once(first)
            .chain(self.beside.iter().map(Beside::port))
            .collect()
    }

    pub(super) fn processes(&self) -> Vec<u32> {
        let first = self.office.stack.server.process();
        std::iter::once(first)
            .chain(self.beside.iter().map(Beside::process))
            .collect()
    }
}
