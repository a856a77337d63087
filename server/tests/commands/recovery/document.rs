//! The document: procedures by their headings, and the blocks of each.

use std::path::Path;

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/recovery.md");
    std::fs::read_to_string(path).unwrap()
}

/// What the document's words mean on a machine of this kind.
pub(super) fn words(heading: &str) -> String {
    let text = text();
    let (_, rest) = text
        .split_once(&format!("\n{heading}\n\n"))
        .unwrap_or_else(|| panic!("docs/recovery.md has no line {heading:?}"));
    rest.split("\n\n").next().unwrap().to_owned()
}

/// The blocks of one procedure, in their order.
pub(super) struct Procedure {
    heading: String,
    blocks: std::vec::IntoIter<String>,
}

impl Procedure {
    pub(super) fn of(heading: &str) -> Self {
        let text = text();
        let section = text
            .split("\n## ")
            .find(|section| section.starts_with(heading))
            .unwrap_or_else(|| panic!("docs/recovery.md has no heading {heading:?}"));
        let blocks: Vec<String> = section
            .split("```sh\n")
            .skip(1)
            .map(|block| block.split("```").next().unwrap().to_owned())
            .collect();
        assert!(!blocks.is_empty(), "{heading:?} has no blocks");
        Self {
            heading: heading.to_owned(),
            blocks: blocks.into_iter(),
        }
    }

    /// The next block, to be run.
    pub(super) fn next(&mut self) -> String {
        self.blocks
            .next()
            .unwrap_or_else(|| panic!("{:?} has no further block", self.heading))
    }

    /// A step that the document leaves out in this case.
    pub(super) fn leave_out(&mut self) {
        self.next();
    }

    /// Asserts that no block was forgotten.
    pub(super) fn end(mut self) {
        assert!(self.blocks.next().is_none(), "{:?} has more blocks", self.heading);
    }
}
