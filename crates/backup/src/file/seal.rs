//! The stream of a file, sealed in chunks: XChaCha20-Poly1305 in the STREAM construction, so that no chunk can be changed,
//! left out, moved or cut off without being noticed. Each is bound to the hash of the head.

use super::head::Sealing;
use crate::error::Fault;
use aead_stream::{NewStream as _, Nonce, StreamBE32, StreamPrimitive as _};
use chacha20poly1305::aead::Payload;
use chacha20poly1305::{Key, XChaCha20Poly1305};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};

/// Bytes in a chunk before it is sealed. All but the last are full.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

type Stream = StreamBE32<XChaCha20Poly1305>;

fn stream(sealing: &Sealing) -> Stream {
    Stream::new(
        &Key::from(*sealing.key.expose_secret()),
        &Nonce::<XChaCha20Poly1305, Stream>::from(sealing.nonce),
    )
}

fn hash(head: &[u8]) -> [u8; 32] {
    Sha256::digest(head).into()
}

/// 281 terabytes.
fn next(position: u32) -> io::Result<u32> {
    position
        .checked_add(1)
        .ok_or_else(|| io::Error::other("a backup has at most 281 terabytes"))
}

/// Seals what is written. Without [`SealedWriter::finish`] the stream has no end, and nobody takes it for whole.
pub(crate) struct SealedWriter<W> {
    inner: W,
    stream: Stream,
    head: [u8; 32],
    position: u32,
    gathered: Vec<u8>,
}

impl<W: Write> SealedWriter<W> {
    pub(crate) fn new(inner: W, sealing: &Sealing, head: &[u8]) -> Self {
        Self {
            inner,
            stream: stream(sealing),
            head: hash(head),
            position: 0,
            gathered: Vec::with_capacity(CHUNK),
        }
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let payload = Payload {
            msg: &self.gathered,
            aad: &self.head,
        };
        let sealed = self
            .stream
            .encrypt(self.position, is_last, payload)
            .map_err(|_| io::Error::other("the cipher refused a chunk"))?;
        self.inner.write_all(&sealed)?;
        self.gathered.clear();
        self.position = next(self.position)?;
        Ok(())
    }

    /// Seals the last chunk.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.inner.flush()?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gathered.len() == CHUNK {
            // Only now is it known not to be the last.
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.gathered.len());
        self.gathered.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Nothing to do: a chunk that is not full can only be the last one.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what [`SealedWriter`] sealed; gives out nothing that is not authentic.
pub(crate) struct SealedReader<R> {
    inner: R,
    stream: Stream,
    head: [u8; 32],
    position: u32,
    /// The chunk after the one that is given out, sealed: whether there is one says whether that is the last.
    ahead: Vec<u8>,
    opened: Vec<u8>,
    given: usize,
    is_begun: bool,
    is_ended: bool,
}

impl<R: Read> SealedReader<R> {
    pub(crate) fn new(inner: R, sealing: &Sealing, head: &[u8]) -> Self {
        Self {
            inner,
            stream: stream(sealing),
            head: hash(head),
            position: 0,
            ahead: Vec::new(),
            opened: Vec::new(),
            given: 0,
            is_begun: false,
            is_ended: false,
        }
    }

    fn fetch(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = Vec::with_capacity(CHUNK + TAG);
        self.inner
            .by_ref()
            .take((CHUNK + TAG) as u64)
            .read_to_end(&mut chunk)?;
        Ok(chunk)
    }

    fn open_next(&mut self) -> io::Result<()> {
        if !self.is_begun {
            self.ahead = self.fetch()?;
            self.is_begun = true;
        }
        let chunk = std::mem::take(&mut self.ahead);
        self.ahead = self.fetch()?;
        let is_last = self.ahead.is_empty();
        self.opened = match self.decrypt(&chunk, is_last) {
            Some(opened) => opened,
            // Authentic, but not the end that it should be.
            None if is_last && (chunk.is_empty() || self.decrypt(&chunk, false).is_some()) => {
                return Err(Fault::Truncated.into());
            }
            None => return Err(Fault::Damaged.into()),
        };
        self.given = 0;
        self.is_ended = is_last;
        self.position = next(self.position)?;
        Ok(())
    }

    fn decrypt(&self, chunk: &[u8], is_last: bool) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: chunk,
            aad: &self.head,
        };
        self.stream.decrypt(self.position, is_last, payload).ok()
    }
}

impl<R: Read> Read for SealedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.opened.len() {
            if self.is_ended {
                return Ok(0);
            }
            self.open_next()?;
        }
        let rest = &self.opened[self.given..];
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.given += taken;
        Ok(taken)
    }
}
