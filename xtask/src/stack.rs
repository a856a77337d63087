//! The whole product on this machine: the server with its private engines, the portal simulator, the application
//! installed into the portal. The demo shows it, the end-to-end tests drive it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::binaries::Profile;
use crate::engines::logs;
use crate::http::{Answer, free_port, request, succeeds};
use crate::layout::Layout;
use crate::program::Invocation;
use crate::secrets;
use crate::service::Service;

const PORTAL_HOST: &str = "portal-a.localhost";
const AUTHORIZATION_HOST: &str = "oauth.localhost";
const APPLICATION_HOST: &str = "app.localhost";
/// The simulated market application.
const CLIENT_ID: &str = "app.certlens.demo";
/// The first start makes a database cluster and applies migrations.
const START_BOUND: Duration = Duration::from_mins(3);

/// Which stack to start.
pub(crate) struct StackOptions<'layout> {
    pub(crate) layout: &'layout Layout,
    pub(crate) profile: Profile,
    /// Where the programs are, when not where cargo puts them.
    pub(crate) programs: Option<PathBuf>,
    pub(crate) data_dir: PathBuf,
    /// Name that tells logs of several stacks apart.
    pub(crate) logs: &'static str,
    /// Ports to take when they are free: of the server, of the portal.
    pub(crate) ports: (u16, u16),
    /// More environment for the server.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// A running server. Stopped, with its engines, when dropped.
pub(crate) struct Server {
    service: Service,
    program: PathBuf,
    data_dir: PathBuf,
    logs: PathBuf,
    programs: PathBuf,
    port: u16,
    portal_port: u16,
    client_secret: String,
    pub(crate) operator_token: String,
}

/// A running server with a portal that has the application. The server is stopped first.
pub(crate) struct Stack {
    pub(crate) server: Server,
    portal: Service,
}

impl Server {
    /// Starts the server and waits until it is ready.
    pub(crate) fn start(options: &StackOptions<'_>) -> anyhow::Result<Self> {
        let built = || options.layout.programs(options.profile);
        let programs = options.programs.clone().unwrap_or_else(built);
        let logs = logs(options.layout).join(options.logs);
        let (port, portal_port) = (free_port(options.ports.0)?, free_port(options.ports.1)?);
        let operator_token = random_token()?;
        let client_secret = random_token()?;
        let mut environment = vec![
            ("CERTLENS_LISTEN", format!("127.0.0.1:{port}")),
            ("CERTLENS_PUBLIC_URL", format!("http://{APPLICATION_HOST}:{port}")),
            ("CERTLENS_DATA_DIR", options.data_dir.display().to_string()),
            ("CERTLENS_SITE_DIR", options.layout.site().display().to_string()),
            ("CERTLENS_BITRIX_CLIENT_ID", CLIENT_ID.to_owned()),
            ("CERTLENS_BITRIX_CLIENT_SECRET", client_secret.clone()),
            (
                "CERTLENS_OAUTH_SERVERS",
                format!("http://{AUTHORIZATION_HOST}:{portal_port}"),
            ),
            ("CERTLENS_ALLOW_INSECURE_PORTALS", "1".to_owned()),
            ("CERTLENS_OPERATOR_TOKEN", operator_token.clone()),
            // Somebody's configuration must not lead us to their databases.
            ("CERTLENS_DATABASE_URL", String::new()),
            ("CERTLENS_CLICKHOUSE_URL", String::new()),
        ];
        environment.extend(options.environment.iter().cloned());
        let program = programs.join("certlens");
        let mut service = Service::start("certlens", &program, &["serve"], &environment, &logs)?;
        service.wait_until(START_BOUND, || succeeds(APPLICATION_HOST, port, "/readyz"))?;
        let data_dir = options.data_dir.clone();
        Ok(Self {
            service,
            program,
            data_dir,
            logs,
            programs,
            port,
            portal_port,
            client_secret,
            operator_token,
        })
    }

    /// Address for browsers.
    pub(crate) fn url(&self) -> String {
        format!("http://{APPLICATION_HOST}:{}", self.port)
    }

    /// Address for programs: unlike browsers, they may not know that `*.localhost` is this machine.
    pub(crate) fn local_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What its requests name as the host.
    pub(crate) fn host(&self) -> String {
        format!("{APPLICATION_HOST}:{}", self.port)
    }

    /// Number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.service.process()
    }

    /// The program that it runs.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// `certlens …` on this server's data directory, beside the server.
    pub(crate) fn command(&self) -> Invocation {
        Invocation::new(&self.program)
            .env("CERTLENS_DATA_DIR", &self.data_dir)
            .env("CERTLENS_DATABASE_URL", "")
            .env("CERTLENS_CLICKHOUSE_URL", "")
            // Without it, a fixed day of the server's would be refused.
            .env("CERTLENS_ALLOW_INSECURE_PORTALS", "1")
            // Its summary is enough on a terminal.
            .env("RUST_LOG", "warn")
            .bound(Duration::from_mins(30))
    }

    /// Imports a file of documents.
    pub(crate) fn import(&self, source: &str, file: &Path) -> anyhow::Result<()> {
        self.command().args(["import", source]).arg(file).run()
    }

    /// As [`Self::import`], without its summary.
    pub(crate) fn import_quietly(&self, source: &str, file: &Path) -> anyhow::Result<()> {
        let import = self.command().args(["import", source]).arg(file);
        import.output(Stdio::null()).run()
    }

    /// Starts a portal with the content of `seed_file`, and installs the application into it.
    pub(crate) fn open_portal(self, seed_file: Option<&Path>) -> anyhow::Result<Stack> {
        let port = self.portal_port;
        let listen = format!("127.0.0.1:{port}");
        let application = self.url();
        let seed = seed_file.map(|file| file.display().to_string());
        let mut arguments = vec![
            "--listen",
            &listen,
            "--portal-host",
            PORTAL_HOST,
            "--app-url",
            &application,
        ];
        arguments.extend(["--client-id", CLIENT_ID, "--client-secret", &self.client_secret]);
        if let Some(seed) = &seed {
            arguments.extend(["--seed-file", seed]);
        }
        let program = self.programs.join("portal-sim");
        let mut portal = Service::start("portal-sim", &program, &arguments, &[], &self.logs)?;
        portal.wait_until(START_BOUND, || succeeds(PORTAL_HOST, port, "/__sim/state"))?;
        let installed =
            request("POST", PORTAL_HOST, port, "/__sim/install").context("installing into the portal")?;
        if installed.status != 200 {
            bail!(
                "the portal could not install the application ({}): {}\n{}",
                installed.status,
                installed.body.trim(),
                self.service.end_of_log()
            );
        }
        Ok(Stack { server: self, portal })
    }
}

