//! `cargo xtask doctor`: a table of what is there and what is not.

use std::process::ExitCode;

use crate::layout::Layout;
use crate::requirement::{NeededFor, inspect};

pub(crate) fn run(layout: &Layout) -> ExitCode {
    let mut missing = 0;
    for requirement in inspect(layout) {
        let comfort = requirement.needed_for == NeededFor::Comfort;
        let (mark, text) = match &requirement.found {
            Some(found) => ("ok     ", found.clone()),
            None if comfort => (
                "absent ",
                format!("not needed; to get it: {}", requirement.remedy),
            ),
            None => ("MISSING", format!("to get it: {}", requirement.remedy)),
        };
        if requirement.found.is_none() && !comfort {
            missing += 1;
        }
        println!("{mark}  {:<26}  {text}", requirement.name);
    }
    if missing == 0 {
        println!("all is there");
        return ExitCode::SUCCESS;
    }
    println!("{missing} missing; on Debian `cargo xtask setup` brings all but Rust and Node");
    ExitCode::FAILURE
}
