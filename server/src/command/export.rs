//! `certlens export`: all documents, or those of some registries, as JSON lines or Parquet.

use super::output::{Output, is_broken_pipe};
use crate::configuration::Configuration;
use crate::data::Data;
use crate::shutdown::StopSignal;
use anyhow::Context as _;
use certlens_domain::document::Document;
use certlens_domain::registry::Registry;
use certlens_formats::parquet::ParquetWriter;
use certlens_registry::Exporter;
use futures::{Stream, TryStreamExt as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Writes the stored documents, as `certlens import` reads them: one consistent state, in the order of registries and keys.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only documents of this registry; may be repeated [default: all six]
    #[arg(long, value_name = "KEY")]
    registry: Vec<Registry>,
    /// File to write; it appears when it is complete [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Form of the documents [default: by the file's name, else jsonl]
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,
}

/// Forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// One JSON object a line
    Jsonl,
    /// Apache Parquet
    Parquet,
}

impl Args {
    fn form(&self) -> Form {
        let by_name = self
            .out
            .as_deref()
            .and_then(Path::extension)
            .filter(|extension| extension.eq_ignore_ascii_case("parquet"))
            .map_or(Form::Jsonl, |_| Form::Parquet);
        self.format.unwrap_or(by_name)
    }
}

/// Runs the command.
pub async fn run(configuration: &Configuration, args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = StopSignal::listen()?;
    let output = Output::open(args.out.as_deref())?;
    let Some(data) = Data::open_unless_stopped(configuration, &mut stop).await? else {
        anyhow::bail!("interrupted; nothing was exported");
    };
    let exporter = data.exporter();
    let outcome = tokio::select! {
        outcome = export(&exporter, &args, output) => outcome,
        _ = stop.received() => Err(anyhow::anyhow!("interrupted; the export is not complete")),
    };
    data.close().await;
    let documents = match outcome {
        // Whoever reads us has seen enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => return Ok(ExitCode::SUCCESS),
        outcome => outcome?,
    };
    eprintln!("{documents} documents exported");
    Ok(ExitCode::SUCCESS)
}

async fn export(exporter: &Exporter, args: &Args, output: Output) -> anyhow::Result<u64> {
    let registries = if args.registry.is_empty() {
        Registry::ALL.to_vec()
    } else {
        args.registry.clone()
    };
    let documents = exporter.documents(&registries);
    match args.form() {
        Form::Jsonl => write_lines(documents, output).await,
        Form::Parquet => write_parquet(documents, output).await,
    }
}

type Documents<'a> =
    std::pin::Pin<Box<dyn Stream<Item = Result<Document, certlens_registry::ExportError>> + Send + 'a>>;

async fn write_lines(mut documents: Documents<'_>, mut output: Output) -> anyhow::Result<u64> {
    let mut count = 0;
    while let Some(document) = documents.try_next().await? {
        serde_json::to_writer(&mut output.writer, &document)?;
        output.writer.write_all(b"\n").context("writing a document")?;
        count += 1;
    }
    output.complete()?;
    Ok(count)
}

async fn write_parquet(mut documents: Documents<'_>, mut output: Output) -> anyhow::Result<u64> {
    let mut count = 0;
    let mut parquet = ParquetWriter::new(&mut output.writer)?;
    while let Some(document) = documents.try_next().await? {
        parquet.write(document)?;
        count += 1;
    }
    parquet.finish()?;
    output.complete()?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(out: Option<&str>, format: Option<Form>) -> Args {
        Args {
            registry: Vec::new(),
            out: out.map(PathBuf::from),
            format,
        }
    }

    #[test]
    fn form_follows_the_files_name_unless_it_is_said() {
        assert_eq!(args(None, None).form(), Form::Jsonl);
        assert_eq!(args(Some("all.parquet"), None).form(), Form::Parquet);
        assert_eq!(args(Some("all.PARQUET"), None).form(), Form::Parquet);
        assert_eq!(args(Some("all.jsonl"), None).form(), Form::Jsonl);
        assert_eq!(args(Some("all"), Some(Form::Parquet)).form(), Form::Parquet);
    }
}
