//! Comparison of the card's counterparty with up to four others, side by side: a part of the board.
//!
//! Who is compared stands in the frame's address ([`chosen`]), so that a comparison is copied, gone back from and shared like
//! any state of the board. Whole counterparties are compared, whatever filter the board has: a cell of the card's own
//! column leads to exactly the documents that it counts.
//!
//! | what | where |
//! |---|---|
//! | who is compared | [`chosen`] |
//! | what is asked of the search, and what came back | [`load`], [`model`] |
//! | rows and their cells | [`rows`], [`facts`] |
//! | what stands out, in words | [`sentence`] |
//! | the table as a text and for spreadsheets | [`takeaway`] |
//! | HTML | [`view`], [`table`], [`adding`] |

// Components own their properties.
#![expect(
    clippy::needless_pass_by_value,
    reason = "the view macro hands properties over"
)]

mod adding;
pub(crate) mod chosen;
mod facts;
pub(crate) mod load;
pub(crate) mod model;
mod rows;
mod sentence;
mod table;
mod takeaway;
pub(crate) mod view;

#[cfg(test)]
mod sample;
