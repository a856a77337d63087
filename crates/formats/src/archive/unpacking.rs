//! Unpacks an archive on a thread of its own and hands its members over piece by piece, so that reading them takes
//! bounded memory and no place on a disk.

use super::ArchiveProblem;
use super::admission::{Choice, admit, choose};
use crate::{FormatError, FormatProblem, ImportSource};
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Password};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Size of a piece, in bytes, and how many of them wait to be read.
const PIECE: usize = 256 * 1024;
const WAITING: usize = 4;

/// What the thread tells.
pub(super) enum Event {
    /// A member begins; it must be read, or left, before the next event.
    Member {
        name: String,
        must_fit: bool,
        text: MemberText,
    },
    /// A member that is left out, and why.
    Ignored { name: String, reason: &'static str },
    /// There are no more members.
    End,
    /// The archive cannot be unpacked to its end.
    Failed(FormatProblem),
}

enum Piece {
    Bytes(Vec<u8>),
    End,
    Failed(FormatProblem),
}

/// An archive being unpacked. Dropping it stops the thread.
pub(super) struct Unpacking {
    events: Receiver<Event>,
    packed_read: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

impl Unpacking {
    /// Begins to unpack what the source reads.
    pub(super) fn start(source: ImportSource, file: File) -> io::Result<Self> {
        let (sender, events) = sync_channel(0);
        let packed_read = Arc::new(AtomicU64::new(0));
        let stopped = Arc::new(AtomicBool::new(false));
        let packed = Packed {
            file,
            read: Arc::clone(&packed_read),
            stopped: Arc::clone(&stopped),
        };
        thread::Builder::new()
            .name("unpacking".to_owned())
            .spawn(move || {
                let last = match unpack(source, packed, &sender) {
                    Ok(()) => Event::End,
                    Err(problem) => Event::Failed(problem),
                };
                // Nobody to be told means that nobody reads any more.
                let _ = sender.send(last);
            })?;
        Ok(Self {
            events,
            packed_read,
            stopped,
        })
    }

    /// The next event; waits for it.
    pub(super) fn next(&self) -> Event {
        // The thread ends without a last word only when the unpacking panicked over what it read.
        self.events
            .recv()
            .unwrap_or_else(|_| Event::Failed(stopped_short().into()))
    }

