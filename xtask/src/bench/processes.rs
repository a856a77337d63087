//! What the measured processes cost, from the kernel's own tables: processor time and memory of a process, and of all
//! that it has started.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::interruption;

/// The unit of processor time in `/proc`: the same on every Linux, whatever the kernel's own tick.
const TICK: Duration = Duration::from_millis(10);
/// The engines tidy up after an import; longer than this nobody waits for that.
const QUIET_BOUND: Duration = Duration::from_mins(15);
const QUIET_STEP: Duration = Duration::from_secs(3);

/// A line of `/proc/…/stat`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Status {
    parent: u32,
    name: String,
    /// Of the process itself, and of its children that have ended.
    processor: Duration,
}

/// The process and what it has started, started by it or by those.
pub(crate) fn family(ancestor: u32) -> Vec<u32> {
    let all = statuses();
    all.keys()
        .copied()
        .filter(|process| {
            let mut line = std::iter::successors(Some(*process), |process| {
                all.get(process).map(|status| status.parent)
            });
            // No line of descent is longer; a table read while it changes may go in circles.
            line.by_ref().take(64).any(|process| process == ancestor)
        })
        .collect()
}

/// The process of the family whose name contains `part`.
pub(crate) fn find(ancestor: u32, part: &str) -> Option<u32> {
    family(ancestor).into_iter().find(|process| {
        *process != ancestor && read_status(*process).is_some_and(|status| status.name.contains(part))
    })
}

/// Processor time that the family has used.
pub(crate) fn processor_time(ancestor: u32) -> Duration {
    let statuses = family(ancestor).into_iter().filter_map(read_status);
    statuses.map(|status| status.processor).sum()
}

/// Whose processor time is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// The process without what it has started.
    Itself,
    /// What it has started and has this in its name.
    Descendants(&'static str),
}

/// Processor time that a part of the family has used.
pub(crate) fn processor_time_of(process: u32, share: Share) -> Duration {
    match share {
        Share::Itself => read_status(process).map_or(Duration::ZERO, |status| status.processor),
        Share::Descendants(part) => family(process)
            .into_iter()
            .filter(|member| *member != process)
            .filter_map(read_status)
            .filter(|status| status.name.contains(part))
            .map(|status| status.processor)
            .sum(),
    }
}

/// Memory that the process holds now, in MB; `None` when it has ended.
pub(crate) fn memory(process: u32) -> Option<f64> {
    let content = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let held = content.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u32 = held.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(f64::from(kilobytes) / 1024.0)
}

/// Files and sockets that the process has open; `None` when it has ended.
pub(crate) fn descriptors(process: u32) -> Option<f64> {
    let open = fs::read_dir(format!("/proc/{process}/fd")).ok()?.count();
    u32::try_from(open).ok().map(f64::from)
}

/// Most memory that the process itself has held so far, in bytes.
pub(crate) fn peak_memory(process: u32) -> anyhow::Result<u64> {
    let file = format!("/proc/{process}/status");
    let content = fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
    let peak = content.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes
        .context("the kernel tells no peak of memory")?
        .trim()
        .parse()
        .context("the kernel's peak of memory is no number")?;
    Ok(kilobytes * 1024)
}

/// The program that a process runs.
pub(crate) fn program(process: u32) -> Option<PathBuf> {
    fs::read_link(Path::new("/proc").join(process.to_string()).join("exe")).ok()
}

/// Waits until the family uses less than a tenth of a processor: merges and vacuums of an import are over.
pub(crate) fn wait_until_quiet(ancestor: u32) -> anyhow::Result<()> {
    let deadline = Instant::now() + QUIET_BOUND;
    let mut before = processor_time(ancestor);
    loop {
        let began = Instant::now();
        while began.elapsed() < QUIET_STEP {
            interruption::check()?;
            thread::sleep(Duration::from_millis(100));
        }
        let after = processor_time(ancestor);
        if after.saturating_sub(before) < began.elapsed() / 10 || Instant::now() >= deadline {
            return Ok(());
        }
        before = after;
    }
}

fn statuses() -> BTreeMap<u32, Status> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, read_status(process)?)))
        .collect()
}

/// `None` for a process that has ended meanwhile.
fn read_status(process: u32) -> Option<Status> {
    parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// `PID (NAME) STATE PARENT …`: a name may hold spaces and brackets, what follows its last bracket may not.
fn parse(line: &str) -> Option<Status> {
    let (start, rest) = line.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // Times of user and system, own and of children that have ended: fields 14 to 17 of the whole line.
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u32>().ok());
    Some(Status {
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        processor: TICK * ticks.sum::<Option<u32>>()?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::{self, Command, Stdio};
    use std::time::Duration;

    use super::{family, find, parse, peak_memory};

    #[test]
    fn parse_of_a_process_with_brackets_in_its_name_finds_parent_and_times() {
        let line = "71 (a) b (c) S 7 71 71 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0 5 6";
        let status = parse(line).unwrap();
        assert_eq!((status.parent, status.name.as_str()), (7, "a) b (c"));
        assert_eq!(status.processor, Duration::from_millis(1240));
        assert!(parse("71 (a) S 7").is_none());
    }

    #[test]
    fn family_is_the_process_with_its_children_and_nobody_else() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let (ours, theirs) = (process::id(), child.id());

        let family_of_ours = family(ours);
        assert!(family_of_ours.contains(&ours) && family_of_ours.contains(&theirs));
        assert_eq!(family(theirs), [theirs]);
        assert_eq!(find(theirs, "cat"), None, "nobody is his own child");
        assert!(peak_memory(ours).unwrap() > 0);

        drop(child.stdin.take());
        child.wait().unwrap();
    }
}
