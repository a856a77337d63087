//! Rows of requests to one running server: what to ask becomes a load, the load becomes a row with its cost.

use super::connection::{Connection, Request};
use super::load::Load;
use super::processes;
use super::row::{Latency, Row, per};
use crate::stack::Server;

/// A server to ask.
pub(crate) struct Asking<'server>(pub(crate) &'server Server);

impl Asking<'_> {
    pub(crate) fn requests(&self, paths: &[String]) -> Vec<Request> {
        let (host, token) = (self.0.host(), &self.0.operator_token);
        paths
            .iter()
            .map(|path| Request::get(&host, path, token))
            .collect()
    }

    /// Asks without looking at the answers: connections, caches of plans and pools are as in the middle of a day.
    pub(crate) fn warm_up(&self, paths: &[String]) -> anyhow::Result<()> {
        self.load(8, &self.requests(paths)).run().map(|_| ())
    }

    /// Asks these paths over so many connections.
    pub(crate) fn row(
        &self,
        key: &'static str,
        name: &str,
        connections: usize,
        paths: &[String],
    ) -> anyhow::Result<Row> {
        self.row_of(key, name, connections, &self.requests(paths))
    }

    /// As [`Self::row`], with requests that are ready.
    pub(crate) fn row_of(
        &self,
        key: &'static str,
        name: &str,
        connections: usize,
        requests: &[Request],
    ) -> anyhow::Result<Row> {
        eprintln!("bench: {name}, {connections} at once");
        if requests.is_empty() {
            return Ok(Row::unmeasured(
                key,
                name,
                "no question is left that was not asked before",
            ));
        }
        let before = processes::processor_time(self.0.process());
        let run = self.load(connections, requests).run()?;
        let after = processes::processor_time(self.0.process());
        let mut latency = Latency::of(&run, connections);
        let spent = after.saturating_sub(before).as_secs_f64() * 1e3;
        let asked = run.samples.len();
        latency.processor = (asked > 0).then(|| spent / per(asked, 1.0));
        Ok(Row::latency(key, name, latency))
    }

    /// Sum and number of the observations of a metric; `None` when the server does not publish it.
    pub(crate) fn metric(&self, name: &str) -> Option<(f64, f64)> {
        let request = Request::get(&self.0.host(), "/metrics", &self.0.operator_token);
        let mut connection = Connection::to(self.0.port());
        let status = connection.exchange(&request).ok()?;
        (status == 200).then_some(())?;
        observations(&String::from_utf8_lossy(connection.body()), name)
    }

    fn load<'requests>(&self, connections: usize, requests: &'requests [Request]) -> Load<'requests> {
        Load {
            port: self.0.port(),
            connections,
            requests,
        }
    }
}

/// Over all labels.
fn observations(metrics: &str, name: &str) -> Option<(f64, f64)> {
    let total = |suffix: &str| {
        let values = metrics.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?.strip_prefix(suffix)?;
            let is_whole_name = rest.starts_with(['{', ' ']);
            is_whole_name.then(|| rest.rsplit(' ').next()?.parse::<f64>().ok())?
        });
        values.fold(None, |sum: Option<f64>, value| {
            Some(sum.unwrap_or_default() + value)
        })
    };
    Some((total("_sum")?, total("_count")?))
}

#[cfg(test)]
mod tests {
    use super::observations;

    #[test]
    fn observations_of_a_metric_are_summed_over_its_labels() {
        let metrics = "# TYPE a_batch summary\n\
                       a_batch{quantile=\"0.5\"} 3\n\
                       a_batch_sum{lane=\"1\"} 30\na_batch_sum{lane=\"2\"} 12\n\
                       a_batch_count{lane=\"1\"} 4\na_batch_count{lane=\"2\"} 2\n\
                       a_batch_sum_total 9\n";
        assert_eq!(observations(metrics, "a_batch"), Some((42.0, 6.0)));
        assert_eq!(observations(metrics, "another"), None);
    }
}