    /// Bytes of the archive consumed so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.packed_read.load(Ordering::Relaxed)
    }
}

impl Drop for Unpacking {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

fn stopped_short() -> ArchiveProblem {
    ArchiveProblem::Damaged("unpacking it stopped unexpectedly".to_owned())
}

/// The archive's file, which counts what is read of it and fails when nobody waits for the rest.
struct Packed {
    file: File,
    read: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(io::Error::other("nobody reads the archive any more"));
        }
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Packed {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        self.file.seek(place)
    }
}

fn unpack(source: ImportSource, mut packed: Packed, events: &SyncSender<Event>) -> Result<(), FormatProblem> {
    let size = packed
        .seek(SeekFrom::End(0))
        .map_err(ArchiveProblem::NotSeekable)?;
    let password = Password::empty();
    let archive = Archive::read(&mut packed, &password).map_err(|error| problem(&error))?;
    admit(&archive, size)?;
    packed.read.store(0, Ordering::Relaxed);
    let mut member = |entry: &ArchiveEntry, reader: &mut dyn Read| {
        Ok(entry.is_directory || hand_over(source, entry, reader, events)?)
    };
    for block in 0..archive.blocks.len() {
        let decoder = BlockDecoder::new(1, block, &archive, &password, &mut packed);
        let wanted = decoder
            .for_each_entries(&mut member)
            .map_err(|error| problem(&error))?;
        if !wanted {
            return Ok(());
        }
    }
    // Empty files belong to no block.
    let of_no_block = archive.stream_map.file_block_index.iter().zip(&archive.files);
    for (_, entry) in of_no_block.filter(|(block, _)| block.is_none()) {
        member(entry, &mut io::empty()).map_err(|error| problem(&error))?;
    }
    Ok(())
}

/// Gives a member to whoever reads; false when nobody does any more. A failure is told to the member's reader, who
/// knows the line.
fn hand_over(
    source: ImportSource,
    entry: &ArchiveEntry,
    reader: &mut dyn Read,
    events: &SyncSender<Event>,
) -> Result<bool, sevenz_rust2::Error> {
    let name = entry.name.clone();
    let choice = choose(source, &name);
    if let Choice::Ignore(reason) = choice {
        return Ok(events.send(Event::Ignored { name, reason }).is_ok());
    }
    let (pieces, receiver) = sync_channel(WAITING);
    let begun = Event::Member {
        name,
        must_fit: choice == Choice::Read,
        text: MemberText {
            pieces: receiver,
            piece: Vec::new(),
            start: 0,
            ended: false,
        },
    };
    if events.send(begun).is_err() {
        return Ok(false);
    }
    let mut left = entry.size;
    loop {
        let piece = match full_piece(reader) {
            Ok(bytes) if bytes.is_empty() && left == 0 => Piece::End,
            Ok(bytes) if bytes.is_empty() => Piece::Failed(damaged("it ends too early")),
            Ok(bytes) => {
                left = left.saturating_sub(bytes.len() as u64);
                Piece::Bytes(bytes)
            }
            Err(error) => {
                let told = pieces.send(Piece::Failed(problem_of_reading(&error)));
                return if told.is_ok() {
                    Ok(false)
                } else {
                    Err(error.into())
                };
            }
        };
        let last = !matches!(piece, Piece::Bytes(_));
        // A member that turned out to be something else is left; the next one may still be wanted.
        if pieces.send(piece).is_err() || last {
            return Ok(true);
        }
    }
}

fn full_piece(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE);
    reader.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

fn problem(error: &sevenz_rust2::Error) -> FormatProblem {
    use sevenz_rust2::Error;
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => ArchiveProblem::Encrypted.into(),
        Error::UnsupportedCompressionMethod(method) if method.starts_with("AES") => {
            ArchiveProblem::Encrypted.into()
        }
        Error::UnsupportedCompressionMethod(method) => ArchiveProblem::Method(method.clone()).into(),
        Error::Io(error, _) => problem_of_reading(error),
        Error::ChecksumVerificationFailed | Error::NextHeaderCrcMismatch => damaged("a checksum is wrong"),
        Error::Other(what) | Error::Unsupported(what) => damaged(what),
        other => damaged(&format!("{other:?}")),
    }
}

fn problem_of_reading(error: &io::Error) -> FormatProblem {
    if let Some(code) = error.raw_os_error() {
        return FormatProblem::Reading(io::Error::from_raw_os_error(code));
    }
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<sevenz_rust2::Error>())
    {
        Some(inner) => problem(inner),
        None if error.kind() == io::ErrorKind::UnexpectedEof => damaged("it ends too early"),
        None => damaged(&error.to_string()),
    }
}

fn damaged(what: &str) -> FormatProblem {
    ArchiveProblem::Damaged(what.chars().take(200).collect()).into()
}

/// The bytes of a member as they are unpacked.
pub(super) struct MemberText {
    pieces: Receiver<Piece>,
    piece: Vec<u8>,
    start: usize,
    ended: bool,
}

impl MemberText {
    /// The first piece of what is left, waiting for it; empty at the end of the member.
    pub(super) fn beginning(&mut self) -> io::Result<&[u8]> {
        while self.start == self.piece.len() && !self.ended {
            let failed = match self.pieces.recv() {
                Ok(Piece::Bytes(piece)) => {
                    self.piece = piece;
                    self.start = 0;
                    continue;
                }
                Ok(Piece::End) => {
                    self.ended = true;
                    continue;
                }
                Ok(Piece::Failed(problem)) => problem,
                Err(_) => stopped_short().into(),
            };
            let error = FormatError::whole_file(failed);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        Ok(&self.piece[self.start..])
    }
}

impl Read for MemberText {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.beginning()?;
        let count = buffer.len().min(ready.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.start += count;
        Ok(count)
    }
}