impl Stack {
    pub(crate) fn portal_url(&self) -> String {
        format!("http://{PORTAL_HOST}:{}", self.server.portal_port)
    }

    /// Asks the simulator, under the portal's name.
    pub(crate) fn portal_request(&self, method: &str, path: &str) -> anyhow::Result<Answer> {
        let answer = request(method, PORTAL_HOST, self.server.portal_port, path)?;
        anyhow::ensure!(
            answer.status == 200,
            "the portal answers {path} with {}: {}",
            answer.status,
            answer.body.trim()
        );
        Ok(answer)
    }

    /// An error when a part has ended by itself.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        for service in [&mut self.server.service, &mut self.portal] {
            if service.ended() {
                bail!(
                    "{} has ended; its log is {}:\n{}",
                    service.name(),
                    service.log().display(),
                    service.end_of_log()
                );
            }
        }
        Ok(())
    }

    /// An error when the service logged a secret.
    pub(crate) fn look_for_secrets(&self) -> anyhow::Result<()> {
        let server = &self.server;
        secrets::look_for(
            server.service.log(),
            &[&server.client_secret, &server.operator_token],
        )
    }

    pub(crate) fn logs(&self) -> &Path {
        &self.server.logs
    }
}

/// Writes documents that `program` generates to `documents`, and a portal whose companies occur in them to `portal`. The
/// newest are of `today`, or of the present day.
pub(crate) fn generate(
    program: &Path,
    count: u32,
    today: Option<&str>,
    documents: &Path,
    portal: &Path,
) -> anyhow::Result<()> {
    if let Some(directory) = documents.parent() {
        fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    }
    let output = fs::File::create(documents).with_context(|| format!("making {}", documents.display()))?;
    Invocation::new(program)
        .args([
            "demo-data",
            "--seed",
            "1",
            "--documents",
            &count.to_string(),
            "--portal",
        ])
        .arg(portal)
        .args(today.iter().flat_map(|day| ["--today", day]))
        .env("CERTLENS_ALLOW_INSECURE_PORTALS", "1")
        .output(output.into())
        .run()
}

/// The sample files that the repository ships, with the source that reads each.
pub(crate) fn samples(layout: &Layout) -> anyhow::Result<Vec<(&'static str, PathBuf)>> {
    let mut samples = Vec::new();
    for folder in ["", "kg", "kz", "eaeu"] {
        let directory = layout.join("crates/formats/tests/data").join(folder);
        let entries = fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))?;
        for entry in entries {
            let path = entry?.path();
            if let Some(source) = source_of(&path) {
                samples.push((source, path));
            }
        }
    }
    samples.sort();
    Ok(samples)
}

fn source_of(sample: &Path) -> Option<&'static str> {
    let name = sample.file_name()?.to_str()?;
    match sample.extension()?.to_str()? {
        "jsonl" => Some("jsonl"),
        "csv" if name.starts_with("declarations-generation2") => Some("fsa-declarations"),
        "csv" if name.starts_with("certificates-generation2") => Some("fsa-certificates"),
        "html" if name == "certificates-page.html" => Some("kg-certificates"),
        "html" if name == "declarations-page.html" => Some("kg-declarations"),
        "xml" if name.starts_with("list-answer") => Some("kz"),
        // The sample of Armenia is out of scope.
        "json" if matches!(name, "odata-by.json" | "odata-kz.json") => Some("eaeu"),
        _ => None,
    }
}

/// 128 bits from the system, in hexadecimal digits.
fn random_token() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    let mut source = fs::File::open("/dev/urandom").context("opening the system's random source")?;
    source
        .read_exact(&mut bytes)
        .context("reading the system's random source")?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::source_of;

    #[test]
    fn source_of_sample_names_is_told_apart() {
        assert_eq!(
            source_of(Path::new("a/declarations-generation2.csv")),
            Some("fsa-declarations")
        );
        assert_eq!(
            source_of(Path::new("certificates-generation2.csv")),
            Some("fsa-certificates")
        );
        assert_eq!(source_of(Path::new("canonical.jsonl")), Some("jsonl"));
        assert_eq!(
            source_of(Path::new("kg/certificates-page.html")),
            Some("kg-certificates")
        );
        assert_eq!(source_of(Path::new("kz/list-answer.xml")), Some("kz"));
        assert_eq!(source_of(Path::new("eaeu/odata-by.json")), Some("eaeu"));
        assert_eq!(source_of(Path::new("kg/empty-page.html")), None);
        assert_eq!(source_of(Path::new("README.md")), None);
    }
}
