//! Lists of a portal of the test's own, good and bad.
