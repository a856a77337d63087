//! Changes of a sample, the same for the same seed: what a fuzzer without instruments does.

/// Longer inputs take time and find nothing that shorter ones do not.
const LONGEST: usize = 64 * 1024;

/// Pieces on which parsers break: ends, nothing, too much, other encodings, other formats.
const DICTIONARY: [&[u8]; 24] = [
    b"\0",
    b"\n",
    b"\r\n",
    b"\"",
    b"'",
    b";",
    b",",
    b"|",
    b"<",
    b"</",
    b"&#x110000;",
    b"{",
    b"[",
    b"]]]]",
    b"null",
    b"-1",
    b"1e400",
    b"18446744073709551616",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"%u0000%",
    b"99.99.9999",
    b"[a][b][c][d][e]=",
    b"PK\x03\x04",
];

/// A small generator of numbers (xorshift): the run must be the same on every machine.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.0 % end).unwrap_or_default()
    }
}

/// The sample with one to eight changes; `other` is another sample, for splicing.
pub fn changed(sample: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for _ in 0..=chance.below(8) {
        let place = chance.below(bytes.len() + 1);
        match chance.below(7) {
            0 => bytes.truncate(place),
            1 => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << chance.below(8);
                }
            }
            2 => {
                let piece = DICTIONARY[chance.below(DICTIONARY.len())];
                bytes.splice(place..place, piece.iter().copied());
            }
            3 => {
                let end = (place + chance.below(32)).min(bytes.len());
                bytes.drain(place..end);
            }
            4 => {
                // The same again and again: depth, length.
                let end = (place + 1 + chance.below(16)).min(bytes.len());
                let piece: Vec<u8> = bytes[place.min(end)..end].repeat(1 + chance.below(200));
                bytes.splice(place..place, piece);
            }
            5 => {
                let start = chance.below(other.len() + 1);
                let end = (start + chance.below(256)).min(other.len());
                bytes.splice(place..place, other[start..end].iter().copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = u8::try_from(chance.below(256)).unwrap_or_default();
                }
            }
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_makes_the_same_changes_and_another_makes_others() {
        let run = |seed| {
            let mut chance = Chance::new(seed);
            (0..50)
                .map(|_| changed(b"a sample", b"another", &mut chance))
                .collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        assert!(run(1).iter().any(|bytes| bytes != b"a sample"));
    }
}
